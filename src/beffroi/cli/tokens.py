"""`beffroi token`: who may use a node that listens elsewhere than on loopback."""

from typing import Annotated

import typer
from rich.table import Table

from beffroi.app import access
from beffroi.app.access_entry import BY_COMMAND, By
from beffroi.app.world import now
from beffroi.cli.listing import show_list
from beffroi.cli.options import Data, with_store
from beffroi.cli.terminal import Terminal
from beffroi.market.operations.services import INDEXERS

token = typer.Typer(help="Tokens for people and programs.", no_args_is_help=True)
Reason = Annotated[str, typer.Option(help="Why; it stands in the audit log.")]
May = Annotated[list[str], typer.Option(help="read, write, operate; may be given several times.")]


@token.command()
def add(
    name: str,
    may: May = ["read"],  # noqa: B006 - typer's way
    reason: Reason = BY_COMMAND.reason,
    data: Data = "data",
) -> None:
    """Make a token for NAME and print it, this once."""
    by = By(reason=reason)
    made = with_store(data, lambda store: access.add_token(store, name, may, now(), by), INDEXERS)
    Terminal().print(made, soft_wrap=True)


@token.command("list")
def list_tokens(data: Data = "data") -> None:
    """Show who has a token and what it allows."""
    table = Table("name", "may", "since")
    for known in with_store(data, access.tokens):
        rights = known["may"]
        table.add_row(
            str(known["name"]),
            ", ".join(map(str, rights if isinstance(rights, list) else [])),
            str(known["createdAt"]),
        )
    show_list(table, "There is no token yet; 'beffroi token add NAME' makes one.")


@token.command()
def remove(name: str, reason: Reason = BY_COMMAND.reason, data: Data = "data") -> None:
    """Take back every token of NAME."""
    by = By(reason=reason)
    count = with_store(data, lambda store: access.remove_tokens(store, name, now(), by), INDEXERS)
    Terminal().print(f"{count} taken back.")
