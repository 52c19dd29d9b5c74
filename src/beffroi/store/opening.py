"""Open a store by its address."""

from collections.abc import Mapping
from pathlib import Path

from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.store.memory import MemoryStore
from beffroi.store.port import Indexer, Store
from beffroi.store.sqlite import SqliteStore


async def open_store(url: str, indexers: Mapping[str, Indexer]) -> Store:
    """Open `memory:`, `sqlite:PATH` or `postgresql://…`; `indexers` are by kind of record.

    Raises Problem(BadRequestData) for another address, and Problem(Unavailable) where the database is not
    there, is no database, or is newer than we are.
    """
    scheme, _, rest = url.partition(":")
    match scheme:
        case "memory":
            return MemoryStore(indexers)
        case "sqlite":
            return await SqliteStore.open(Path(rest), indexers)
        case "postgresql" | "postgres":
            from beffroi.store.postgres import PostgresStore  # noqa: PLC0415 - most nodes have no driver to load

            return await PostgresStore.open(url, indexers)
        case _:
            raise Problem(
                BadRequestData, f"The database '{url}' is none of memory:, sqlite:PATH and postgresql://…"
            )
