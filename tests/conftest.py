"""Fixtures for everybody: an event loop, and the store on every engine."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from beffroi.store.opening import open_store
from beffroi.store.port import Indexer, Store

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]
OpenEngine = Callable[[Mapping[str, Indexer]], Store]


@pytest.fixture
def run() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """`run(coroutine)` on the test's own event loop."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    """What `store` indexes; a module that needs some overrides this fixture."""
    return {}


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the engine under test."""
    return str(request.param)


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of this engine."""
    match engine:
        case "memory":
            return "memory:"
        case "sqlite":
            return f"sqlite:{tmp_path / 'store.db'}"
        case _:
            return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def open_engine(
    database: str, run: Callable[[Coroutine[Any, Any, Any]], Any]
) -> Iterator[Callable[[Mapping[str, Indexer]], Store]]:
    """`open_engine(indexers)`: open the test's database, once more at every call; closed at the end."""
    opened: list[Store] = []

    def open_one(indexers: Mapping[str, Indexer]) -> Store:
        opened.append(run(open_store(database, indexers)))
        return opened[-1]

    yield open_one
    for store in opened:
        run(store.close())


@pytest.fixture
def store(open_engine: Callable[[Mapping[str, Indexer]], Store], indexers: Mapping[str, Indexer]) -> Store:
    """An empty store, on each engine in turn."""
    return open_engine(indexers)


@pytest.fixture
def postgres_database() -> str:
    pytest.skip("PostgreSQL is not built yet.")
