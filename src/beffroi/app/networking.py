"""Put the network's services of a node together: who it is there, and where its documents are kept."""

from dataclasses import replace

from beffroi.app.world import new_id, now
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.config import Settings
from beffroi.network.operations.identity import About, identity_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.identity import Identity
from beffroi.processes.indicators import Measurer
from beffroi.store.port import Store


def network_of(settings: Settings, broker: Broker, context: Context) -> Network:
    """The services; the node's key is made when it is needed first."""
    store = broker.store
    about = About(settings.address, settings.publisher or settings.city, settings.city)

    async def signer() -> Identity:
        return await identity_of(store, about, now())

    network = Network(store, now, _uuid, signer, settings.allow_private, settings.simulated)
    return replace(network, measure=Measurer(broker, context, network).measure)


def offline_network(store: Store, base: str) -> Network:
    """The services of a node that need no server, for a command that works on its store."""
    about = About(base, "", "")

    async def signer() -> Identity:
        return await identity_of(store, about, now())

    return Network(store, now, _uuid, signer)


def _uuid() -> str:
    return new_id().removeprefix("urn:uuid:")
