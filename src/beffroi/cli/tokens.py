"""`beffroi token`: who may use a node that listens elsewhere than on loopback."""

from collections.abc import Awaitable
from typing import Annotated

import typer
from rich.table import Column, Table

from beffroi.app.access import add_token, remove_tokens, tokens
from beffroi.app.access_entry import BY_COMMAND, By
from beffroi.app.party_tokens import add_account_token, add_party_token
from beffroi.app.world import now
from beffroi.cli.listing import show_list
from beffroi.cli.options import Data, Reason, with_store
from beffroi.cli.terminal import Terminal
from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.services import INDEXERS
from beffroi.store.port import Store

token = typer.Typer(help="Tokens for people and programs.", no_args_is_help=True)
May = Annotated[
    list[str] | None,
    typer.Option(
        help="read, write, trade …; may be given several times. Without this, --role or --account: read."
    ),
]
Roles = Annotated[
    list[str] | None,
    typer.Option("--role", help="provider, buyer, auditor …, as an account has; with --party to trade."),
]
Party = Annotated[
    str, typer.Option(help="The id of the party (TMF632) that the token acts for, in its roles.")
]
Account = Annotated[str, typer.Option(help="An account that the token acts as; it ends with the account.")]


@token.command()
def add(
    name: str,
    may: May = None,
    role: Roles = None,
    party: Party = "",
    account: Account = "",
    reason: Reason = BY_COMMAND.reason,
    data: Data = "data",
) -> None:
    """Make a token for NAME and print it, this once."""
    if sum(map(bool, (may, role or party, account))) > 1:
        raise Problem(BadRequestData, "A token has rights (--may), or roles (--role), or is an account's.")
    if party and not role:
        raise Problem(BadRequestData, "A token acts for a party in a role; --role buyer or --role provider.")
    by = By(reason=reason)

    def made(store: Store) -> Awaitable[str]:
        if account:
            return add_account_token(store, name, account, now(), by)
        if role:
            return add_party_token(store, name, role, party, now(), by)
        return add_token(store, name, may or ["read"], now(), by)

    Terminal().print(with_store(data, made, INDEXERS), soft_wrap=True)


@token.command("list")
def list_tokens(data: Data = "data") -> None:
    """Show who has a token and what it allows."""
    table = Table("name", "may", Column("party", no_wrap=True), "account", "since")
    for known in with_store(data, tokens):
        row = (known["name"], known.get("roles") or known["may"], known.get("party"), known.get("holder"))
        table.add_row(*map(_cell, row), str(known["createdAt"]))
    show_list(table, "There is no token yet; 'beffroi token add NAME' makes one.")


@token.command()
def remove(name: str, reason: Reason = BY_COMMAND.reason, data: Data = "data") -> None:
    """Take back every token of NAME."""
    by = By(reason=reason)
    count = with_store(data, lambda store: remove_tokens(store, name, now(), by), INDEXERS)
    Terminal().print(f"{count} taken back.")


def _cell(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
