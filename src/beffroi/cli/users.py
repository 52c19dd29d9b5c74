"""`beffroi user`: people who sign in with a name and a password."""

from typing import Annotated, cast

import typer
from rich.table import Column, Table

from beffroi.app.access_entry import BY_COMMAND, By
from beffroi.app.accounts import accounts, add_account, change_password, remove_account
from beffroi.app.party_tokens import no_party, party_keys
from beffroi.app.world import now
from beffroi.cli.listing import show_list
from beffroi.cli.options import Data, Reason, with_store
from beffroi.cli.terminal import Terminal
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.services import INDEXERS
from beffroi.store.port import Store

user = typer.Typer(help="People who sign in with a name and a password.", no_args_is_help=True)
Password = Annotated[
    str,
    typer.Option(
        prompt=True, confirmation_prompt=True, hide_input=True, envvar="BEFFROI_PASSWORD", help="Asked for."
    ),
]
Roles = Annotated[
    list[str], typer.Option("--role", help="operator, provider, buyer, auditor, officer, coordinator, juror.")
]
Party = Annotated[str, typer.Option(help="The id of the party (TMF632) that this person acts for.")]


@user.command()
def add(
    name: str,
    role: Roles,
    password: Password,
    party: Party = "",
    reason: Reason = BY_COMMAND.reason,
    data: Data = "data",
) -> None:
    """Make an account for NAME."""
    by = By(reason=reason)

    async def made(store: Store) -> None:
        if party:
            await _check_party(store, party)
        await add_account(store, name, password, role, party, now(), by)

    with_store(data, made, INDEXERS)
    Terminal().print(f"'{name}' can sign in.")


@user.command("list")
def list_users(data: Data = "data") -> None:
    """Show who has an account."""
    table = Table("name", "roles", Column("party", no_wrap=True), "since")
    for known in with_store(data, accounts):
        roles = ", ".join(cast("list[str]", known["roles"]))
        table.add_row(str(known["name"]), roles, str(known["party"]), str(known["createdAt"]))
    show_list(table, "There is no account yet; 'beffroi user add NAME' makes one.")


@user.command()
def password(name: str, password: Password, reason: Reason = BY_COMMAND.reason, data: Data = "data") -> None:
    """Give NAME another password, and end its sessions."""
    by = By(reason=reason)
    with_store(data, lambda store: change_password(store, name, password, now(), by), INDEXERS)


@user.command()
def remove(name: str, reason: Reason = BY_COMMAND.reason, data: Data = "data") -> None:
    """Remove the account of NAME, and end its sessions."""
    by = By(reason=reason)
    with_store(data, lambda store: remove_account(store, name, now(), by), INDEXERS)


async def _check_party(store: Store, party: str) -> None:
    """Raise Problem(BadRequestData) for a party that nobody made: its account would act for nobody."""
    if not await store.read(party_keys(party)):
        raise Problem(BadRequestData, no_party(party))
