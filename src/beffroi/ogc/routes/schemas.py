"""The schema of a collection's features and what can be filtered by, from the data (JSON Schema 2020-12).

Units are UN/CEFACT common codes as NGSI-LD has them; `x-ogc-definition` is the IRI that defines a property.
"""

from beffroi.kernel.json import Json, JsonObject
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.operations.survey import survey_of, type_of
from beffroi.ogc.routes.catalogue import F, json_response
from beffroi.ogc.rules.columns import Column, Survey
from beffroi.ogc.rules.names import title_of
from beffroi.ogc.wire import parameters as wire
from beffroi.ogc.wire.addresses import addresses
from beffroi.ogc.wire.parameters import JSON, SCHEMA
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.tenant import tenant_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
UNIT_LANGUAGE = "UN/CEFACT Recommendation 20"
GEOMETRY = "geometry"

_MEMBERS = {
    "unitCode": "Unit of '{}', a UN/CEFACT common code.",
    "observedAt": "When the value of '{}' was true.",
    "datasets": "Further values of '{}', by their datasetId.",
    "valueType": "Type of the value of '{}'.",
    "objectType": "Type of what '{}' points to.",
}
_OWN = {
    "type": "Short name of the entity type.",
    "scope": "Scopes of the entity.",
    "createdAt": "When the entity came to this node.",
    "modifiedAt": "When the entity last changed on this node.",
}
_FORMATS = {
    "Point": "point", "MultiPoint": "multipoint", "LineString": "linestring",
    "MultiLineString": "multilinestring", "Polygon": "polygon", "MultiPolygon": "multipolygon",
}  # fmt: skip


async def schema(ogc: Ogc, request: Request, path: Arguments) -> Response:
    """What the properties of the features are."""
    media, name, entity_type, survey = await _start(ogc, request, path)
    body = _document(ogc, request, name, entity_type, "schema")
    body["properties"] = schema_properties(survey)
    return json_response(body, media)


async def queryables(ogc: Ogc, request: Request, path: Arguments) -> Response:
    """Which properties can be filtered by."""
    media, name, entity_type, survey = await _start(ogc, request, path)
    body = _document(ogc, request, name, entity_type, "queryables")
    found: JsonObject = {column.name: _simple(column) for column in filterable(survey)}
    body["properties"] = {GEOMETRY: _geometry(survey), **found} if survey.shapes else found
    body["additionalProperties"] = False
    return json_response(body, media)


def filterable(survey: Survey) -> list[Column]:
    """The columns that a request can name as a parameter."""
    return [c for c in survey.columns.values() if c.is_simple and c.name not in wire.CORE]


def schema_properties(survey: Survey) -> JsonObject:
    """One schema for each column, and one for the geometry if there is any."""
    found: JsonObject = {GEOMETRY: _geometry(survey)} if survey.shapes else {}
    found.update({column.name: column_schema(column) for column in survey.columns.values()})
    return found


def column_schema(column: Column) -> JsonObject:
    """The schema of one column, as met in the data."""
    kinds = sorted(column.kinds)
    body: JsonObject = {"title": column.name, "type": kinds[0] if len(kinds) == 1 else list[Json](kinds)}
    said = _description(column)
    if said:
        body["description"] = said
    if column.kinds == {"string"}:
        _add_format(body, column)
    if column.elements:
        body["items"] = {"type": list[Json](sorted(column.elements))}
    if len(column.units) == 1:
        body["x-ogc-unit"] = next(iter(column.units))
        body["x-ogc-unitLang"] = UNIT_LANGUAGE
    definition = column.steps[-1] if column.steps else ""
    if definition.startswith(("http:", "https:", "urn:")):
        body["x-ogc-definition"] = definition
    return body


async def _start(ogc: Ogc, request: Request, path: Arguments) -> tuple[str, str, str, Survey]:
    wire.only(request, F)
    media = wire.media_of(request, {"json": SCHEMA}, (SCHEMA, JSON))
    tenant, name = tenant_of(request), path["collection"]
    entity_type = await type_of(ogc, tenant, name)
    return media, name, entity_type, await survey_of(ogc, tenant, entity_type)


def _document(ogc: Ogc, request: Request, name: str, entity_type: str, kind: str) -> JsonObject:
    return {
        "$schema": DIALECT,
        "$id": addresses(ogc, request).collection(name, f"/{kind}"),
        "title": title_of(entity_type, ogc.context),
        "x-ogc-definition": entity_type,
        "type": "object",
    }


def _simple(column: Column) -> JsonObject:
    """What one value to compare with looks like: that of an array is one of its elements."""
    body = column_schema(column)
    kinds = column.simple_kinds
    body["type"] = kinds[0] if len(kinds) == 1 else list[Json](kinds)
    body.pop("items", None)
    return body


def _geometry(survey: Survey) -> JsonObject:
    shapes = sorted(survey.shapes)
    shape = _FORMATS[shapes[0]] if len(shapes) == 1 else "any"
    return {"title": GEOMETRY, "x-ogc-role": "primary-geometry", "format": f"geometry-{shape}"}


def _add_format(body: JsonObject, column: Column) -> None:
    if column.moments:
        body["format"] = "date-time"
    elif column.uris:
        body["format"] = "uri"


def _description(column: Column) -> str:
    before, dot, last = column.name.rpartition(".")
    if dot and last in _MEMBERS:
        return _MEMBERS[last].format(before)
    if "@" in column.name and column.members:
        name, _, tag = column.name.partition("@")
        return f"'{name}' in the language '{tag}'."
    return _OWN.get(column.name, "")
