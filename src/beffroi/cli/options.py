"""Options that several commands share, and the store behind one of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar
from urllib.parse import unquote, urlsplit

import typer

from beffroi.kernel.problem import BadRequestData, Problem, Unavailable
from beffroi.store.opening import open_store
from beffroi.store.port import Indexer, Store

Result = TypeVar("Result")

Data: TypeAlias = Annotated[
    str,
    typer.Option(
        envvar="BEFFROI_DATA",
        help="A folder, `memory:`, or `postgresql://…` with PostGIS.",
    ),
]
Base: TypeAlias = Annotated[str, typer.Option(envvar="BEFFROI_BASE", help="The node's public address.")]
Contexts: TypeAlias = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="A JSON file that maps @context URLs to files beside it."),
]
Mappings: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        envvar="BEFFROI_MAPPINGS",
        exists=True,
        file_okay=False,
        help="A folder of your own mappings, `*.toml`.",
    ),
]
Reason: TypeAlias = Annotated[str, typer.Option(help="Why; it stands in the audit log.")]
Private: TypeAlias = Annotated[bool, typer.Option(help="Allow addresses of this machine and its network.")]


def store_url(data: str) -> str:
    """The store behind --data: a folder holds one SQLite database. Raises Problem(Unavailable).

    >>> store_url("memory:"), store_url("postgresql://db/city")
    ('memory:', 'postgresql://db/city')
    """
    if data == "memory:" or data.startswith(("postgresql:", "postgres:", "sqlite:")):
        return data
    folder = Path(data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise Problem(Unavailable, f"The folder '{data}' cannot be used: {failure.strerror}.") from failure
    return f"sqlite:{folder / 'beffroi.db'}"


def address_of(typed: str) -> str:
    """The web address that somebody typed, or that of a file; raises Problem(BadRequestData).

    >>> address_of("https://data.example.org/")
    'https://data.example.org/'
    """
    if typed.startswith(("http://", "https://")):
        return typed
    path = Path(unquote(urlsplit(typed).path) if typed.startswith("file:") else typed)
    if not path.is_file():
        raise Problem(
            BadRequestData,
            f"'{typed}' is neither a file nor an address that begins with http:// or https://.",
        )
    return path.resolve().as_uri()


def with_store(
    data: str, work: Callable[[Store], Awaitable[Result]], indexers: Mapping[str, Indexer] | None = None
) -> Result:
    """Open the store behind --data, do the work, close it. `indexers` are those of the kinds that it writes
    or looks for."""

    async def run() -> Result:
        store = await open_store(store_url(data), indexers or {})
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())
