"""`beffroi strategy`: import a strategy from a table, measure it, stop actions, see where they stand."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.table import Table

from beffroi.app.node import Node
from beffroi.cli.networking import OWN_ADDRESS, with_network
from beffroi.cli.node import with_node
from beffroi.cli.options import Base, Data, store_url
from beffroi.cli.terminal import Styled, Terminal, styled
from beffroi.config import Settings
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import OperationNotSupported, Problem
from beffroi.network.operations.documents import change, retrieve_readable
from beffroi.network.operations.services import Network
from beffroi.network.operations.strategy import import_table, read_board
from beffroi.network.rules.document import content_of
from beffroi.network.rules.strategy.board import Deed, Measured, Promise, totals
from beffroi.network.rules.strategy.kinds import ACTION, INDICATOR
from beffroi.web.message import LOCAL

strategy = typer.Typer(help="Pledges, actions and indicators of a city.", no_args_is_help=True)
_COLOURS = {"planned": "dim", "on its way": "cyan", "late": "bold red", "done": "green", "stopped": "yellow"}
Language = Annotated[str, typer.Option(help="The language of the table: fr or en.")]


@strategy.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A table, CSV of any kind.")],
    language: Language = "fr",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
    *,
    dry: Annotated[bool, typer.Option("--dry", help="Write nothing, say what would change.")] = False,
) -> None:
    """Import a table of pledges, actions and indicators; the same table again changes nothing."""

    found = with_network(
        data, base, lambda network: import_table(network, file.read_bytes(), language, LOCAL, dry=dry)
    )
    table = Table("Document", "New", "Changed")
    for kind in dict.fromkeys((*found.new, *found.changed)):
        table.add_row(kind, str(found.new.get(kind, 0)), str(found.changed.get(kind, 0)))
    console = Terminal()
    if table.row_count:
        console.print(table)
    would = "would be as it is" if dry else "stayed as it was"
    console.print(f"{found.same} {would}.")


@strategy.command()
def board(
    city: Annotated[str, typer.Option(help="The DID of another city that this node follows.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show every pledge with its actions, where they stand today, and their last figures."""

    async def work(network: Network) -> list[Promise]:
        return await read_board(network, city or (await network.signer()).did, LOCAL)

    promises = with_network(data, base, work)
    table = Table("Pledge", "Action", "Ends", "Stands", "Reason", "Figures", show_lines=True)
    for promise in promises:
        name = _title(promise.pledge)
        if not promise.deeds or promise.indicators:
            table.add_row(name, "", "", "", "", _figures(promise.indicators))
            name = ""
        for deed in promise.deeds:
            table.add_row(name, *_row(deed))
            name = ""
    console = Terminal()
    console.print(table)
    counted = ", ".join(f"{count} {standing}" for standing, count in totals(promises).items() if count)
    console.print(f"{len(promises)} pledges; actions: {counted or 'none'}.")


@strategy.command()
def stop(
    action: Annotated[str, typer.Argument(help="The last segment of its id, or the whole id.")],
    reason: Annotated[str, typer.Option(help="Why; it stays on the board.")],
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Stop an action, with the reason."""

    patch: JsonObject = {"stage": "stopped", "reason": reason}
    stopped = with_network(data, base, lambda network: change(network, ACTION, action, patch, LOCAL, reason))
    Terminal().print(f"{stopped['id']} is stopped.", soft_wrap=True)


@strategy.command()
def measure(
    indicator: Annotated[str, typer.Argument(help="The last segment of its id, or the whole id.")],
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Compute an indicator from the city's data now; its reading says from what."""

    async def work(node: Node) -> JsonObject:
        asked = await retrieve_readable(node.network, INDICATOR, indicator, LOCAL)
        if node.network.measure is None:
            raise Problem(OperationNotSupported, "This node measures nothing.")
        return await node.network.measure(asked, LOCAL)

    made = content_of(with_node(Settings(data=store_url(data), base=base), work))
    query = cast("JsonObject", made["source"])["query"]
    Terminal().print(f"{made['value']} at {made['at']}: {query}", soft_wrap=True)


def _row(deed: Deed) -> tuple[str | Styled, ...]:
    content = content_of(deed.action)
    stands = styled((deed.standing, _COLOURS[deed.standing]))
    ends, reason = str(content.get("ends", "")), str(content.get("reason", ""))
    return _title(deed.action), ends, stands, reason, _figures(deed.indicators)


def _figures(indicators: Iterable[Measured]) -> str:
    """Each indicator with its last value, the day of it and how it came."""
    lines = list[str]()
    for each in indicators:
        last = content_of(each.readings[-1]) if each.readings else None
        how = cast("JsonObject", last["source"])["how"] if last else ""
        said = f"{last['value']} ({str(last['at'])[:10]}, {how})" if last else "not read yet"
        lines.append(f"{_title(each.indicator)}: {said}")
    return "\n".join(lines)


def _title(document: JsonObject) -> str:
    return str(content_of(document)["title"])
