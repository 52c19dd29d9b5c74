"""The whole node as one OpenAPI document, printed from the rows of all rooms, and as a page for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from typing import Final, cast

from beffroi.app.documents import DOCUMENT_ROUTES
from beffroi.app.through_told import THROUGH_CHAPTER
from beffroi.broker.routes.told import CHAPTER as NGSI_LD
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.market.routes.agreements_told import AGREEMENT_CHAPTER
from beffroi.market.routes.auditing_told import AUDIT_CHAPTER
from beffroi.market.routes.crediting_told import CREDIT_NOTE_CHAPTER
from beffroi.market.routes.inventory_told import INVENTORY_CHAPTER
from beffroi.market.routes.invoices_told import INVOICE_CHAPTER
from beffroi.market.routes.levels_told import LEVEL_CHAPTER
from beffroi.market.routes.oauth_told import OAUTH_CHAPTER
from beffroi.market.routes.offers_told import OFFER_CHAPTER
from beffroi.market.routes.permits_told import PERMIT_CHAPTER
from beffroi.market.routes.ratings_told import RATING_CHAPTER
from beffroi.market.routes.tmf_told import TMF_CHAPTER
from beffroi.market.routes.told import DCAT_CHAPTER
from beffroi.network.routes.nodes_told import DID_CHAPTER, NODES_CHAPTER
from beffroi.network.routes.told import NETWORK_CHAPTER
from beffroi.ogc.routes.told import CHAPTER as OGC
from beffroi.ogc.wire.parameters import OPENAPI as OGC_OPENAPI
from beffroi.portal.told import CHAPTER as PORTAL
from beffroi.sources.routes import CHAPTER as SOURCES
from beffroi.web.description import Answer, Chapter, Content, Row, Told
from beffroi.web.message import Request, Response
from beffroi.web.openapi import openapi
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

MEDIA: Final = "application/vnd.oai.openapi+json;version=3.1"
WHOLE_PATH: Final = "/openapi.json"
MOST_REMEMBERED: Final = 16
_OAUTH_METADATA: Final = "/.well-known/oauth-authorization-server"
_OF_MANY: Final = ("/market", "/through", "/dcat")
"""The roots of interfaces that stand in several chapters, or beside others in one."""


@dataclass(frozen=True, slots=True)
class Described:
    """Whose node it is, and the document by the address that it was asked under."""

    city: str
    memory: dict[str, bytes] = field(default_factory=dict[str, bytes])


async def openapi_json(described: Described, request: Request, _: Arguments) -> Response:
    body = described.memory.get(request.base)
    if body is None:
        body = encode(document(described.city, request.base))
        if len(described.memory) >= MOST_REMEMBERED:
            described.memory.clear()
        described.memory[request.base] = body
    headers = {"content-type": MEDIA, "cache-control": "no-cache", "access-control-allow-origin": "*"}
    return Response(200, headers, body)


async def openapi_html(described: Described, request: Request, _: Arguments) -> Response:
    page = manual(document(described.city, request.base)).encode()
    return Response(200, {"content-type": "text/html; charset=utf-8", "cache-control": "no-cache"}, page)


async def api_catalog(_: Described, request: Request, __: Arguments) -> Response:
    """The interfaces of the node and where each is described, as a linkset (RFC 9264)."""
    whole: JsonObject = {"href": request.base + WHOLE_PATH, "type": MEDIA}
    linkset: list[Json] = [
        {
            "anchor": f"{request.base}{anchor}",
            "service-desc": [*more, whole],
            "service-doc": [{"href": f"{request.base}/openapi.html", "type": "text/html"}],
        }
        for anchor, more in _interfaces(request.base)
    ]
    headers = {"content-type": "application/linkset+json", "cache-control": "no-cache"}
    return Response(200, headers, encode({"linkset": linkset}))


def _interfaces(base: str) -> list[tuple[str, list[Json]]]:
    """The roots of the interfaces, each with a description of its own if it has one."""
    own: JsonObject = {"href": f"{base}/ogc/openapi", "type": OGC_OPENAPI}
    tokens: JsonObject = {"href": f"{base}{_OAUTH_METADATA}", "type": "application/json"}
    alike = (NGSI_LD.prefix, TMF_CHAPTER.prefix, *_OF_MANY, NETWORK_CHAPTER.prefix, SOURCES.prefix)
    return [(OGC.prefix, [own]), ("/oauth", [tokens]), *((each, list[Json]()) for each in alike)]


def document(city: str, base: str) -> JsonObject:
    """The description of a node that is reached under `base`."""
    info: JsonObject = {
        "title": f"{city}: the open node",
        "version": version("beffroi"),
        "description": "Everything that this node answers.",
        "license": {"name": "European Union Public Licence 1.2", "identifier": "EUPL-1.2"},
    }
    return openapi(info, base, chapters())


def chapters() -> tuple[Chapter, ...]:
    sold = (
        TMF_CHAPTER, OFFER_CHAPTER, INVENTORY_CHAPTER, AGREEMENT_CHAPTER, INVOICE_CHAPTER,
        LEVEL_CHAPTER, RATING_CHAPTER,
    )  # fmt: skip
    papers = (PERMIT_CHAPTER, CREDIT_NOTE_CHAPTER, AUDIT_CHAPTER)
    market = (*sold, *papers, OAUTH_CHAPTER, THROUGH_CHAPTER, DCAT_CHAPTER)
    return (NGSI_LD, OGC, *market, NETWORK_CHAPTER, NODES_CHAPTER, DID_CHAPTER, SOURCES, OWN, PORTAL)


def manual(described: JsonObject) -> str:
    """The document as a page without scripts."""
    info = cast("dict[str, str]", described["info"])
    sections = dict[str, list[str]]()
    for path, item in cast("dict[str, dict[str, JsonObject]]", described["paths"]).items():
        for method, operation in item.items():
            tag = str(cast("list[str]", operation["tags"])[0])
            sections.setdefault(tag, []).append(_line(method.upper(), path, operation))
    abouts = {each["name"]: each["description"] for each in cast("list[dict[str, str]]", described["tags"])}
    parts = "".join(
        f"<h2>{escape(tag)}</h2><p>{escape(abouts[tag])}</p><table><tr><th scope=col>Method</th>"
        "<th scope=col>Path</th><th scope=col>What</th><th scope=col>Parameters</th></tr>"
        f"{''.join(rows)}</table>"
        for tag, rows in sections.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(info['title'])}</h1>"
        f'<p>{escape(info["description"])} For programs: <a href="/openapi.json">OpenAPI 3.1</a>.</p>'
        f"{parts}</main></body></html>\n"
    )


def _line(method: str, path: str, operation: Mapping[str, object]) -> str:
    parameters = cast("list[dict[str, str]]", operation.get("parameters", []))
    names = [each.get("name") or each["$ref"].rpartition(".")[2] for each in parameters]
    cells = (method, path, f"{operation['summary']} ({operation['description']})", ", ".join(names))
    return "<tr>" + "".join(f"<td>{escape(each)}</td>" for each in cells) + "</tr>"


_STYLE: Final = (
    "body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;width:100%}td{overflow-wrap:anywhere}"
    "th,td{border:1px solid #767676;padding:.3em .5em;text-align:left;vertical-align:top}"
)

DESCRIPTION_ROUTES: tuple[Route[Described], ...] = (
    Route("GET", WHOLE_PATH, openapi_json, "OpenAPI 3.1", "nothing"),
    Route("GET", "/openapi.html", openapi_html, "OpenAPI 3.1", "nothing"),
    Route("GET", "/.well-known/api-catalog", api_catalog, "RFC 9727", "nothing"),
)

_SUMMARIES: Final = {
    "/contexts/{name}": "A @context of the node",
    "/health": "Whether the node is well, and keeps what is written",
    "/openapi.json": "This description",
    "/openapi.html": "This description, for people",
    "/.well-known/api-catalog": "The interfaces of the node, and where each is described",
}
_MEDIA_TYPES: Final = {
    "/contexts/{name}": "application/ld+json",
    "/openapi.json": MEDIA,
    "/openapi.html": "text/html",
    "/.well-known/api-catalog": "application/linkset+json",
}


def _tell(row: Row) -> Told:
    content = Content((_MEDIA_TYPES.get(row.path, "application/json"),), {})
    summary = _SUMMARIES.get(row.path, row.path)
    return Told(summary, (), None, (Answer(200, "It.", content),))


OWN: Final = Chapter(
    name="Node",
    about="The node itself.",
    prefix="",
    rows=(*DOCUMENT_ROUTES, *DESCRIPTION_ROUTES),
    tell=_tell,
    problem=Content(("text/plain", "text/html"), {"type": "string"}),
    path={"name": {"schema": {"type": "string"}, "example": "city.jsonld"}},
)
