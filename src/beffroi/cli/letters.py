"""`beffroi letters`: see the notifications that nobody could be given, and send them once more."""

from collections.abc import Awaitable, Sequence
from typing import Annotated

import typer
from rich.table import Table

from beffroi.app.world import now
from beffroi.cli.listing import show_list
from beffroi.cli.options import Data, with_store
from beffroi.cli.terminal import Terminal
from beffroi.courier.letters import dead_letters
from beffroi.courier.letters import replay as replay_letter
from beffroi.kernel.record import Record
from beffroi.store.port import Store

letters = typer.Typer(help="Dead letters: what nobody could be given for a day.", no_args_is_help=True)
Tenant = Annotated[str, typer.Option(help="Whose letters; by default those of the default tenant.")]


@letters.command("list")
def list_letters(
    tenant: Tenant = "",
    most: Annotated[int, typer.Option(min=1, help="How many to show, the oldest first.")] = 100,
    data: Data = "data",
) -> None:
    """Show what was given up, and why."""

    def read(store: Store) -> Awaitable[Sequence[Record]]:
        return dead_letters(store, tenant, most)

    table = Table("id", "given up", "attempts", "lane", "reason")
    for kept in with_store(data, read):
        body = kept.body
        table.add_row(kept.key.id, *(str(body[name]) for name in ("at", "attempts", "lane", "reason")))
    show_list(table, "There is no dead letter: nothing was given up.")


@letters.command()
def replay(
    letter_id: Annotated[str, typer.Argument(metavar="ID")], tenant: Tenant = "", data: Data = "data"
) -> None:
    """Put the letter ID back into its lane; a running node takes it up within half a minute."""
    with_store(data, lambda store: replay_letter(store, tenant, letter_id, now()))
    Terminal().print(f"The letter '{letter_id}' is on its way again.")
