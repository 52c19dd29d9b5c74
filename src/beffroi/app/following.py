"""Put together what follows other nodes, and the addresses by which other nodes read this one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from beffroi.config import Settings
from beffroi.network.operations.following import AT_ONCE, Following
from beffroi.network.operations.services import Network
from beffroi.network.routes.feed import DID_ROUTES
from beffroi.network.routes.nodes import NODE_ROUTES
from beffroi.network.rules.kind import ROOT
from beffroi.outbound import Client, Policy
from beffroi.web.problem_json import problem_response
from beffroi.web.routing import Table


@asynccontextmanager
async def open_peers(settings: Settings) -> AsyncGenerator[Client, None]:
    """Connections for following other nodes, and for nothing else."""
    policy = Policy(allow_private=settings.allow_private, most_connections=2 * AT_ONCE)
    async with Client(policy) as client:
        yield client


def following_of(settings: Settings, network: Network, client: Client) -> Following:
    """What reads the feeds of the nodes that this one follows."""
    return Following(network, client.get, every_s=settings.follow_seconds)


def mount_nodes(table: Table, network: Network) -> None:
    """The rows by which nodes know each other."""
    table.mount(ROOT, NODE_ROUTES, network, problem_response)
    table.mount("", DID_ROUTES, network, problem_response)
