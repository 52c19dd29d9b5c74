"""`beffroi source`: where data comes from."""

from typing import ClassVar

import typer
from rich.table import Table

from beffroi.cli.called import CalledGroup, Row, show
from beffroi.cli.listing import show_list
from beffroi.cli.options import Data, with_store
from beffroi.kernel.shown_url import shown_url
from beffroi.sources.operations.registry import INDEXERS, list_sources
from beffroi.store.port import Store

CALLED = (
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
    Row(
        "change",
        "tending:change",
        "Say where the places of a source lie, and which way round its longitudes and latitudes stand.",
    ),
    Row("remove", "tending:remove", "Forget a source; what came from it stays."),
)


class _Source(CalledGroup):
    rows: ClassVar[dict[str, Row]] = {row.name: row for row in CALLED}


source = typer.Typer(cls=_Source, help="Where data comes from.", no_args_is_help=True)
show(source, CALLED)


@source.command("list")
def list_all(data: Data = "data") -> None:
    """Show the sources and what became of their last run."""

    async def work(store: Store) -> None:
        table = Table("name", "family", "mapping", "every", "last run", "state", "address")
        for known in await list_sources(store, ""):
            every = f"{known.interval_s} s"
            table.add_row(
                known.name,
                known.family,
                known.mapping,
                every,
                known.last_at[:19],
                known.last_state,
                shown_url(known.url),
            )
        show_list(
            table, "There is no source yet; 'beffroi source add URL' adds what stands behind an address."
        )

    with_store(data, work, INDEXERS)
