"""`beffroi need` and `beffroi call`: similar needs, and the way of a call, at the node's own machine."""

from dataclasses import replace
from typing import Annotated, cast

import typer
from rich.table import Table

from beffroi.cli.listing import show_list
from beffroi.cli.networking import OWN_ADDRESS, with_network
from beffroi.cli.options import Base, Data
from beffroi.cli.terminal import Terminal
from beffroi.kernel.json import JsonObject
from beffroi.network.operations.calls import jury, questions, steps
from beffroi.network.operations.documents import all_documents
from beffroi.network.operations.needs import needs_of_several, similar
from beffroi.network.operations.services import Network
from beffroi.network.rules.calls.award import Decision
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.network.rules.calls.ranking import decimal
from beffroi.network.rules.document import content_of
from beffroi.network.rules.needs.need import NEED_KIND
from beffroi.web.message import Actor

need = typer.Typer(help="Needs of cities: all, and those that are like one.", no_args_is_help=True)
call = typer.Typer(help="Calls: list, open, close, judge, award, clone.", no_args_is_help=True)
HERE = Actor("command line", frozenset({"read", "write", "operate", "coordinate"}))
Named = Annotated[str, typer.Argument(help="The last segment of its id, or the whole id.")]
Reason = Annotated[str, typer.Option(help="Why; it is published.")]


@need.command(name="list")
def list_needs(data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Show every need with the number of cities that have it."""

    async def work(network: Network) -> tuple[list[JsonObject], dict[str, int]]:
        shared = {str(each.need["id"]): len(each.cities) for each in await needs_of_several(network)}
        return await all_documents(network, NEED_KIND, HERE), shared

    needs, shared = with_network(data, base, work)
    table = Table("Need", "Domain", "Title", "Cities", "State")
    for each in filter(NEED_KIND.holds, needs):
        content, id = content_of(each), str(each["id"])
        cities = str(shared.get(id, 1))
        table.add_row(id, str(content["domain"]), str(content["title"]), cities, str(each["state"]))
    show_list(table, "There is no need yet; 'beffroi document write need --file FILE' writes one.")


@need.command(name="similar")
def similar_needs(need: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Show the public needs that are like one, with points of 100 and the reason."""
    found = with_network(data, base, lambda network: similar(network, need, HERE))
    table = Table("Points", "Need", "Title", "Why")
    for document, like in found:
        title = str(content_of(document)["title"])
        table.add_row(str(like.points), str(document["id"]), title, like.sentence("en"))
    show_list(table, "No public need is like this one.")


@call.command(name="list")
def list_calls(data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Show every call with its stage and its close."""
    calls = with_network(data, base, lambda network: all_documents(network, CALL_KIND, HERE))
    table = Table("Call", "Title", "Stage", "Closes")
    for each in calls:
        content = content_of(each)
        closes = str(cast("JsonObject", content.get("calendar", {})).get("closes", ""))
        table.add_row(str(each["id"]), str(content["title"]), str(content["stage"]), closes)
    show_list(
        table, "There is no call yet; 'beffroi call draft NEED' drafts one for a need of several cities."
    )


@call.command(name="draft")
def draft_call(need: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Draft a joint call for a need that two cities or more have."""
    _say(with_network(data, base, lambda network: steps.call_for(network, need, HERE)))


@call.command(name="open")
def open_call(call: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Open a call that is complete."""
    _say(with_network(data, base, lambda network: steps.open_call(network, call, HERE)))


@call.command(name="evaluate")
def evaluate_call(call: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Let the jury begin, once the time for applications is over."""
    _say(with_network(data, base, lambda network: steps.evaluate(network, call, HERE)))


@call.command(name="cancel")
def cancel_call(call: Named, reason: Reason, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """End a call without an award."""
    _say(with_network(data, base, lambda network: steps.cancel(network, call, reason, HERE)))


@call.command(name="clone")
def clone_call(call: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Draft a call like a published one of any city; nothing of the first city stays in it."""
    _say(with_network(data, base, lambda network: steps.clone(network, call, HERE)))


@call.command()
def ask(
    call: Named,
    question: Annotated[str, typer.Argument(help="The question, as it came.")],
    party: Annotated[str, typer.Option(help="The firm that asks (TMF632); nobody is told.")],
    language: Annotated[str, typer.Option(help="The language of the question.")] = "fr",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Pass on a question that a firm asked otherwise than on the node."""
    said: JsonObject = {"question": question, "language": language}
    firm = replace(HERE, party=party)
    made = with_network(data, base, lambda network: questions.ask(network, call, said, firm))
    Terminal().print(str(made["id"]), soft_wrap=True)


@call.command(name="questions")
def list_questions(call: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Show what firms have asked about a call, without who."""
    found = with_network(data, base, lambda network: questions.all_questions(network, call, HERE))
    table = Table("Question", "Asked", "Text", "Answered")
    for each in found:
        answered = str(each.get("answered", "not yet"))
        table.add_row(str(each["id"]), str(each["at"]), str(each["question"]), answered)
    show_list(table, "Nobody has asked anything about this call yet.")


@call.command()
def answer(
    call: Named,
    question: Annotated[str, typer.Argument(help="The id of the question, or the last segment of it.")],
    text: Annotated[str, typer.Option("--answer", help="What everybody reads.")],
    words: Annotated[str, typer.Option("--question", help="Other words, if its own tell who asks.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Answer a question, for everybody; every applicant is told."""
    said: JsonObject = {"answer": text, **({"question": words} if words else {})}
    made = with_network(data, base, lambda network: questions.answer(network, call, question, said, HERE))
    Terminal().print(f"{made['id']} is published.", soft_wrap=True)


@call.command()
def ranking(call: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Show the ranking of the applications, with what is missing."""
    rows = with_network(data, base, lambda network: jury.ranked(network, call, HERE))
    table = Table("Rank", "Application", "Total", "Spread", "Missing points")
    for row in rows:
        missing = ", ".join(f"{juror}: {criterion}" for juror, criterion in row.missing)
        table.add_row(str(row.rank), row.application, decimal(row.total), decimal(row.spread), missing)
    show_list(table, "Nobody has applied to this call yet.")


@call.command()
def award(
    call: Named,
    application: Annotated[str, typer.Argument(help="Which one wins.")],
    reasons: Annotated[str, typer.Option(help="Why; it is published.")],
    why_not_first: Annotated[str, typer.Option(help="If it is not the first of the ranking.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Award a call and publish the award with the ranking."""
    decision = Decision(application, reasons, why_not_first)
    _say(with_network(data, base, lambda network: jury.decide(network, call, decision, HERE)))


def _say(document: JsonObject) -> None:
    content = content_of(document)
    stage = str(content.get("stage") or document["state"])
    Terminal().print(f"{document['id']} is {stage}.", soft_wrap=True)
