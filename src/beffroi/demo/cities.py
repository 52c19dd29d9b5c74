"""The two simulated cities of the demo: a portal and a node each."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.app.serving import free_port, is_free, listening
from beffroi.config import Settings
from beffroi.simulation.portal import lille_like, ods_clean, running
from beffroi.simulation.wire import Portal

HOST = "127.0.0.1"
SECONDS_BETWEEN_PROBES = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One city to be: its name, its portal, the addresses below it that are harvested, its node's port."""

    name: str
    portal: Callable[[int], Portal]
    api: str
    feeds: tuple[str, ...]
    port: int


@dataclass(frozen=True, slots=True)
class City:
    """One city that runs: its portal and the portal's API, the addresses to harvest, its node and the node's
    address."""

    name: str
    portal: str
    api: str
    feeds: tuple[str, ...]
    node: Node
    address: str


PLANS = (
    Plan("Clochemont (simulé)", lille_like, "/data/ogcapi", ("/data/ogcapi",), 1026),
    Plan("Rivebelle (simulée)", ods_clean, "/api/explore/v2.1", ("/api/explore/v2.1",), 1027),
)
"""Invented names: one portal has the known defects of a real one, the other is a clean Opendatasoft."""


@asynccontextmanager
async def running_city(plan: Plan, seed: int, folder: Path) -> AsyncGenerator[City, None]:
    """Start a city's portal and its node in an empty folder; both end with the block."""
    port = plan.port if is_free(HOST, plan.port) else free_port(HOST)
    settings = Settings(
        data=f"sqlite:{folder / 'beffroi.db'}",
        host=HOST,
        port=port,
        city=plan.name,
        simulated=True,
        monitor_seconds=SECONDS_BETWEEN_PROBES,
    )
    async with (
        running(plan.portal(seed)) as portal,
        open_node(settings) as node,
        listening(node) as address,
    ):
        feeds = tuple(portal + feed for feed in plan.feeds)
        yield City(plan.name, portal, portal + plan.api, feeds, node, address)
