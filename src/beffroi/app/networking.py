"""Put the network's services of a node together: who it is there, and where its documents are kept."""

from beffroi.app.world import new_id, now
from beffroi.config import Settings
from beffroi.network.operations.identity import About, identity_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.identity import Identity
from beffroi.store.port import Store


def network_of(settings: Settings, store: Store) -> Network:
    """The services; the node's key is made when it is needed first."""
    about = About(settings.address, settings.publisher or settings.city, settings.city)

    async def signer() -> Identity:
        return await identity_of(store, about, now())

    return Network(store, now, _uuid, signer, settings.allow_private, settings.simulated)


def _uuid() -> str:
    return new_id().removeprefix("urn:uuid:")
