"""The landing page, what we conform to, and the collections (17-069r4, 7.2, 7.4, 7.13, 7.14)."""

from beffroi.kernel.instant import shortened
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.operations.survey import collections, survey_of, type_of
from beffroi.ogc.rules.columns import Survey
from beffroi.ogc.rules.names import title_of
from beffroi.ogc.wire import parameters as wire
from beffroi.ogc.wire.addresses import (
    CRS84,
    GREGORIAN,
    OGC_REL,
    Addresses,
    addresses,
    attribution,
    link,
    links_of_publisher,
)
from beffroi.ogc.wire.parameters import CSV, GEOJSON, HTML, JSON, OPENAPI, SCHEMA
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.tenant import tenant_of

CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
"""Only what our tests prove."""

WHOLE = "application/vnd.oai.openapi+json;version=3.1"
JSON_ONLY = {"json": JSON}
F = frozenset({"f"})


async def landing(ogc: Ogc, request: Request, _: Arguments) -> Response:
    """Where everything else can be found from."""
    wire.only(request, F)
    media, at = wire.media_of(request, JSON_ONLY, (JSON,)), addresses(ogc, request)
    links = [
        link("self", at.landing(), JSON, "This document"),
        link("conformance", at.at("/conformance"), JSON, "What this API conforms to"),
        link("data", at.at("/collections"), JSON, "The collections"),
        link(f"{OGC_REL}data", at.at("/collections"), JSON, "The collections"),
        link("service-desc", at.at("/openapi"), OPENAPI, "The API described for programs"),
        link("service-doc", at.at("/openapi", {"f": "html"}), HTML, "The API described for people"),
        *_whole(ogc, request),
        *links_of_publisher(ogc),
    ]
    body: JsonObject = {
        "title": ogc.title,
        "description": ogc.description,
        **attribution(ogc),
        "links": list[Json](links),
    }
    return json_response(body, media)


def _whole(ogc: Ogc, request: Request) -> list[JsonObject]:
    """The link to the description of all that the node answers, if it has one."""
    if not ogc.whole:
        return []
    return [link("service-desc", request.base + ogc.whole, WHOLE, "The whole node described for programs")]


async def conformance(_ogc: Ogc, request: Request, _: Arguments) -> Response:
    wire.only(request, F)
    media = wire.media_of(request, JSON_ONLY, (JSON,))
    return json_response({"conformsTo": list[Json](CONFORMS_TO)}, media)


async def collection_list(ogc: Ogc, request: Request, _: Arguments) -> Response:
    """Every entity type of the tenant."""
    wire.only(request, F)
    media, at = wire.media_of(request, JSON_ONLY, (JSON,)), addresses(ogc, request)
    tenant = tenant_of(request)
    listed: list[Json] = []
    for name, entity_type in (await collections(ogc, tenant)).items():
        survey = await survey_of(ogc, tenant, entity_type)
        listed.append(_described(ogc, at, name, entity_type, survey))
    links = [
        link("self", at.at("/collections"), JSON),
        link("root", at.landing(), JSON),
        *links_of_publisher(ogc),
    ]
    return json_response({**attribution(ogc), "links": list[Json](links), "collections": listed}, media)


async def collection(ogc: Ogc, request: Request, path: Arguments) -> Response:
    wire.only(request, F)
    media, at = wire.media_of(request, JSON_ONLY, (JSON,)), addresses(ogc, request)
    tenant, name = tenant_of(request), path["collection"]
    entity_type = await type_of(ogc, tenant, name)
    survey = await survey_of(ogc, tenant, entity_type)
    return json_response(_described(ogc, at, name, entity_type, survey), media)


def json_response(body: JsonObject, media: str) -> Response:
    """A JSON document that differs by tenant and by address."""
    return Response(200, {"content-type": media, "vary": "accept, ngsild-tenant"}, encode(body))


def _described(ogc: Ogc, at: Addresses, name: str, entity_type: str, survey: Survey) -> JsonObject:
    described: JsonObject = {
        "id": name,
        "title": title_of(entity_type, ogc.context),
        "description": f"Entities of the type {entity_type}.",
        **attribution(ogc),
        "itemType": "feature",
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": list[Json](_links(ogc, at, name, entity_type)),
    }
    extent = _extent(survey)
    if extent:
        described["extent"] = extent
    return described


def _links(ogc: Ogc, at: Addresses, name: str, entity_type: str) -> list[JsonObject]:
    links = [
        link("self", at.collection(name), JSON),
        link("items", at.collection(name, "/items"), GEOJSON, "Features as GeoJSON"),
        link("items", at.collection(name, "/items", {"f": "csv"}), CSV, "Features as a table"),
        link("describedby", at.collection(name, "/schema"), SCHEMA, "What the properties are"),
        link(f"{OGC_REL}schema", at.collection(name, "/schema"), SCHEMA, "What the properties are"),
        link(f"{OGC_REL}queryables", at.collection(name, "/queryables"), SCHEMA, "What can be filtered by"),
        link("root", at.landing(), JSON),
        *links_of_publisher(ogc),
    ]
    if entity_type.startswith(("http://", "https://")):
        links.append(link("type", entity_type, "", "Definition of the type"))
    return links


def _extent(survey: Survey) -> JsonObject:
    """Only what was really met: nothing is said of a place or time that no feature has."""
    extent: JsonObject = {}
    if not survey.whole:
        return extent
    if survey.box is not None:
        extent["spatial"] = {"bbox": [list[Json](survey.box)], "crs": CRS84}
    if survey.first:
        interval: list[Json] = [shortened(survey.first), shortened(survey.last)]
        extent["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return extent
