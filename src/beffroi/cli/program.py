"""The program `beffroi`: its commands, each in a file of its own."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console

from beffroi.cli.calls import call, need
from beffroi.cli.checking import check
from beffroi.cli.clauses import clauses
from beffroi.cli.comparing import compare
from beffroi.cli.comparison import comparison
from beffroi.cli.contracts import contract
from beffroi.cli.demonstration import demo
from beffroi.cli.documents import document
from beffroi.cli.fit import fit
from beffroi.cli.harvesting import harvest
from beffroi.cli.letters import letters
from beffroi.cli.market import market
from beffroi.cli.network import network
from beffroi.cli.replicate import replicate_solution
from beffroi.cli.serving import serve
from beffroi.cli.sources import source
from beffroi.cli.strategy import strategy
from beffroi.cli.tokens import token
from beffroi.cli.users import user
from beffroi.kernel.problem import Problem

PROGRAM = typer.Typer(
    name="beffroi",
    help="The open node of a city: prove that data is interoperable, share it, reuse what works, trade it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
RUN, DATA, PROOF, NETWORK = "The node", "Data", "Prove and buy", "With other cities"
PROGRAM.command(rich_help_panel=RUN)(serve)
PROGRAM.command(rich_help_panel=RUN)(demo)
PROGRAM.add_typer(user, name="user", rich_help_panel=RUN)
PROGRAM.add_typer(token, name="token", rich_help_panel=RUN)
PROGRAM.add_typer(letters, name="letters", rich_help_panel=RUN)
PROGRAM.add_typer(source, name="source", rich_help_panel=DATA)
PROGRAM.command(rich_help_panel=DATA)(harvest)
PROGRAM.add_typer(market, name="market", rich_help_panel=DATA)
PROGRAM.command(rich_help_panel=PROOF)(check)
PROGRAM.command(rich_help_panel=PROOF)(clauses)
PROGRAM.command(rich_help_panel=PROOF)(compare)
PROGRAM.add_typer(contract, name="contract", rich_help_panel=PROOF)
PROGRAM.add_typer(network, name="network", rich_help_panel=NETWORK)
PROGRAM.add_typer(strategy, name="strategy", rich_help_panel=NETWORK)
PROGRAM.add_typer(need, name="need", rich_help_panel=NETWORK)
PROGRAM.add_typer(call, name="call", rich_help_panel=NETWORK)
PROGRAM.add_typer(document, name="document", rich_help_panel=NETWORK)
PROGRAM.command(rich_help_panel=NETWORK)(comparison)
PROGRAM.command(rich_help_panel=NETWORK)(fit)
PROGRAM.command("replicate", rich_help_panel=NETWORK)(replicate_solution)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer hands it over so
    if asked:
        typer.echo(f"beffroi {version('beffroi')}")
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
        Console(stderr=True).print(f"[bold red]{problem.kind.title}.[/] {problem.detail}", highlight=False)
        sys.exit(1)
