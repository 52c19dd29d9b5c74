"""The parameters and the shapes of bodies of NGSI-LD, as OpenAPI has them (clauses 5.2, 6.3, 6.4)."""

from typing import Final

from beffroi.broker.wire.parameters import MOST_PER_PAGE
from beffroi.kernel.json import Json, JsonObject
from beffroi.web.description import header, query, ref

TEXT: Final[JsonObject] = {"type": "string"}
URI: Final[JsonObject] = {"type": "string", "format": "uri"}
_FLAG: Final[JsonObject] = {"type": "boolean"}
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0, "maximum": 10**15 - 1}


_MOMENT: Final[JsonObject] = {"type": "string", "format": "date-time"}


def _choice(*words: str) -> JsonObject:
    return {"type": "string", "enum": list[Json](words)}


PARAMETERS: Final[dict[str, JsonObject]] = {
    "id": query(TEXT, "Entity ids, separated by commas.", "urn:ngsi-ld:Room:1"),
    "idPattern": query(TEXT, "A regular expression that ids match.", "^urn:ngsi-ld:Room:"),
    "type": query(TEXT, "Entity types: names or a selection such as A,(B;C) (clause 4.17).", "Room"),
    "attrs": query(TEXT, "Attributes that entities have and that are shown, separated by commas."),
    "q": query(TEXT, "The query language (clause 4.9).", "temperature>20"),
    "scopeQ": query(TEXT, "Scopes (clause 4.19)."),
    "georel": query(TEXT, "How entities lie to the geometry (clause 4.10).", "near;maxDistance==1000"),
    "geometry": query(
        _choice("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
        "The geometry that georel speaks of.",
    ),
    "coordinates": query(TEXT, "Its coordinates, as GeoJSON has them.", "[3.06,50.63]"),
    "geoproperty": query(TEXT, "The GeoProperty that is compared; location by default."),
    "pick": query(TEXT, "Only these members (clause 4.21)."),
    "omit": query(TEXT, "All but these members (clause 4.21)."),
    "lang": query(TEXT, "The language of what stands in several.", "fr"),
    "datasetId": query(TEXT, "Only instances of these datasets."),
    "format": query(
        _choice("normalized", "concise", "simplified", "keyValues", "temporalValues", "aggregatedValues"),
        "The representation; the last two are for the past, simplified and keyValues for the present.",
    ),
    "options": query(TEXT, "Words such as sysAttrs, keyValues, noOverwrite, separated by commas."),
    "geometryProperty": query(TEXT, "With GeoJSON: the GeoProperty that becomes the geometry."),
    "limit": query({**_COUNT, "default": 20}, f"How many; more than {MOST_PER_PAGE} counts as that.", 20),
    "offset": query(_COUNT, "How many are passed over."),
    "count": query(_FLAG, "Whether NGSILD-Results-Count says how many match in all."),
    "join": query(_choice("inline", "flat", "@none"), "Whether linked entities come along."),
    "joinLevel": query({"type": "integer", "minimum": 1}, "How many links are followed."),
    "containedBy": query(TEXT, "Ids of entities that are not shown again."),
    "orderBy": query(TEXT, "What the answer is ordered by (clause 4.23).", "temperature;desc"),
    "collation": query(TEXT, "The language whose order texts have."),
    "orderFrom": query(TEXT, "The coordinates from which distances are ordered."),
    "orderGeometry": query(TEXT, "The geometry of orderFrom."),
    "expandValues": query(TEXT, "Attributes in q whose values are terms."),
    "jsonKeys": query(TEXT, "Attributes in q whose values are JSON."),
    "local": query(_FLAG, "Whether only this node is asked."),
    "details": query(_FLAG, "Whether details come along."),
    "deleteAll": query(_FLAG, "Whether all instances are deleted."),
    "observedAt": query({"type": "string", "format": "date-time"}, "The moment of what is merged."),
    "timerel": query(_choice("before", "after", "between"), "How moments lie to timeAt (clause 4.11)."),
    "timeAt": query(_MOMENT, "The moment that timerel speaks of; with between the beginning."),
    "endTimeAt": query(_MOMENT, "With between: the end."),
    "timeproperty": query(
        _choice("observedAt", "createdAt", "modifiedAt", "deletedAt"), "Which moments; observedAt by default."
    ),
    "lastN": query({"type": "integer", "minimum": 1}, "Only the last ones of each attribute.", 10),
    "aggrMethods": query(TEXT, "With aggregatedValues: methods, separated by commas.", "avg,max"),
    "aggrPeriodDuration": query(TEXT, "With aggregatedValues: how long a period is (ISO 8601).", "PT1H"),
    "NGSILD-Tenant": header(TEXT, "Whose data; without it the node's own."),
    "Link": header(TEXT, "The @context that names are read and written with (clause 6.3.5)."),
}

_ATTRIBUTE: Final[JsonObject] = {"type": ["object", "string", "number", "boolean", "array"]}

SCHEMAS: Final[dict[str, JsonObject]] = {
    "Entity": {
        "type": "object",
        "properties": {
            "id": URI,
            "type": {"type": ["string", "array"], "items": TEXT},
            "scope": {"type": ["string", "array"], "items": TEXT},
            "@context": {"type": ["string", "array", "object"]},
        },
        "additionalProperties": True,
    },
    "NewEntity": {"allOf": [ref("Entity"), {"required": ["id", "type"]}]},
    "EntityFragment": {"type": "object", "additionalProperties": True},
    "EntityFeatures": {
        "type": "object",
        "required": ["type"],
        "properties": {"type": _choice("Feature", "FeatureCollection")},
    },
    "Attribute": _ATTRIBUTE,
    "BatchResult": {
        "type": "object",
        "properties": {
            "success": {"type": "array", "items": URI},
            "errors": {"type": "array", "items": {"type": "object"}},
        },
    },
    "UpdateResult": {
        "type": "object",
        "properties": {
            "updated": {"type": "array", "items": TEXT},
            "notUpdated": {"type": "array", "items": {"type": "object"}},
        },
    },
    "Query": {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"const": "Query"}, "entities": {"type": "array"}, "q": TEXT, "attrs": {}},
    },
    "Subscription": {
        "type": "object",
        "properties": {
            "id": URI,
            "type": {"const": "Subscription"},
            "entities": {"type": "array", "items": {"type": "object"}},
            "watchedAttributes": {"type": "array", "items": TEXT},
            "q": TEXT,
            "notification": {"type": "object"},
        },
        "additionalProperties": True,
    },
    "NewSubscription": {"allOf": [ref("Subscription"), {"required": ["type", "notification"]}]},
    "EntityTemporal": {
        "type": "object",
        "properties": {"id": URI, "type": {"type": ["string", "array"], "items": TEXT}},
        "additionalProperties": {"type": ["object", "array"]},
    },
    "Discovered": {"type": ["object", "array"]},
    "NgsiLdProblem": {
        "type": "object",
        "required": ["type", "title"],
        "properties": {"type": URI, "title": TEXT, "detail": TEXT, "status": {"type": "integer"}},
    },
}
