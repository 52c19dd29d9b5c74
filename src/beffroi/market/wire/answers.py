"""Answers with documents: whole, by `fields`, in pages with their links and counters (TMF630)."""

from collections.abc import Sequence
from urllib.parse import quote

from beffroi.kernel.json import JsonObject, encode
from beffroi.market.rules.documents.event import with_href
from beffroi.market.rules.documents.projection import projected
from beffroi.market.rules.documents.question import Question
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.wire.problems import JSON
from beffroi.web.message import Request, Response


def one(
    resource: Resource, document: JsonObject, request: Request, fields: tuple[str, ...] | None
) -> Response:
    """A document."""
    return Response(
        200, {"content-type": JSON}, encode(projected(with_href(resource, document, request.base), fields))
    )


def made(resource: Resource, document: JsonObject, request: Request) -> Response:
    """A new document and its address."""
    whole = with_href(resource, document, request.base)
    place = f"{request.base}{resource.path}/{quote(str(document['id']), safe=':')}"
    return Response(201, {"content-type": JSON, "location": place}, encode(whole))


def page(
    resource: Resource, documents: Sequence[JsonObject], total: int, asked: Question, request: Request
) -> Response:
    """A page of documents, `total` in all: 200 if it holds them all, else 206; with links to others."""
    shown = [projected(with_href(resource, body, request.base), asked.fields) for body in documents]
    headers = {
        "content-type": JSON,
        "x-total-count": str(total),
        "x-result-count": str(len(shown)),
        "link": _links(resource, total, asked, request),
    }
    return Response(200 if len(shown) == total else 206, headers, encode(list(shown)))


def _links(resource: Resource, total: int, asked: Question, request: Request) -> str:
    """self, first, prev, next, last as far as there are any (RFC 8288)."""
    last = max(0, (total - 1) // asked.limit * asked.limit) if asked.limit else 0
    places = {"self": asked.offset, "first": 0, "last": last}
    if asked.offset > 0:
        places["prev"] = max(0, asked.offset - asked.limit)
    if asked.limit and asked.offset + asked.limit < total:
        places["next"] = asked.offset + asked.limit
    return ", ".join(
        f'<{_address(resource, offset, asked.limit, request)}>; rel="{rel}"' for rel, offset in places.items()
    )


def _address(resource: Resource, offset: int, limit: int, request: Request) -> str:
    """The same question for another page."""
    terms = [
        term
        for term in request.query.split("&")
        if term and term.partition("=")[0] not in {"offset", "limit"}
    ]
    query = "&".join([*terms, f"offset={offset}", f"limit={limit}"])
    return f"{request.base}{resource.path}?{quote(query, safe='=&%?/:;,.+*@!$()-_~')}"
