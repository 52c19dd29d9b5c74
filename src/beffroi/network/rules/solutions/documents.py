"""Kinds of documents about solutions: solution, mapping, replication."""

from typing import Final, cast

from beffroi.kernel.json import JsonObject
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.schema import (
    DATE,
    DID_URL,
    LINE,
    MOMENT,
    POSITION,
    TEXT,
    URL,
    Schema,
    list_of,
    object_of,
    one_of,
)  # fmt: skip
from beffroi.network.rules.solutions.manifest import parse_manifest
from beffroi.network.rules.solutions.mapping import parse_mapping

MOST_DEPLOYMENTS: Final = 100
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0}
_ANY: Final[JsonObject] = {"type": "object"}
_DEPLOYMENT: Final = object_of(
    "city endpoint",
    city={**LINE, "description": "Who runs it."},
    endpoint={**URL, "description": "Where it is looked at: an NGSI-LD query, a feed, a page."},
    shows={**LINE, "description": "The entity type that the endpoint answers with, where it is NGSI-LD."},
    since=DATE,
    point=POSITION,
)
_COST: Final = object_of(
    "orders attributesMissing attributesDerived needsUnmet valuesAbsent seconds",
    orders=_COUNT,
    attributesMissing=_COUNT,
    attributesDerived=_COUNT,
    needsUnmet=_COUNT,
    valuesAbsent=_COUNT,
    seconds={"type": "number", "minimum": 0},
)


def _check_solution(content: JsonObject) -> None:
    parse_manifest(cast("JsonObject", content["manifest"]))


def _check_mapping(content: JsonObject) -> None:
    parse_mapping(cast("JsonObject", content["mapping"]))


SOLUTION: Final = Kind(
    "solution",
    "solutions",
    "A program that other cities can run: its manifest, and where it is said to run.",
    Schema(
        object_of(
            "manifest",
            manifest={**_ANY, "description": "docs/reference/solution-manifest.md"},
            deployments=list_of(_DEPLOYMENT, MOST_DEPLOYMENTS),
        )
    ),
    _check_solution,
    facets=("content.manifest.id",),
)
MAPPING: Final = Kind(
    "mapping",
    "mappings",
    "How a city's entities become those that a solution asks for, confirmed by a person.",
    Schema(
        object_of(
            "solution mapping",
            solution={**LINE, "description": "The id in the manifest."},
            document={**DID_URL, "description": "The solution's document."},
            mapping={**_ANY, "description": "docs/reference/solution-mapping.md"},
            note=TEXT,
        )
    ),
    _check_mapping,
    facets=("content.solution",),
)
REPLICATION: Final = Kind(
    "replication",
    "replications",
    "That a solution was brought to another city: who, where, what was missing, what it cost, what came out.",
    Schema(
        object_of(
            "solution version city node outcome began ended cost missing",
            solution={**LINE, "description": "The id in the manifest."},
            version=LINE,
            document=DID_URL,
            mapping={**DID_URL, "description": "The mapping that was confirmed."},
            city=LINE,
            node=URL,
            outcome=one_of("runs", "failed"),
            reason={**TEXT, "description": "Why it failed."},
            began=MOMENT,
            ended=MOMENT,
            missing=list_of(LINE, 200),
            derived=list_of(LINE, 200),
            cost=_COST,
            results=object_of(
                "count",
                count=_COUNT,
                types=list_of(LINE, 20),
                first={"type": "array", "maxItems": 5, "items": _ANY},
                error=_ANY,
            ),
        )
    ),
    facets=("content.solution", "content.outcome"),
)
SOLUTION_KINDS: Final = (SOLUTION, MAPPING, REPLICATION)
