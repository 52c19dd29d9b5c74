"""Who the node is and what it says: its DID document, its identity and its signed feed."""

from typing import Final

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import InvalidRequest, Problem
from beffroi.network.operations.identity import describe
from beffroi.network.operations.publishing import feed_page, heard_page
from beffroi.network.operations.services import Network
from beffroi.network.operations.witnessing import heads_heard
from beffroi.network.rules.identity import did_document, identity_document
from beffroi.network.rules.said import own_words
from beffroi.web.json_api import answer, body_of, limit_of, parameters_of
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

LINES: Final = "application/jsonl"
CLAUSE: Final = "Beffroi feed 1"
USUAL_PAGE: Final = 500
LARGEST_PAGE: Final = 1_000
_OPEN: Final = {"access-control-allow-origin": "*"}


async def read_feed(network: Network, request: Request, _: Arguments) -> Response:
    """Entries of this node's signed feed after number `after`, a JWS a line, and a signed word on its end."""
    after = _after(parameters_of(request, "after", "limit"))
    lines = await feed_page(network, after, limit_of(request, USUAL_PAGE, LARGEST_PAGE))
    return _lines(lines)


async def read_heard(network: Network, request: Request, path: Arguments) -> Response:
    """As the feed of a node that this one follows, as that node signed it: its entries after number `after`,
    and the last head that is kept, if there is one."""
    after = _after(parameters_of(request, "after", "limit"))
    lines = await heard_page(network, path["did"], after, limit_of(request, USUAL_PAGE, LARGEST_PAGE))
    return _lines(lines)


async def read_heads(network: Network, _: Request, __: Arguments) -> Response:
    """What the nodes that this one follows signed for it on the end of their feeds, a JWS a line."""
    return _lines(await heads_heard(network))


async def read_identity(network: Network, _: Request, __: Arguments) -> Response:
    """Who this node is: its DID, its public key, whose it is and where."""
    return answer(identity_document(await network.signer()))


async def write_identity(network: Network, request: Request, _: Arguments) -> Response:
    """Say whose this node is, where, and which languages are spoken there."""
    said: JsonObject = own_words(body_of(request))
    await describe(network.store, said)
    return answer(identity_document(await network.signer()))


async def read_did_document(network: Network, _: Request, __: Arguments) -> Response:
    """The node's DID document: its public keys."""
    headers = {"content-type": "application/did+json", "cache-control": "no-cache", **_OPEN}
    return Response(200, headers, encode(did_document(await network.signer())))


def _lines(lines: list[str]) -> Response:
    headers = {"content-type": LINES, "cache-control": "no-store", **_OPEN}
    return Response(200, headers, "".join(f"{line}\n" for line in lines).encode())


def _after(asked: dict[str, str]) -> int:
    text = asked.get("after", "0")
    if text.isascii() and text.isdigit() and len(text) < 13:
        return int(text)
    raise Problem(InvalidRequest, f"The parameter 'after' is {text[:20]!r}, not the number of an entry.")


FEED_ROUTES: Final[tuple[Route[Network], ...]] = (
    Route("GET", "/feed", read_feed, CLAUSE, "nothing"),
    Route("GET", "/feed/{did}", read_heard, CLAUSE, "nothing"),
    Route("GET", "/heads", read_heads, CLAUSE, "nothing"),
    Route("GET", "/identity", read_identity, CLAUSE, "nothing"),
    Route("PUT", "/identity", write_identity, CLAUSE, "operate"),
)
"""Below the root of the network."""

DID_ROUTES: Final[tuple[Route[Network], ...]] = (
    Route("GET", "/.well-known/did.json", read_did_document, "did:web 3.2", "nothing"),
    Route("GET", "/did.json", read_did_document, "did:web 3.2", "nothing"),
)
"""At the node's own root; the second for a node whose address has a path."""
