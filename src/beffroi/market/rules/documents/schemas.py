"""The JSON Schemas (2020-12) of the members that this market adds to TM Forum documents, by `@type`."""

from collections.abc import Mapping
from typing import Final, cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.access.usage_chain import METRICS, REPORTED
from beffroi.market.rules.prices.pricing import MOST_TIERS, UNITS
from beffroi.market.rules.terms.schema import TERM_SCHEMA

_SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"
_MONEY: Final[JsonObject] = {
    "type": "object",
    "required": ["unit", "value"],
    "properties": {
        "unit": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "value": {"type": ["number", "string"]},
    },
}
_QUANTITY: Final[JsonObject] = {
    "type": "object",
    "required": ["amount", "units"],
    "properties": {"amount": {"type": ["number", "string"]}, "units": {"enum": list[Json](UNITS)}},
}
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0}
_COUNTS: Final[JsonObject] = dict.fromkeys(METRICS, _COUNT)
_HASH: Final[JsonObject] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

PRICE_SCHEMA: Final[JsonObject] = {
    "$schema": _SCHEMA,
    "title": "AccessPrice",
    "description": "What a productOfferingPrice says beyond TMF620: tiers, and what is free at first.",
    "type": "object",
    "properties": {
        "tier": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_TIERS,
            "items": {
                "type": "object",
                "required": ["price"],
                "properties": {"upTo": {"type": ["number", "string"]}, "price": _MONEY},
            },
        },
        "trial": {
            "oneOf": [
                {"type": "object", "required": ["days"], "properties": {"days": _COUNT}},
                {"type": "object", "required": ["quantity"], "properties": {"quantity": _QUANTITY}},
            ]
        },
    },
}
USAGE_SCHEMA: Final[JsonObject] = {
    "$schema": _SCHEMA,
    "title": "MeteredUsage",
    "description": "What a usage says beyond TMF635: what was counted, sealed and chained by SHA-256.",
    "type": "object",
    "required": ["meter"],
    "properties": {
        "meter": {
            "type": "object",
            "required": ["product", "number", "from", "to", *METRICS, "total", "previous", "hash"],
            "properties": {
                "product": {"type": "string"},
                "number": {"type": "integer", "minimum": 1},
                "from": {"type": "string", "format": "date-time"},
                "to": {"type": "string", "format": "date-time"},
                **_COUNTS,
                "total": {"type": "object", "required": [*METRICS], "properties": _COUNTS},
                "previous": _HASH,
                "hash": _HASH,
                "reportedBy": {"type": "string"},
            },
        }
    },
}
_MOMENT: Final[JsonObject] = {"type": "string", "format": "date-time"}
REPORT_SCHEMA: Final[JsonObject] = {
    "$schema": _SCHEMA,
    "title": REPORTED,
    "description": "A usage that a provider reports of a product that no gate measures; what is kept of it "
    "is a MeteredUsage with 'reportedBy'.",
    "type": "object",
    "required": ["@type"],
    "properties": {
        "@type": {"const": REPORTED},
        "product": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "period": {
            "type": "object",
            "required": ["startDateTime", "endDateTime"],
            "properties": {"startDateTime": _MOMENT, "endDateTime": _MOMENT},
        },
        "usageCharacteristic": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "value"],
                "properties": {"name": {"enum": list[Json](METRICS)}, "value": _COUNT},
            },
        },
        **cast("JsonObject", USAGE_SCHEMA["properties"]),
    },
}
SCHEMAS: Final[Mapping[str, JsonObject]] = {
    "AccessPrice": PRICE_SCHEMA,
    "DataUseTerm": TERM_SCHEMA,
    "MeteredUsage": USAGE_SCHEMA,
    REPORTED: REPORT_SCHEMA,
}


def schema_path(name: str) -> str:
    """Where the node serves a schema."""
    return f"/schemas/{name}.json"
