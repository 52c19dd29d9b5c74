"""`beffroi source change` and `beffroi source remove`: signed as done on the machine of the node."""

from typing import Annotated

import typer

from beffroi.cli.options import Data, with_store
from beffroi.cli.signing import SIGNED_INDEXERS, by_command
from beffroi.cli.whereabouts import AREA_HELP, AXES_HELP
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.operations.registry import change_source, remove_source
from beffroi.sources.rules.source import changed
from beffroi.sources.rules.whereabouts import said_of
from beffroi.store.port import Store


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


def remove(name: str, data: Data = "data") -> None:
    """Forget a source; what came from it stays."""

    async def work(store: Store) -> None:
        await remove_source(by_command(store), "", name)

    with_store(data, work, SIGNED_INDEXERS)
