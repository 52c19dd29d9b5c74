"""What the addresses of measured service levels take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.routes.levels import LEVEL_ROUTES
from beffroi.market.rules.service_level.schema import SERVICE_LEVEL_SCHEMA
from beffroi.web.description import Answer, Chapter, Content, Row, Told, query, ref, sentence_of

_TEXT: Final[JsonObject] = {"type": "string"}
_DAY: Final[JsonObject] = {"type": "string", "format": "date"}
_MOMENT: Final[JsonObject] = {"type": "string", "format": "date-time"}
_PERCENT: Final[JsonObject] = {"type": ["number", "null"], "minimum": 0, "maximum": 100}
_JSON: Final = ("application/json",)

_LEVELS: Final[JsonObject] = {
    "type": "object",
    "required": ["offering", "month", "objective", "hour"],
    "properties": {
        "offering": {"type": "object", "required": ["id"]},
        "month": {"type": "string", "description": "The month of `measured`, such as 2026-11."},
        "lastProbe": {"type": ["string", "null"], "format": "date-time"},
        "objective": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["metric", "target", "measured"],
                "properties": {"metric": _TEXT, "target": {"type": "number"}, "measured": _PERCENT},
            },
        },
        "hour": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["hour", "measured", "probes", "maintenance", "unknownSeconds"],
                "properties": {
                    "hour": _MOMENT,
                    "measured": {"type": "object", "additionalProperties": _PERCENT},
                    "probes": {"type": "integer"},
                    "maintenance": {"type": "integer"},
                    "slowestMilliseconds": {"type": ["integer", "null"]},
                    "unknownSeconds": {"type": "integer"},
                },
            },
        },
    },
}
_BREACHES: Final[JsonObject] = {
    "type": "object",
    "required": ["breach"],
    "properties": {
        "breach": {
            "type": "array",
            "items": {
                "type": "object",
                "required": [
                    "id",
                    "offering",
                    "objective",
                    "promised",
                    "measured",
                    "from",
                    "state",
                    "evidence",
                ],
                "properties": {
                    "from": _MOMENT,
                    "to": _MOMENT,
                    "measured": _PERCENT,
                    "state": {"enum": ["open", "ended"]},
                    "missed": {"type": "integer", "description": "How many probes missed."},
                    "evidence": {"type": "array", "items": ref("Probe")},
                    "credit": {"type": "object", "description": "What the product got for the month."},
                },
            },
        }
    },
}
_PROBE: Final[JsonObject] = {
    "type": "object",
    "required": ["at", "status", "milliseconds"],
    "properties": {
        "at": _MOMENT,
        "status": {"type": "integer", "description": "0 without a whole answer."},
        "milliseconds": {"type": "integer"},
        "reason": _TEXT,
        "sha256": {"type": "string", "description": "Of the body of the answer."},
        "newest": {**_MOMENT, "description": "The newest observation."},
        "entities": {"type": "integer"},
        "complete": {"type": "integer"},
    },
}


def _tell(row: Row) -> Told:
    if row.path.endswith("/levels"):
        answer = Answer(200, "What was measured.", Content(_JSON, ref("MeasuredLevels")))
        return Told(sentence_of(row), ("offering", "from", "to"), None, (answer,))
    if row.path.endswith("/breaches"):
        answer = Answer(200, "The breaches, oldest first.", Content(_JSON, ref("Breaches")))
        return Told(sentence_of(row), ("product", "offering"), None, (answer,))
    schema = Answer(200, "The schema.", Content(("application/schema+json",), {"type": "object"}))
    return Told(sentence_of(row), (), None, (schema,))


LEVEL_CHAPTER: Final = Chapter(
    name="Measured service levels",
    about="What offerings promise, what was measured, and what was missed.",
    prefix="",
    rows=LEVEL_ROUTES,
    tell=_tell,
    problem=Content(_JSON, {"type": "object", "required": ["code", "reason"]}),
    parameters={
        "offering": query(_TEXT, "The id of a productOffering.", "id-000001"),
        "product": query(_TEXT, "The id of a product.", "id-000002"),
        "from": query(_DAY, "The first day in UTC; a week in all by default.", "2026-11-16"),
        "to": query(_DAY, "The last day; today by default.", "2026-11-22"),
    },
    schemas={
        "MeasuredLevels": _LEVELS,
        "Breaches": _BREACHES,
        "Probe": _PROBE,
        "ServiceLevelTerm": {name: said for name, said in SERVICE_LEVEL_SCHEMA.items() if name != "$schema"},
    },
)
