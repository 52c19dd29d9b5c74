"""What the addresses of OGC API Features take and give, for the description of the whole node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.ogc.routes import OGC_ROUTES
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
from beffroi.web.description import Answer, Chapter, Content, Row, Told, header, query, ref
from beffroi.web.problem_json import PROBLEM

_TEXT: Final[JsonObject] = {"type": "string"}
_OBJECT: Final[JsonObject] = {"type": "object"}
_LINKS: Final[JsonObject] = {"type": "array", "items": ref("OgcLink")}

PARAMETERS: Final[dict[str, JsonObject]] = {
    "f": query({"type": "string", "enum": ["json", "geojson", "csv", "html"]}, "The format; else Accept."),
    "limit": query(
        {"type": "integer", "minimum": 1, "maximum": GREATEST_LIMIT, "default": DEFAULT_LIMIT},
        "How many features at most.",
    ),
    "bbox": query(_TEXT, "West, south, east, north in degrees.", "2.9,50.5,3.2,50.8"),
    "datetime": query(_TEXT, "A date-time or an interval.", "2026-11-22T00:00:00Z/.."),
    "after": query({"type": "integer", "minimum": 0}, "Where the page begins, from a next link."),
    "properties": query(_TEXT, "Only these properties, separated by commas."),
    "filters": {
        "in": "query",
        "required": False,
        "description": "Every queryable of the collection is a parameter of its own name.",
        "style": "form",
        "explode": True,
        "schema": {"type": "object", "additionalProperties": _TEXT},
        "example": {},
    },
    "NGSILD-Tenant": header(_TEXT, "Whose data; without it the node's own."),
}

SCHEMAS: Final[dict[str, JsonObject]] = {
    "OgcLink": {"type": "object", "required": ["href", "rel"], "properties": {"href": _TEXT, "rel": _TEXT}},
    "OgcLanding": {"type": "object", "required": ["links"], "properties": {"links": _LINKS}},
    "OgcConformance": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": _TEXT}},
    },
    "OgcCollection": {
        "type": "object",
        "required": ["id", "links"],
        "properties": {"id": _TEXT, "title": _TEXT, "links": _LINKS, "extent": _OBJECT},
    },
    "OgcCollections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {"links": _LINKS, "collections": {"type": "array", "items": ref("OgcCollection")}},
    },
    "OgcFeature": {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "geometry": {"type": ["object", "null"]},
            "properties": {"type": ["object", "null"]},
        },
    },
    "OgcFeatures": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": ref("OgcFeature")},
            "links": _LINKS,
        },
    },
    "ProblemDetails": {
        "type": "object",
        "required": ["title", "status"],
        "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
    },
}

_TENANT: Final = "NGSILD-Tenant"
_PLAIN: Final = ("f", _TENANT)


def _gives(says: str, schema: JsonObject, *media: str) -> tuple[Answer, ...]:
    return (Answer(200, says, Content(media, schema)),)


OPERATIONS: Final[dict[str, Told]] = {
    "landing": Told("The landing page", _PLAIN, None, _gives("Links.", ref("OgcLanding"), JSON)),
    "openapi": Told(
        "The collections as OpenAPI 3.0",
        _PLAIN,
        None,
        (Answer(200, "OpenAPI, or a page for people.", Content((OPENAPI, JSON, HTML), {})),),
    ),
    "conformance": Told(
        "What is conformed to", _PLAIN, None, _gives("Classes.", ref("OgcConformance"), JSON)
    ),
    "collection_list": Told("The collections", _PLAIN, None, _gives("All.", ref("OgcCollections"), JSON)),
    "collection": Told("One collection", _PLAIN, None, _gives("It.", ref("OgcCollection"), JSON)),
    "items": Told(
        "Features of a collection",
        ("f", "limit", "bbox", "datetime", "after", "properties", "filters", _TENANT),
        None,
        (
            Answer(200, "Features.", Content((GEOJSON,), ref("OgcFeatures"))),
            Answer(304, "Nothing changed since the ETag that the request names."),
        ),
    ),
    "item": Told("One feature", _PLAIN, None, _gives("It.", ref("OgcFeature"), GEOJSON)),
    "schema": Told("What the properties are", _PLAIN, None, _gives("A JSON Schema.", _OBJECT, SCHEMA)),
    "queryables": Told("What can be filtered by", _PLAIN, None, _gives("A JSON Schema.", _OBJECT, SCHEMA)),
}


def _tell(row: Row) -> Told:
    name = str(getattr(row.handler, "__name__", ""))
    return OPERATIONS.get(name) or Told(name, _PLAIN)


CHAPTER: Final = Chapter(
    name="OGC API Features",
    about=f"Entities as features (17-069r4); tables as {CSV}. `/ogc/openapi` describes each collection.",
    prefix="/ogc",
    rows=OGC_ROUTES,
    tell=_tell,
    problem=Content((PROBLEM,), ref("ProblemDetails")),
    parameters=PARAMETERS,
    path={
        "collection": {"schema": _TEXT, "example": "OffStreetParking", "description": "The collection's id."},
        "feature": {"schema": _TEXT, "description": "The feature's id: that of the entity."},
    },
    schemas=SCHEMAS,
)
