"""The JSON Schema of a ServiceLevelTerm (2020-12), as `read_promise` reads it."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.rules.service_level.promise import (
    GREATEST_WITHIN,
    LEAST_WITHIN,
    LONGEST_NAME,
    METRICS,
    MOST_ATTRIBUTES,
    MOST_TIERS,
    MOST_WINDOWS,
    TYPE,
)

_MOMENT: Final[JsonObject] = {"type": "string", "format": "date-time"}
_PERCENT: Final[JsonObject] = {"type": "number", "exclusiveMinimum": 0, "maximum": 100}
_TIERS: Final[JsonObject] = {
    "type": "array",
    "maxItems": MOST_TIERS,
    "items": {
        "type": "object",
        "required": ["below", "percent"],
        "properties": {"below": _PERCENT, "percent": _PERCENT},
    },
}


def _of_metric(metric: str, member: str, shape: JsonObject) -> JsonObject:
    """This metric needs this member, and no other has it."""
    return {
        "if": {"properties": {"metric": {"const": metric}}},
        "then": {"required": [member], "properties": {member: shape}},
        "else": {"properties": {member: False}},
    }


SERVICE_LEVEL_SCHEMA: Final[JsonObject] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": TYPE,
    "description": "The service level that an offering promises, and the credits for what is missed.",
    "type": "object",
    "required": ["@type", "objective"],
    "properties": {
        "@type": {"const": TYPE},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "objective": {
            "type": "array",
            "minItems": 1,
            "maxItems": len(METRICS),
            "items": {
                "type": "object",
                "required": ["metric", "target"],
                "properties": {"metric": {"enum": [*METRICS]}, "target": _PERCENT, "credit": _TIERS},
                "allOf": [
                    _of_metric(
                        "freshness",
                        "withinSeconds",
                        {"type": "integer", "minimum": LEAST_WITHIN, "maximum": GREATEST_WITHIN},
                    ),
                    _of_metric(
                        "completeness",
                        "attributes",
                        {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MOST_ATTRIBUTES,
                            "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
                        },
                    ),
                ],
            },
        },
        "greatestCredit": _PERCENT,
        "maintenance": {
            "type": "array",
            "maxItems": MOST_WINDOWS,
            "items": {
                "type": "object",
                "required": ["startDateTime", "endDateTime"],
                "properties": {
                    "startDateTime": _MOMENT,
                    "endDateTime": _MOMENT,
                    "description": {"type": "string"},
                },
            },
        },
    },
}
