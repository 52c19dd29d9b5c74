"""Put together what follows other nodes, and the addresses by which other nodes read this one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from beffroi.config import Settings
from beffroi.network.operations.following import AT_ONCE, Following, Post
from beffroi.network.operations.joining import ANSWER_BYTES, ANSWER_SECONDS, reconcile
from beffroi.network.operations.services import Network
from beffroi.network.routes.feed import DID_ROUTES
from beffroi.network.routes.members import MEMBER_ROUTES
from beffroi.network.routes.nodes import NODE_ROUTES
from beffroi.network.rules.kind import ROOT
from beffroi.network.rules.membership.kinds import MEMBERSHIP_KINDS
from beffroi.outbound import Answer, Client, Policy
from beffroi.web.problem_json import problem_response
from beffroi.web.routing import Table

MEMBERSHIP_NAMES = frozenset(kind.name for kind in MEMBERSHIP_KINDS)


@asynccontextmanager
async def open_peers(settings: Settings) -> AsyncGenerator[Client, None]:
    """Connections for following other nodes, and for nothing else."""
    policy = Policy(allow_private=settings.allow_private, most_connections=2 * AT_ONCE)
    async with Client(policy) as client:
        yield client


def following_of(settings: Settings, network: Network, client: Client) -> Following:
    """What reads the feeds of the nodes that this one follows."""
    following = Following(network, client.get, _post(client), every_s=settings.follow_seconds)
    return replace(following, heard=partial(_look_whom_to_follow, following))


def _post(client: Client) -> Post:
    async def post(url: str, body: bytes, /) -> Answer:
        headers = {"content-type": "application/json"}
        return await client.request(
            "POST", url, headers, body, most_bytes=ANSWER_BYTES, timeout_s=ANSWER_SECONDS
        )

    return post


async def _look_whom_to_follow(following: Following, kinds: frozenset[str]) -> None:
    if kinds & MEMBERSHIP_NAMES:
        await reconcile(following)


def mount_nodes(table: Table, following: Following) -> None:
    """The rows by which nodes know each other."""
    table.mount(ROOT, NODE_ROUTES, following.network, problem_response)
    table.mount(ROOT, MEMBER_ROUTES, following, problem_response)
    table.mount("", DID_ROUTES, following.network, problem_response)
