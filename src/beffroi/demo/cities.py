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
SECONDS_BETWEEN_FEEDS = 1.0
LICENCE = "etalab-2.0"
"""What the simulated data may be used by."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One city to be: its name, its portal, the addresses below it that are harvested, its node's port,
    and an invented point (longitude, latitude) for the map of the network."""

    name: str
    portal: Callable[[int], Portal]
    api: str
    feeds: tuple[str, ...]
    port: int
    point: tuple[float, float]


@dataclass(frozen=True, slots=True)
class City:
    """One city that runs: its portal and the portal's API, the addresses to harvest, its node, the node's
    address, its point."""

    name: str
    portal: str
    api: str
    feeds: tuple[str, ...]
    node: Node
    address: str
    point: tuple[float, float]


PLANS = (
    Plan("Clochemont (simulé)", lille_like, "/data/ogcapi", ("/data/ogcapi",), 1026, (2.9, 50.4)),
    Plan("Rivebelle (simulée)", ods_clean, "/api/explore/v2.1", ("/api/explore/v2.1",), 1027, (3.6, 50.1)),
)
"""Invented names: one portal has the known defects of a real one, the other is a clean Opendatasoft."""

THIRD = Plan(
    "Hautegrève (simulée)", ods_clean, "/api/explore/v2.1", ("/api/explore/v2.1",), 1028, (1.9, 50.7)
)
"""A city that joins with an empty node and harvests later."""

CHAPTER = "Chapitre simulé"
CHAPTER_PORT = 1029
CHAPTER_POINT = (2.6, 50.1)


@asynccontextmanager
async def running_city(plan: Plan, seed: int, folder: Path) -> AsyncGenerator[City, None]:
    """Start a city's portal and its node in an empty folder; both end with the block."""
    async with (
        running(plan.portal(seed)) as portal,
        _running_node(plan.name, plan.port, folder) as (node, address),
    ):
        feeds = tuple(portal + feed for feed in plan.feeds)
        yield City(plan.name, portal, portal + plan.api, feeds, node, address, plan.point)


@asynccontextmanager
async def running_chapter(folder: Path) -> AsyncGenerator[City, None]:
    """Start the node of a chapter, which has no data of its own."""
    async with _running_node(CHAPTER, CHAPTER_PORT, folder) as (node, address):
        yield City(CHAPTER, "", "", (), node, address, CHAPTER_POINT)


@asynccontextmanager
async def _running_node(name: str, wanted: int, folder: Path) -> AsyncGenerator[tuple[Node, str], None]:
    """A node in an empty folder, at the wanted port if that is free."""
    port = wanted if is_free(HOST, wanted) else free_port(HOST)
    settings = Settings(
        data=f"sqlite:{folder / 'beffroi.db'}",
        host=HOST,
        port=port,
        city=name,
        simulated=True,
        licence=LICENCE,
        monitor_seconds=SECONDS_BETWEEN_PROBES,
        follow_seconds=SECONDS_BETWEEN_FEEDS,
    )
    async with open_node(settings) as node, listening(node) as address:
        yield node, address
