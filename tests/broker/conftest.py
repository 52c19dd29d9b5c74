"""The broker on every engine (`node`), and on the memory engine alone (`memory_node`)."""

from collections.abc import Mapping

import pytest

from beffroi.broker.operations.services import INDEXERS
from beffroi.store.opening import open_store
from beffroi.store.port import Indexer, Store
from tests.broker.client import Client, client_on
from tests.conftest import Run


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS


@pytest.fixture
def node(store: Store, run: Run) -> Client:
    return client_on(store, run)


@pytest.fixture
def memory_node(run: Run) -> Client:
    return client_on(run(open_store("memory:", INDEXERS)), run)
