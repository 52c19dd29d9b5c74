"""The network of a node without its server."""

from beffroi.app.world import new_uuid, now
from beffroi.network.operations.identity import About, identity_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.identity import Identity
from beffroi.store.port import Store


def offline_network(store: Store, base: str) -> Network:
    """The services of a node that need no server, for a command that works on its store."""
    about = About(base, "", "")

    async def signer() -> Identity:
        return await identity_of(store, about, now())

    return Network(store, now, new_uuid, signer)
