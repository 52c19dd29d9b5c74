"""What tests of the market begin with: its indexers, and one that sells on the store at hand."""

from collections.abc import Mapping

import pytest

from beffroi.store.port import Indexer, Store
from tests.conftest import Run
from tests.market.seller import INDEXERS_OF_MARKET, Seller, seller_of


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS_OF_MARKET


@pytest.fixture
def seller(store: Store, run: Run) -> Seller:
    return seller_of(store, run)
