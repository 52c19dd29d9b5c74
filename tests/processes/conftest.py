"""The indexers of the room whose records harvests keep."""

from collections.abc import Mapping

import pytest

from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.sources.operations.registry import INDEXERS
from beffroi.store.port import Indexer


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return {"entity": ENTITY_INDEX, **INDEXERS}
