"""Put the network of a node together: its services, and what runs for them beside the server."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias

from beffroi.app.jurors import juror_account
from beffroi.app.oidc.people import read_people
from beffroi.app.world import new_uuid, now
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.config import Settings
from beffroi.network.operations.identity import About, identity_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.identity import Identity
from beffroi.outbound import Answer, Client
from beffroi.processes.buying import Buyer, OpenFetch, keep_reviewing
from beffroi.processes.checks import Checker, start_check
from beffroi.processes.comparison import Comparer, keep_comparing
from beffroi.processes.deployments import MOST_BYTES as LOOK_BYTES
from beffroi.processes.deployments import Looker, keep_looking
from beffroi.processes.fit import Fitter
from beffroi.processes.indicators import Measurer, keep_measuring
from beffroi.processes.measuring import MOST_BYTES
from beffroi.processes.monitoring import Monitor

TIMEOUT_S: Final = 15.0
Keep: TypeAlias = Callable[[asyncio.Event], Coroutine[None, None, None]]
"""What runs until the event is set."""


@dataclass(frozen=True, slots=True)
class Networking:
    """The services, and what keeps running for them."""

    network: Network
    work: tuple[Keep, ...]


def open_network(
    settings: Settings,
    broker: Broker,
    context: Context,
    checker: Checker,
    monitor: Monitor,
    abroad: Client,
) -> Networking:
    """The network of a node; its key is made when it is needed first. `abroad` asks addresses that others
    say."""
    store = broker.store
    about = About(settings.address, settings.publisher or settings.city, settings.city)

    async def signer() -> Identity:
        return await identity_of(store, about, now())

    juror = partial(juror_account, store, read_people(settings.oidc_people), settings.oidc_issuer)
    bare = Network(store, now, new_uuid, signer, settings.allow_private, settings.simulated, juror=juror)
    measurer = Measurer(broker, context, bare)
    comparer = Comparer(broker, bare, settings.address, partial(start_check, checker, ""))
    fitter = _fitter(monitor, abroad)
    buyer = buyer_of(
        replace(bare, measure=measurer.measure, compare=comparer.opt, fit=fitter.fit), checker.open_fetch
    )
    network = buyer.network
    work = (
        partial(keep_measuring, measurer),
        partial(keep_comparing, comparer),
        partial(keep_looking, _looker(network, abroad, settings.look_seconds)),
        partial(keep_reviewing, buyer),
    )
    return Networking(network, work)


def _fitter(monitor: Monitor, abroad: Client) -> Fitter:
    """How the node measures itself, as its monitor asks it, and others."""

    async def own(url: str, headers: Mapping[str, str]) -> Answer:
        return await monitor.get_own(url, headers, most_bytes=MOST_BYTES, timeout_s=TIMEOUT_S)

    async def other(url: str, headers: Mapping[str, str]) -> Answer:
        return await abroad.get(url, headers, most_bytes=MOST_BYTES)

    return Fitter(monitor.own, monitor.token, own, other, now)


def _looker(network: Network, abroad: Client, interval: float) -> Looker:
    """What looks at deployments; their addresses are the word of others."""

    async def get(url: str) -> Answer:
        return await abroad.get(url, most_bytes=LOOK_BYTES, timeout_s=TIMEOUT_S)

    return Looker(network, get, interval)


def buyer_of(network: Network, open_fetch: OpenFetch) -> Buyer:
    """The checker at the service of contracts; its `network` knows it."""
    buyer = Buyer(network, open_fetch)
    buyer.network = replace(network, buying=buyer)
    return buyer
