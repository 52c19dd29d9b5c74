"""Pledge, action, indicator and reading: what a strategy consists of."""

from decimal import Decimal
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.schema import (
    DATE,
    DID_URL,
    LANGUAGE,
    LINE,
    MOMENT,
    TEXT,
    URL,
    Schema,
    object_of,
    one_of,
)

STAGES: Final = ("planned", "running", "done", "stopped")
AGGREGATES: Final = ("count", "sum", "mean", "minimum", "maximum", "share")
_QUANTITY: Final[JsonObject] = {"type": "string", "pattern": r"^-?\d{1,15}(\.\d{1,9})?$"}
"""A decimal number as text: no float stands between what was typed and what is shown."""

_MEASURE: Final = object_of(
    "type aggregate",
    type={**LINE, "description": "The entity type, as its name in the node's context or as a URI."},
    q={**LINE, "maxLength": 2_000, "description": "Which entities, in the NGSI-LD query language."},
    attribute={**LINE, "description": "Whose values; not for a count or a share."},
    aggregate=one_of(*AGGREGATES),
    condition={**LINE, "maxLength": 2_000, "description": "Of a share: the query that counts."},
)


def _check_action(content: JsonObject) -> None:
    begins, ends = content.get("begins"), content.get("ends")
    if begins and ends and str(ends) < str(begins):
        raise Problem(BadRequestData, f"The action ends on {ends}, before it begins on {begins}.")
    if content["stage"] == "stopped" and not content.get("reason"):
        raise Problem(BadRequestData, "An action is stopped with a 'reason', and has none.")


def _check_indicator(content: JsonObject) -> None:
    if "start" in content and "target" in content:
        begin, target = Decimal(str(content["start"])), Decimal(str(content["target"]))
        if begin == target:
            raise Problem(BadRequestData, f"The indicator's target {target} is where it starts.")
    measure = content.get("measure")
    if isinstance(measure, dict):
        _check_measure(measure)


def _check_measure(measure: JsonObject) -> None:
    aggregate = measure["aggregate"]
    if aggregate == "share" and "condition" not in measure:
        raise Problem(BadRequestData, "A share is measured by a 'condition', and has none.")
    if aggregate not in {"count", "share"} and "attribute" not in measure:
        raise Problem(BadRequestData, f"The {aggregate} is that of an 'attribute', and none is named.")


PLEDGE: Final = Kind(
    "pledge",
    "pledges",
    "What a city promises.",
    Schema(
        object_of(
            "title language",
            title=LINE,
            text=TEXT,
            language=LANGUAGE,
            axis={**LINE, "description": "The part of the strategy that it belongs to."},
            number={"type": "integer", "minimum": 1, "maximum": 10_000},
            document={**URL, "description": "Where the promise was made."},
        )
    ),
)
ACTION: Final = Kind(
    "action",
    "actions",
    "What is done to keep a pledge: planned, running, done, or stopped with the reason.",
    Schema(
        object_of(
            "pledge title language stage",
            pledge=DID_URL,
            title=LINE,
            text=TEXT,
            language=LANGUAGE,
            responsible=LINE,
            begins=DATE,
            ends=DATE,
            stage=one_of(*STAGES),
            reason={**TEXT, "description": "Why it was stopped."},
            document={**URL, "description": "What shows that it is so."},
        )
    ),
    _check_action,
    facets=("content.pledge", "content.stage"),
)
INDICATOR: Final = Kind(
    "indicator",
    "indicators",
    "A figure that shows whether an action or a pledge gets where it shall: typed in, or computed.",
    Schema(
        object_of(
            "shows title language unit",
            shows={**DID_URL, "description": "The pledge or the action."},
            title=LINE,
            language=LANGUAGE,
            unit={**LINE, "description": "A UNECE common code, or a word."},
            start=_QUANTITY,
            target=_QUANTITY,
            by=DATE,
            measure=_MEASURE,
        )
    ),
    _check_indicator,
    facets=("content.shows",),
)
READING: Final = Kind(
    "reading",
    "readings",
    "What an indicator was at a moment, with its source.",
    Schema(
        object_of(
            "indicator value at source",
            indicator=DID_URL,
            value=_QUANTITY,
            at=MOMENT,
            source=object_of(
                "how",
                how=one_of("typed", "computed"),
                note=TEXT,
                document=URL,
                query={**LINE, "maxLength": 4_000},
                entities={"type": "integer", "minimum": 0},
                values={"type": "integer", "minimum": 0},
                oldest=MOMENT,
                newest=MOMENT,
            ),
        )
    ),
    facets=("content.indicator",),
)
STRATEGY_KINDS: Final = (PLEDGE, ACTION, INDICATOR, READING)
