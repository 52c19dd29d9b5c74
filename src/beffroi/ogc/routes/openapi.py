"""The OpenAPI description of the collections as they are now (17-069r4, 7.3; OpenAPI 3.0.3)."""

from importlib.metadata import version
from typing import cast
from urllib.parse import quote

from beffroi.kernel.json import Json, JsonObject
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.operations.survey import collections, survey_of
from beffroi.ogc.routes.catalogue import F, json_response
from beffroi.ogc.routes.schemas import column_schema, filterable
from beffroi.ogc.rules.columns import Column
from beffroi.ogc.rules.names import title_of
from beffroi.ogc.wire import parameters as wire
from beffroi.ogc.wire.addresses import addresses
from beffroi.ogc.wire.manual import manual
from beffroi.ogc.wire.parameters import (
    CSV,
    DEFAULT_LIMIT,
    GEOJSON,
    GREATEST_LIMIT,
    HTML,
    JSON,
    OPENAPI,
    SCHEMA,
)
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.problem_json import PROBLEM
from beffroi.web.tenant import tenant_of


async def openapi(ogc: Ogc, request: Request, _: Arguments) -> Response:
    """The description, for programs or for people."""
    wire.only(request, F)
    formats = {"json": OPENAPI, "html": HTML}
    plain = OPENAPI.partition(";")[0]
    media = wire.media_of(request, formats, (OPENAPI, plain, "application/openapi+json", JSON, HTML))
    document = await describe(ogc, request)
    if media == HTML:
        headers = {"content-type": "text/html; charset=utf-8", "vary": "accept, ngsild-tenant"}
        return Response(200, headers, manual(document))
    return json_response(document, OPENAPI if media == plain else media)


def _contact(ogc: Ogc) -> JsonObject:
    """Who answers for the API (OpenAPI 3.0.3, Contact Object)."""
    named: JsonObject = {"name": ogc.publisher} if ogc.publisher else {}
    if not ogc.contact:
        return named
    return {**named, ("email" if "@" in ogc.contact else "url"): ogc.contact}


async def describe(ogc: Ogc, request: Request) -> JsonObject:
    """The document."""
    tenant = tenant_of(request)
    paths: JsonObject = {
        "/": _get("landing", "The landing page", {JSON: {"$ref": "#/components/schemas/landing"}}),
        "/openapi": _get("openapi", "This description", {OPENAPI: {"type": "object"}, HTML: _TEXT}),
        "/conformance": _get(
            "conformance", "What this API conforms to", {JSON: {"$ref": "#/components/schemas/conformance"}}
        ),
        "/collections": _get(
            "collections", "The collections", {JSON: {"$ref": "#/components/schemas/collections"}}
        ),
    }
    for name, entity_type in (await collections(ogc, tenant)).items():
        survey = await survey_of(ogc, tenant, entity_type)
        paths.update(_of_collection(name, title_of(entity_type, ogc.context), filterable(survey)))
    info: JsonObject = {"title": ogc.title, "version": version("beffroi")}
    if ogc.description:
        info["description"] = ogc.description
    if ogc.publisher or ogc.contact:
        info["contact"] = _contact(ogc)
    if ogc.licence:
        info["license"] = {"name": "Licence of the data", "url": ogc.licence}
    return {
        "openapi": "3.0.3",
        "info": info,
        "servers": [{"url": addresses(ogc, request).root}],
        "paths": paths,
        "components": cast("Json", COMPONENTS),
    }


def _of_collection(name: str, title: str, columns: list[Column]) -> JsonObject:
    at = f"/collections/{quote(name, safe='')}"
    own = [_filter(column) for column in columns]
    page: JsonObject = {GEOJSON: _ref("schemas/featureCollection"), CSV: _TEXT}
    shared = [
        _ref(f"parameters/{each}") for each in ("limit", "bbox", "datetime", "after", "properties", "f")
    ]
    one = [_ref("parameters/featureId"), _ref("parameters/fItem")]
    return {
        at: _get(f"{name}.collection", f"About {title}", {JSON: _ref("schemas/collection")}, name),
        f"{at}/items": _get(f"{name}.items", f"Features of {title}", page, name, [*shared, *own]),
        f"{at}/items/{{featureId}}": _get(
            f"{name}.item", f"One feature of {title}", {GEOJSON: _ref("schemas/feature")}, name, one
        ),
        f"{at}/schema": _get(
            f"{name}.schema", f"What the properties of {title} are", {SCHEMA: {"type": "object"}}, name
        ),
        f"{at}/queryables": _get(
            f"{name}.queryables", f"What {title} can be filtered by", {SCHEMA: {"type": "object"}}, name
        ),
    }


def _get(
    operation: str,
    summary: str,
    content: JsonObject,
    tag: str = "API",
    parameters: list[JsonObject] | None = None,
) -> JsonObject:
    """A path that has GET alone; every path has the errors of any request."""
    media: JsonObject = {kind: {"schema": shape} for kind, shape in content.items()}
    responses: JsonObject = {
        "200": {"description": summary, "content": media},
        "304": {"description": "Nothing changed since the ETag or date that the request names."},
        "400": _ref("responses/refused"),
        "404": _ref("responses/absent"),
        "406": _ref("responses/refused"),
        "500": _ref("responses/failed"),
    }
    if parameters is None:
        parameters = [_ref("parameters/fJson")] if operation != "openapi" else [_ref("parameters/fDocument")]
    given: list[Json] = [*parameters, _ref("parameters/tenant")]
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": [tag],
            "parameters": given,
            "responses": responses,
        }
    }


