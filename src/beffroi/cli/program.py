"""The program `beffroi`: its commands, each in a file of its own."""

import sys

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
    help="The open node of a city: prove that data is interoperable, share it, reuse what works.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
PROGRAM.command()(serve)
PROGRAM.command()(check)
PROGRAM.command()(clauses)
PROGRAM.command()(fit)
PROGRAM.command("replicate")(replicate_solution)
PROGRAM.command()(compare)
PROGRAM.command()(comparison)
PROGRAM.command()(harvest)
PROGRAM.command()(demo)
PROGRAM.add_typer(call, name="call")
PROGRAM.add_typer(document, name="document")
PROGRAM.add_typer(need, name="need")
PROGRAM.add_typer(source, name="source")
PROGRAM.add_typer(token, name="token")
PROGRAM.add_typer(contract, name="contract")
PROGRAM.add_typer(letters, name="letters")
PROGRAM.add_typer(market, name="market")
PROGRAM.add_typer(network, name="network")
PROGRAM.add_typer(strategy, name="strategy")
PROGRAM.add_typer(user, name="user")


def main() -> None:
    """Run the program; a Problem is a sentence on standard error and exit code 1."""
    try:
        PROGRAM()
    except Problem as problem:
        Console(stderr=True).print(f"[bold red]{problem.kind.title}.[/] {problem.detail}", highlight=False)
        sys.exit(1)
