"""A node on every engine, and one in memory for what does not depend on the engine."""

from collections.abc import Iterator, Mapping

import pytest

from beffroi.broker.rules.entity.entity import KIND
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.store.memory import MemoryStore
from beffroi.store.port import Indexer, Store
from tests.conftest import Run
from tests.ogc.node import Node, node_on


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return {KIND: ENTITY_INDEX}


@pytest.fixture
def node(store: Store, run: Run) -> Node:
    """On each engine in turn."""
    return node_on(store, run)


@pytest.fixture
def here(run: Run) -> Iterator[Node]:
    """On the memory engine alone."""
    store = MemoryStore({KIND: ENTITY_INDEX})
    yield node_on(store, run)
    run(store.close())
