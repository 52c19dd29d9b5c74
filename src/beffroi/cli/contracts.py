"""`beffroi contract`: write down a contract, run its tests, decide what is open, see its story."""

from pathlib import Path
from typing import Annotated, cast

import typer
from rich.table import Table

from beffroi.app.networking import buyer_of
from beffroi.cli.checking import clause_pack_of
from beffroi.cli.networking import OWN_ADDRESS, with_network
from beffroi.cli.options import Base, Data
from beffroi.cli.terminal import Terminal, styled
from beffroi.kernel.json import JsonObject, decode_object, objects_in
from beffroi.network.operations.contracts import Story, begin, decide_open, purpose_of, story
from beffroi.network.operations.documents import create
from beffroi.network.operations.services import Network
from beffroi.network.rules.contracts.kinds import CONTRACT
from beffroi.network.rules.document import content_of
from beffroi.processes.buying import do_run
from beffroi.proof.clauses.pack import pack_json
from beffroi.proof.fetch import LOCAL as OWN_NETWORK
from beffroi.proof.fetch import PUBLIC, guarded_fetch
from beffroi.web.message import LOCAL

contract = typer.Typer(help="Contracts whose clauses are tests.", no_args_is_help=True)
_COLOURS = {"passed": "green", "failed": "bold red", "open": "yellow", "unreachable": "magenta"}


@contract.command()
def add(
    title: Annotated[str, typer.Argument(help="What was bought.")],
    clauses: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The clause pack.")],
    endpoint: Annotated[str, typer.Option(help="The address of the delivered service.")],
    supplier: Annotated[str, typer.Option(help="Who delivers.")],
    buyer: Annotated[str, typer.Option(help="Who buys.")],
    begins: Annotated[str, typer.Option(help="A day, as 2026-11-22.")],
    ends: Annotated[str, typer.Option(help="A day.")],
    review_days: Annotated[int, typer.Option(help="A review every so many days.")] = 30,
    patience_days: Annotated[int, typer.Option(help="Unreachable for longer is a breach.")] = 5,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
    *,
    publish: Annotated[bool, typer.Option("--publish", help="Publish it at once.")] = False,
) -> None:
    """Write down a contract; its id is printed."""
    content: JsonObject = {
        "title": title,
        "buyer": {"name": buyer},
        "supplier": {"name": supplier},
        "endpoint": endpoint,
        "clauses": decode_object(pack_json(clause_pack_of(clauses))),
        "begins": begins,
        "ends": ends,
        "reviewDays": review_days,
        "patienceDays": patience_days,
    }

    made = with_network(
        data, base, lambda network: create(network, CONTRACT, content, LOCAL, publish=publish)
    )
    Terminal().print(str(made["id"]), soft_wrap=True)


@contract.command()
def run(
    id: Annotated[str, typer.Argument(help="The id of the contract.")],
    purpose: Annotated[str, typer.Option(help="acceptance or review; else whichever is next.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
    *,
    private: Annotated[bool, typer.Option("--private", help="Allow addresses of the own network.")] = False,
) -> None:
    """Run the tests of a contract now. Ends with 0 only when it passes and nothing is breached."""

    async def work(network: Network) -> tuple[JsonObject, Story]:
        policy = OWN_NETWORK if private else PUBLIC
        buyer = buyer_of(network, lambda: guarded_fetch(policy))
        begun = await begin(buyer.network, id, purpose_of(purpose), LOCAL)
        ran = await do_run(buyer, str(begun["id"]))
        return ran, await story(buyer.network, id, LOCAL)

    ran, told = with_network(data, base, work)
    _print_run(ran)
    _print_story(told)
    content = content_of(ran)
    raise typer.Exit(0 if content["outcome"] == "passed" and told.standing == "accepted" else 1)


@contract.command()
def decide(
    run: Annotated[str, typer.Argument(help="The id of the run.")],
    requirement: Annotated[str, typer.Argument(help="The open clause.")],
    reason: Annotated[str, typer.Option(help="Why it is fulfilled.")],
    document: Annotated[str, typer.Option(help="The document that shows it.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Decide in writing that an open clause is fulfilled."""

    decided = with_network(
        data, base, lambda network: decide_open(network, run, requirement, reason, document, LOCAL)
    )
    _print_run(decided)


@contract.command()
def show(
    id: Annotated[str, typer.Argument(help="The id of the contract.")],
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show where a contract stands, its runs and its breaches."""

    _print_story(with_network(data, base, lambda network: story(network, id, LOCAL)))


def _print_run(ran: JsonObject) -> None:
    content = content_of(ran)
    table = Table("Clause", "Verdict", "It is", "Why")
    decided = {str(one["requirement"]) for one in objects_in(content.get("decisions"))}
    for one in objects_in(content.get("verdicts")):
        standing = "decided in writing" if one["requirement"] in decided else str(one["standing"])
        reason = cast("dict[str, str]", one["reason"])["en"]
        table.add_row(str(one["requirement"]), str(one["outcome"]), standing, reason)
    console = Terminal()
    console.print(table)
    outcome = str(content["outcome"])
    console.print(styled((f"{content['purpose']}: {outcome}", _COLOURS.get(outcome, ""))))
    console.print(str(ran["id"]), soft_wrap=True)


def _print_story(told: Story) -> None:
    console = Terminal()
    console.print(styled((told.standing, "bold")))
    table = Table("On", "What", "Result")
    for one in [*told.breaches, *told.runs]:
        content = content_of(one)
        breach = one["kind"] == "breach"
        what = f"breach: {content['what']}" if breach else str(content["purpose"])
        result = f"ended {str(content['ended'])[:10]}" if content.get("ended") else "open"
        table.add_row(
            str(content.get("on") or content.get("at") or one["created"])[:19],
            what,
            f"{result}: {_said(content)}" if breach else str(content["outcome"]),
        )
    console.print(table)


def _said(breach: JsonObject) -> str:
    """What was breached, in a few words."""
    verdicts = [
        f"{one['requirement']} {one['before']} -> {one['after']}"
        for one in objects_in(breach.get("verdicts"))
    ]
    changes = [f"{one['where']}: {one['name']} {one['kind']}" for one in objects_in(breach.get("changes"))]
    since = [f"since {breach['since']}"] if "since" in breach else []
    return ", ".join([*verdicts, *changes, *since])
