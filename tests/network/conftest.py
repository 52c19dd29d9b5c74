"""What tests of the network begin with: its indexers, and a wire between nodes."""

from collections.abc import Mapping

import pytest

from beffroi.network.operations.services import INDEXERS
from beffroi.store.port import Indexer
from tests.conftest import Run
from tests.network.federation import Wire


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS


@pytest.fixture
def wire(run: Run) -> Wire:
    return Wire(run)