def _filter(column: Column) -> JsonObject:
    """A parameter for a column: the type of what it holds, told in the words of OpenAPI 3.0."""
    said = column_schema(column)
    kinds = column.simple_kinds
    shape: JsonObject = (
        {"type": kinds[0]} if len(kinds) == 1 else {"anyOf": [{"type": kind} for kind in kinds]}
    )
    parameter: JsonObject = {"name": column.name, "in": "query", "required": False, "schema": shape}
    parameter["description"] = str(said.get("description") or f"Features whose '{column.name}' is so.")
    return parameter


def _ref(to: str) -> JsonObject:
    return {"$ref": f"#/components/{to}"}


def _parameter(name: str, description: str, schema: JsonObject, **more: Json) -> JsonObject:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
        **more,
    }


def _problem(description: str) -> JsonObject:
    return {"description": description, "content": {PROBLEM: {"schema": _ref("schemas/problem")}}}


def _choice(*words: str) -> JsonObject:
    return _parameter("f", "The format, whatever Accept says.", {"type": "string", "enum": list[Json](words)})


def _object(required: list[str], **properties: Json) -> JsonObject:
    return {"type": "object", "required": list[Json](required), "properties": properties}


_TEXT: JsonObject = {"type": "string"}
_LINKS: JsonObject = {"type": "array", "items": _ref("schemas/link")}
_NUMBERS: JsonObject = {
    "type": "array",
    "items": {"type": "number"},
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
}

PARAMETERS: JsonObject = {
    "limit": _parameter(
        "limit",
        f"How many features at most; more than {GREATEST_LIMIT} counts as {GREATEST_LIMIT}.",
        {"type": "integer", "minimum": 1, "maximum": GREATEST_LIMIT, "default": DEFAULT_LIMIT},
        style="form",
        explode=False,
    ),
    "bbox": _parameter(
        "bbox",
        "West, south, east, north in degrees of CRS84, or with heights: west, south, low, east, north, high. "
        "West greater than east crosses the antimeridian.",
        _NUMBERS,
        style="form",
        explode=False,
        example=[2.9, 50.5, 3.2, 50.8],
    ),
    "datetime": _parameter(
        "datetime",
        "A date-time, a day, or an interval such as 2026-11-22T00:00:00Z/.. ; a feature's time is the newest "
        "observedAt of its properties, or else its modifiedAt.",
        _TEXT,
        style="form",
        explode=False,
        example="2026-11-22T00:00:00Z/..",
    ),
    "after": _parameter(
        "after",
        "Where the page begins, from a link to the next page.",
        {"type": "string", "pattern": "^[0-9]+(-[0-9]+)?$"},
    ),
    "properties": _parameter("properties", "Only these properties, separated by commas.", _TEXT),
    "f": _choice("json", "geojson", "csv"),
    "fItem": _choice("json", "geojson"),
    "fJson": _choice("json"),
    "fDocument": _choice("json", "html"),
    "featureId": {"name": "featureId", "in": "path", "required": True, "schema": _TEXT},
    "tenant": {
        "name": "NGSILD-Tenant", "in": "header", "required": False, "schema": _TEXT,
        "description": "Whose data; without it the node's own.",
    },
}  # fmt: skip

SCHEMAS: JsonObject = {
    "link": _object(["href", "rel"], href=_TEXT, rel=_TEXT, type=_TEXT, title=_TEXT),
    "landing": _object(["links"], title=_TEXT, description=_TEXT, links=_LINKS),
    "conformance": _object(["conformsTo"], conformsTo={"type": "array", "items": _TEXT}),
    "collections": _object(
        ["links", "collections"],
        links=_LINKS,
        collections={"type": "array", "items": _ref("schemas/collection")},
    ),
    "collection": _object(
        ["id", "links"],
        id=_TEXT,
        title=_TEXT,
        description=_TEXT,
        itemType=_TEXT,
        crs={"type": "array", "items": _TEXT},
        extent={"type": "object"},
        links=_LINKS,
    ),
    "feature": _object(
        ["type", "geometry", "properties"],
        type={"type": "string", "enum": ["Feature"]},
        id=_TEXT,
        geometry={"type": "object", "nullable": True},
        properties={"type": "object"},
        links=_LINKS,
    ),
    "featureCollection": _object(
        ["type", "features"],
        type={"type": "string", "enum": ["FeatureCollection"]},
        features={"type": "array", "items": _ref("schemas/feature")},
        links=_LINKS,
        timeStamp={"type": "string", "format": "date-time"},
        numberMatched={"type": "integer", "minimum": 0},
        numberReturned={"type": "integer", "minimum": 0},
    ),
    "problem": _object(
        ["title", "status"], type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT
    ),
}

COMPONENTS: JsonObject = {
    "parameters": PARAMETERS,
    "schemas": SCHEMAS,
    "responses": {
        "refused": _problem("The request is not understood."),
        "absent": _problem("There is no such thing here."),
        "failed": _problem("The node failed."),
    },
}
