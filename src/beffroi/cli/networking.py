"""What the network's commands have in common: the node's own address, and its network without its server."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from beffroi.app.offline import offline_network
from beffroi.cli.options import with_store
from beffroi.network.operations.services import INDEXERS, Network
from beffroi.store.port import Store

OWN_ADDRESS: Final = "http://127.0.0.1:1026"
Result = TypeVar("Result")


def with_network(data: str, base: str, work: Callable[[Network], Awaitable[Result]]) -> Result:
    """Open the store behind --data, do the work as the node at `base`, close it."""

    def run(store: Store) -> Awaitable[Result]:
        return work(offline_network(store, base))

    return with_store(data, run, INDEXERS)
