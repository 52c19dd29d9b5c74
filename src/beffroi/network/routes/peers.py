"""The nodes that this one follows."""

from typing import Final

from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.operations import peers as operations
from beffroi.network.operations.services import Network
from beffroi.web.json_api import answer, body_of, listed, nothing, text_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

CLAUSE: Final = "Beffroi network 1"


async def list_peers(network: Network, _: Request, __: Arguments) -> Response:
    """Every node that this one follows, with its state: following, late or broken, since when and why."""
    return listed("peers", await operations.peers(network))


async def follow_peer(network: Network, request: Request, _: Arguments) -> Response:
    """Follow the node at an `address`, or with a `did`."""
    body = body_of(request)
    named = text_in(body, "did") or text_in(body, "address")
    if named is None:
        raise Problem(BadRequestData, "Name the 'address' of a node, or its 'did'.")
    return answer(await operations.follow(network, named), 201)


async def read_peer(network: Network, _: Request, path: Arguments) -> Response:
    """One node that this one follows, with the signed texts that were kept as proof against it."""
    return answer(await operations.peer_of(network, path["did"]))


async def unfollow_peer(network: Network, _: Request, path: Arguments) -> Response:
    """Follow a node no more; what it said leaves this node unless a chapter names it."""
    left = await operations.unfollow(network, path["did"])
    return nothing() if left is None else answer(left)


async def believe_peer(network: Network, _: Request, path: Arguments) -> Response:
    """Take a broken node from scratch again, because its operator and ours have spoken."""
    return answer(await operations.believe(network, path["did"]))


PEER_ROUTES: Final[tuple[Route[Network], ...]] = (
    Route("GET", "/peers", list_peers, CLAUSE, "read"),
    Route("POST", "/peers", follow_peer, CLAUSE, "operate"),
    Route("GET", "/peers/{did}", read_peer, CLAUSE, "read"),
    Route("DELETE", "/peers/{did}", unfollow_peer, CLAUSE, "operate"),
    Route("POST", "/peers/{did}/believe", believe_peer, CLAUSE, "operate"),
)
