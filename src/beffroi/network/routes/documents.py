"""The rows that every plain kind has: list, make, read, change, publish, withdraw, versions."""

from collections.abc import Iterator
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import InvalidRequest, Problem
from beffroi.network.operations import documents as operations
from beffroi.network.operations.documents import LARGEST_PAGE, Sought
from beffroi.network.operations.services import Network
from beffroi.network.rules.document import face
from beffroi.network.rules.kind import ROOT, Kind
from beffroi.web.json_api import answer, body_of, limit_of, parameters_of, text_in
from beffroi.web.message import Actor, Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

CLAUSE: Final = "Beffroi network 1"
USUAL_PAGE: Final = 100


async def list_documents(kind: Kind, network: Network, request: Request, _: Arguments) -> Response:
    """Documents of this node and of those that it follows, in the order in which they became known."""
    asked = parameters_of(request, "origin", "state", "limit", "after", *map(_word, kind.facets))
    facets = {path: asked[_word(path)] for path in kind.facets if _word(path) in asked}
    sought = Sought(asked.get("origin", ""), asked.get("state", ""), facets)
    limit = limit_of(request, USUAL_PAGE, LARGEST_PAGE)
    page = await operations.documents(network, kind, request.actor, sought, _after(asked), limit)
    response = answer(
        {"documents": [shown(each, request.actor) for each in page.documents], "total": page.total}
    )
    if not page.after:
        return response
    following = urlencode({**asked, "after": page.after})
    link = f'<{request.base}{ROOT}/{kind.path}?{following}>; rel="next"'
    return Response(200, {**response.headers, "link": link}, response.body)


async def create_document(kind: Kind, network: Network, request: Request, _: Arguments) -> Response:
    """A new document: a draft, or published at once with `publish=true`."""
    asked = parameters_of(request, "publish")
    publish = asked.get("publish", "false")
    if publish not in {"true", "false"}:
        raise Problem(InvalidRequest, f"The parameter 'publish' is {publish[:20]!r}, not true or false.")
    made = await operations.create(network, kind, body_of(request), request.actor, publish=publish == "true")
    return created(kind, made, request)


async def read_document(kind: Kind, network: Network, request: Request, path: Arguments) -> Response:
    """One document: an own one by the last segment of its id, any other by its whole id."""
    found = await operations.retrieve(network, kind, path["id"], request.actor)
    return answer(shown(found, request.actor))


async def change_document(kind: Kind, network: Network, request: Request, path: Arguments) -> Response:
    """Merge a patch into the content (RFC 7396); of what is public with the parameter `reason`."""
    reason = parameters_of(request, "reason").get("reason", "")
    changed = await operations.change(network, kind, path["id"], body_of(request), request.actor, reason)
    return answer(changed)


async def publish_document(kind: Kind, network: Network, request: Request, path: Arguments) -> Response:
    """Make a draft public: it goes to the signed feed of this node."""
    return answer(await operations.publish(network, kind, path["id"], request.actor))


async def withdraw_document(kind: Kind, network: Network, request: Request, path: Arguments) -> Response:
    """Say that a document does not hold any more, with the `reason`; it stays readable."""
    reason = text_in(body_of(request), "reason") or ""
    return answer(await operations.withdraw(network, kind, path["id"], request.actor, reason))


async def list_versions(kind: Kind, network: Network, request: Request, path: Arguments) -> Response:
    """What the document was in each of its versions, the oldest first; the newest 1,000 of them."""
    rows = await operations.versions(network, kind, path["id"], request.actor)
    return answer({"versions": [shown(row, request.actor) for row in rows]})


def document_rows(kind: Kind) -> Iterator[Route[Network]]:
    """The rows of one kind, below ROOT."""
    all, one = f"/{kind.path}", f"/{kind.path}/{{id}}"
    reads = "nothing" if kind.public else kind.writes
    yield Route("GET", all, partial(list_documents, kind), CLAUSE, reads)
    yield Route("GET", one, partial(read_document, kind), CLAUSE, reads)
    yield Route("GET", f"{one}/versions", partial(list_versions, kind), CLAUSE, reads)
    if kind.plain:
        yield Route("POST", all, partial(create_document, kind), CLAUSE, kind.writes)
        yield Route("PATCH", one, partial(change_document, kind), CLAUSE, kind.writes)
        yield Route("POST", f"{one}/publish", partial(publish_document, kind), CLAUSE, kind.writes)
        yield Route("POST", f"{one}/withdraw", partial(withdraw_document, kind), CLAUSE, kind.writes)


def created(kind: Kind, document: JsonObject, request: Request) -> Response:
    """201 with the address of a new document of this node."""
    name = str(document["id"]).rpartition("/")[2]
    response = answer(document, 201)
    location = f"{request.base}{ROOT}/{kind.path}/{quote(name)}"
    return Response(201, {**response.headers, "location": location}, response.body)


def shown(document: JsonObject, actor: Actor) -> JsonObject:
    """The document as this actor sees it: who wrote it is shown inside the node only."""
    return document if operations.is_insider(actor) else face(document)


def _word(facet: str) -> str:
    """The query parameter for a facet: its last segment."""
    return facet.rpartition(".")[2]


def _after(asked: dict[str, str]) -> int:
    text = asked.get("after", "0")
    if text.isdecimal() and len(text) < 16:
        return int(text)
    raise Problem(InvalidRequest, f"The parameter 'after' is {text[:20]!r}, not a number from a link.")
