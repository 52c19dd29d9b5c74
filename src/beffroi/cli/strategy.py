"""`beffroi strategy`: import a strategy from a table, and see where its actions stand."""

from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.table import Table

from beffroi.app.networking import offline_network
from beffroi.cli.options import Base, Data, with_store
from beffroi.kernel.json import JsonObject
from beffroi.network.operations.services import INDEXERS
from beffroi.network.operations.strategy import Imported, import_table, read_board
from beffroi.network.rules.strategy.board import Promise, totals
from beffroi.store.port import Store
from beffroi.web.message import LOCAL

strategy = typer.Typer(help="Pledges, actions and indicators of a city.", no_args_is_help=True)
_COLOURS = {"planned": "dim", "on its way": "cyan", "late": "bold red", "done": "green", "stopped": "yellow"}
Language = Annotated[str, typer.Option(help="The language of the table: fr or en.")]


@strategy.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A table, CSV of any kind.")],
    language: Language = "fr",
    data: Data = "data",
    base: Base = "http://127.0.0.1:1026",
    *,
    dry: Annotated[bool, typer.Option("--dry", help="Write nothing, say what would change.")] = False,
) -> None:
    """Import a table of pledges, actions and indicators; the same table again changes nothing."""

    def work(store: Store) -> Awaitable[Imported]:
        return import_table(offline_network(store, base), file.read_bytes(), language, LOCAL, dry=dry)

    found = with_store(data, work, INDEXERS)
    table = Table("Document", "New", "Changed")
    for kind in dict.fromkeys((*found.new, *found.changed)):
        table.add_row(kind, str(found.new.get(kind, 0)), str(found.changed.get(kind, 0)))
    console = Console()
    if table.row_count:
        console.print(table)
    would = "would be as it is" if dry else "stayed as it was"
    console.print(f"{found.same} {would}.", highlight=False)


@strategy.command()
def board(data: Data = "data", base: Base = "http://127.0.0.1:1026") -> None:
    """Show every pledge with its actions and where they stand today."""

    async def work(store: Store) -> list[Promise]:
        network = offline_network(store, base)
        return await read_board(network, (await network.signer()).did, LOCAL)

    promises = with_store(data, partial(work), INDEXERS)
    table = Table("Pledge", "Action", "Ends", "Stands", "Reason", show_lines=True)
    for promise in promises:
        name = _title(promise.pledge)
        if not promise.deeds:
            table.add_row(name, "", "", "", "")
        for deed in promise.deeds:
            content = cast("JsonObject", deed.action["content"])
            stands = f"[{_COLOURS[deed.standing]}]{deed.standing}[/]"
            ends, reason = str(content.get("ends", "")), str(content.get("reason", ""))
            table.add_row(name, _title(deed.action), ends, stands, reason)
            name = ""
    console = Console()
    console.print(table)
    counted = ", ".join(f"{count} {standing}" for standing, count in totals(promises).items() if count)
    console.print(f"{len(promises)} pledges; actions: {counted or 'none'}.", highlight=False)


def _title(document: JsonObject) -> str:
    return str(cast("JsonObject", document["content"])["title"])
