"""The program `beffroi`: its commands, each in a file of its own that is imported when it is called."""

import sys
from typing import Annotated, ClassVar

import typer

from beffroi.cli.called import CalledGroup, Row, show
from beffroi.kernel.problem import Problem, Unavailable

PANELS = {
    "The node": (
        Row("serve", "serving:serve", "Run a node until Ctrl+C."),
        Row(
            "demo",
            "demonstration:demo",
            "Run simulated cities with a node each: harvest, check, trade, work together, look.",
        ),
        Row("user", "users:user", "People who sign in with a name and a password."),
        Row("token", "tokens:token", "Tokens for people and programs."),
        Row("letters", "letters:letters", "Dead letters: what nobody could be given for a day."),
    ),
    "Data": (
        Row("source", "sources:source", "Where data comes from."),
        Row("harvest", "harvesting:harvest", "Read sources now."),
        Row(
            "market",
            "market:market",
            "Offers, orders, access, bills, service levels, and the chain of usage.",
        ),
    ),
    "Prove and buy": (
        Row(
            "check",
            "checking:check",
            "Check an endpoint with at most 60 GET requests; or judge an evidence pack again.",
        ),
        Row(
            "clauses",
            "clauses:clauses",
            "Print clauses for a tender, with the tests that verify them at bid, at delivery and every year.",
        ),
        Row(
            "compare",
            "comparing:compare",
            "Compare a bidder's pack with its own evidence, and with --again with a run of your own.",
        ),
        Row("contract", "contracts:contract", "Contracts whose clauses are tests."),
    ),
    "With other cities": (
        Row("network", "network:network", "Who this node is, its chapter, and the nodes that it follows."),
        Row("strategy", "strategy:strategy", "Pledges, actions and indicators of a city."),
        Row("need", "calls:need", "Needs of cities: all, and those that are like one."),
        Row("call", "calls:call", "Calls: list, open, close, judge, award, clone."),
        Row(
            "document",
            "documents:document",
            "What the city says in the network: pledges, needs, practices and all else.",
        ),
        Row(
            "comparison",
            "comparison:comparison",
            "Show the cities that opted in by what is measured; nobody takes part by default.",
        ),
        Row(
            "fit",
            "fit:fit",
            "Measure a city's data and say of each need of SOLUTION: covered, derivable or missing.",
        ),
        Row(
            "replicate",
            "replicate:replicate_solution",
            "Fit SOLUTION, confirm its mapping, order what it needs, start it, verify, publish the record.",
        ),
    ),
}


class _Program(CalledGroup):
    rows: ClassVar[dict[str, Row]] = {row.name: row for rows in PANELS.values() for row in rows}


PROGRAM = typer.Typer(
    name="beffroi",
    cls=_Program,
    help="The open node of a city: prove that data is interoperable, share it, reuse what works, trade it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _panel, _rows in PANELS.items():
    show(PROGRAM, _rows, _panel)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer hands it over so
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - slow to import

        from beffroi.store import batches  # noqa: PLC0415

        runs = "from its sources" if batches.__file__.endswith(".py") else "compiled"
        typer.echo(f"beffroi {version('beffroi')}, {runs}")
        raise typer.Exit


@PROGRAM.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """What holds for all commands."""


def main() -> None:
    """Run the program; a Problem is a sentence on standard error and exit code 1."""
    try:
        PROGRAM()
    except Problem as problem:
        from beffroi.cli.terminal import Terminal, styled  # noqa: PLC0415

        # what is not available says what it is: an address, a folder, a database
        title = "" if problem.kind is Unavailable else f"{problem.kind.title}. "
        said = styled((title, "bold red"), problem.detail)
        Terminal(stderr=True).print(said)
        sys.exit(1)
