"""What a command does to sources, signed as done on the machine of the node."""

from collections.abc import Mapping
from typing import Final

from beffroi.app.world import new_uuid, now
from beffroi.market.operations.services import INDEXERS as MARKET_INDEXERS
from beffroi.market.rules.audit.entry import ON_COMMAND_LINE
from beffroi.processes.signed_sources import SignedSources
from beffroi.sources.operations.registry import INDEXERS
from beffroi.store.port import Indexer, Store
from beffroi.web.message import LOCAL

SIGNED_INDEXERS: Final[Mapping[str, Indexer]] = {**INDEXERS, **MARKET_INDEXERS}


def by_command(store: Store) -> SignedSources:
    """The store for what is done to sources at the command line: the audit log says so."""
    return SignedSources(store, LOCAL.name, now, new_uuid, ON_COMMAND_LINE)
