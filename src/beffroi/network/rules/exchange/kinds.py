"""Practice, event and comparison: what cities exchange."""

from typing import Final

from beffroi.kernel.currency import checked_currency
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.rules.budget import AMOUNT
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.needs.vocabulary import DOMAINS
from beffroi.network.rules.schema import (
    DATE,
    DID_URL,
    LANGUAGE,
    LINE,
    NUMBER,
    POSITION,
    TEXT,
    URL,
    Schema,
    list_of,
    object_of,
    one_of,
)

_LOCATED: Final = object_of(
    "name",
    name=LINE,
    point=POSITION,
)
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0}


def _check_practice(content: JsonObject) -> None:
    cost = content.get("cost")
    if isinstance(cost, dict):
        checked_currency(cost["currency"])


def _complete_practice(content: JsonObject) -> None:
    """A practice says where it can be looked at, by which contract it came, its cost and its result."""
    if "endpoint" not in content and "document" not in content:
        raise Problem(
            BadRequestData, "A practice is published with an 'endpoint' or a 'document', and has none."
        )
    for name in ("contract", "cost", "result"):
        if name not in content:
            raise Problem(BadRequestData, f"A practice is published with its '{name}', and has none.")


def _check_event(content: JsonObject) -> None:
    if str(content.get("ends", content["begins"])) < str(content["begins"]):
        raise Problem(
            BadRequestData, f"The event ends on {content['ends']}, before it begins on {content['begins']}."
        )


PRACTICE: Final = Kind(
    "practice",
    "practices",
    "What worked in a city, with what shows it: an endpoint or a document, the contract, cost and result.",
    Schema(
        object_of(
            "title language domain",
            title=LINE,
            text=TEXT,
            language=LANGUAGE,
            domain=one_of(*DOMAINS),
            endpoint={**URL, "description": "What runs: it is looked at regularly."},
            document={**URL, "description": "What tells of it: it is looked at regularly."},
            contract={**TEXT, "description": "The text of the contract, or the address where it stands."},
            cost=object_of("currency amount", currency=LINE, amount=AMOUNT, note=LINE),
            result={**TEXT, "description": "What came out, with figures."},
            solution=DID_URL,
            replication=DID_URL,
        )
    ),
    _check_practice,
    complete=_complete_practice,
    facets=("content.domain",),
)
EVENT: Final = Kind(
    "event",
    "events",
    "A meeting or a tour of cities, and what was learned there.",
    Schema(
        object_of(
            "title language sort begins",
            title=LINE,
            text=TEXT,
            language=LANGUAGE,
            sort=one_of("meeting", "tour", "online"),
            begins=DATE,
            ends=DATE,
            place=_LOCATED,
            address=URL,
            learned=list_of(object_of("text", text=TEXT, practice=DID_URL), 100),
        )
    ),
    _check_event,
    facets=("content.sort",),
)
COMPARISON: Final = Kind(
    "comparison",
    "comparisons",
    "Measured figures of a city that opted in to be compared; withdrawn when it opts out.",
    Schema(
        object_of(
            "on figures",
            on=DATE,
            figures=object_of(
                "types",
                passed=_COUNT,
                testable=_COUNT,
                checked=DATE,
                freshness={**NUMBER, "minimum": 0, "description": "Median age of the entities, in hours."},
                entities=_COUNT,
                types=_COUNT,
                pledges=_COUNT,
                kept=_COUNT,
                actions=_COUNT,
                done=_COUNT,
            ),
        )
    ),
    plain=False,
)
EXCHANGE_KINDS: Final = (PRACTICE, EVENT, COMPARISON)
