"""Put the network's services of a node together: who it is there, and where its documents are kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from beffroi.app.world import new_id, now
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.config import Settings
from beffroi.network.operations.identity import About, identity_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.identity import Identity
from beffroi.outbound import Answer, Client
from beffroi.processes.deployments import MOST_BYTES as LOOK_BYTES
from beffroi.processes.deployments import Looker
from beffroi.processes.fit import Fitter
from beffroi.processes.indicators import Measurer
from beffroi.processes.measuring import MOST_BYTES
from beffroi.processes.monitoring import Monitor
from beffroi.store.port import Store

TIMEOUT_S: Final = 15.0


def network_of(settings: Settings, broker: Broker, context: Context, fitter: Fitter) -> Network:
    """The services; the node's key is made when it is needed first."""
    store = broker.store
    about = About(settings.address, settings.publisher or settings.city, settings.city)

    async def signer() -> Identity:
        return await identity_of(store, about, now())

    network = Network(store, now, _uuid, signer, settings.allow_private, settings.simulated)
    return replace(network, measure=Measurer(broker, context, network).measure, fit=fitter.fit)


def fitter_of(monitor: Monitor, abroad: Client) -> Fitter:
    """How the node measures itself, as its monitor asks it, and others."""

    async def own(url: str, headers: Mapping[str, str]) -> Answer:
        return await monitor.get_own(url, headers, most_bytes=MOST_BYTES, timeout_s=TIMEOUT_S)

    async def other(url: str, headers: Mapping[str, str]) -> Answer:
        return await abroad.get(url, headers, most_bytes=MOST_BYTES)

    return Fitter(monitor.own, monitor.token, own, other, now)


def looker_of(network: Network, abroad: Client, interval: float) -> Looker:
    """What looks at deployments; their addresses are the word of others."""

    async def get(url: str) -> Answer:
        return await abroad.get(url, most_bytes=LOOK_BYTES, timeout_s=TIMEOUT_S)

    return Looker(network, get, interval)


def offline_network(store: Store, base: str) -> Network:
    """The services of a node that need no server, for a command that works on its store."""
    about = About(base, "", "")

    async def signer() -> Identity:
        return await identity_of(store, about, now())

    return Network(store, now, _uuid, signer)


def _uuid() -> str:
    return new_id().removeprefix("urn:uuid:")
