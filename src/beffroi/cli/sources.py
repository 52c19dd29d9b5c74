"""`beffroi source`: where data comes from."""

from typing import Annotated, ClassVar

import typer
from rich.table import Table

from beffroi.cli.called import CalledGroup, Row, show
from beffroi.cli.listing import show_list
from beffroi.cli.options import Data, with_store
from beffroi.cli.signing import SIGNED_INDEXERS, by_command
from beffroi.cli.whereabouts import AREA_HELP, AXES_HELP
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.operations.registry import change_source, list_sources, remove_source
from beffroi.sources.rules.source import changed
from beffroi.sources.rules.whereabouts import said_of
from beffroi.store.port import Store

DISCOVERING = (
    Row(
        "add",
        "discovering:add",
        "Find out what stands behind URL or in FILE, and add every dataset that a mapping fits.",
    ),
    Row(
        "draft",
        "discovering:draft",
        "Propose a mapping for a dataset made of its columns, and say what it would make of the records.",
    ),
)


class _Source(CalledGroup):
    rows: ClassVar[dict[str, Row]] = {row.name: row for row in DISCOVERING}


source = typer.Typer(cls=_Source, help="Where data comes from.", no_args_is_help=True)
show(source, DISCOVERING)


@source.command("list")
def list_all(data: Data = "data") -> None:
    """Show the sources and what became of their last run."""

    async def work(store: Store) -> None:
        table = Table("name", "family", "mapping", "every", "last run", "state")
        for known in await list_sources(store, ""):
            every = f"{known.interval_s} s"
            table.add_row(
                known.name, known.family, known.mapping, every, known.last_at[:19], known.last_state
            )
        show_list(
            table, "There is no source yet; 'beffroi source add URL' adds what stands behind an address."
        )

    with_store(data, work, SIGNED_INDEXERS)


@source.command()
def change(
    name: str,
    data: Data = "data",
    axes: Annotated[str, typer.Option(help=AXES_HELP)] = "",
    area: Annotated[str, typer.Option(help=AREA_HELP)] = "",
) -> None:
    """Say where the places of a source lie, and which way round its longitudes and latitudes stand."""
    said = said_of(axes, area)
    if not said:
        raise Problem(BadRequestData, "Nothing is to be changed: --axes or --area says what.")

    async def work(store: Store) -> None:
        await change_source(by_command(store), "", name, lambda stored: changed(stored, said))

    with_store(data, work, SIGNED_INDEXERS)


@source.command()
def remove(name: str, data: Data = "data") -> None:
    """Forget a source; what came from it stays."""

    async def work(store: Store) -> None:
        await remove_source(by_command(store), "", name)

    with_store(data, work, SIGNED_INDEXERS)
