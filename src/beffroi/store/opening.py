"""Open a store by its address."""

from collections.abc import Mapping
from pathlib import Path

from beffroi.store.memory import MemoryStore
from beffroi.store.port import Indexer, Store
from beffroi.store.sqlite import SqliteStore


async def open_store(url: str, indexers: Mapping[str, Indexer]) -> Store:
    """Open `memory:`, `sqlite:PATH`, a bare path, or `postgresql://…`; `indexers` are by kind of record.

    Raises Problem(Unavailable) where the database is not there, is no database, or is newer than we are.
    """
    scheme, colon, rest = url.partition(":")
    match scheme if colon else "":
        case "memory":
            return MemoryStore(indexers)
        case "sqlite":
            return await SqliteStore.open(Path(rest), indexers)
        case "postgresql" | "postgres":
            from beffroi.store.postgres import PostgresStore  # noqa: PLC0415 - most nodes have no driver to load

            return await PostgresStore.open(url, indexers)
        case _:
            return await SqliteStore.open(Path(url), indexers)
