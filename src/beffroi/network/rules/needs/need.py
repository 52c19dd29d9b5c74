"""Need: a problem of a city, with what it has at hand to solve it, and whether solving it is worth a call."""

from typing import Final, cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.rules.budget import BUDGET, budget_of
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.needs.vocabulary import DOMAINS
from beffroi.network.rules.schema import (
    DID_URL,
    LANGUAGE,
    LINE,
    NUMBER,
    TEXT,
    URL,
    Schema,
    list_of,
    object_of,
    one_of,
)

PROBLEM: Final[JsonObject] = {"type": "string", "minLength": 20, "maxLength": 5_000}
ENTITY_TYPE: Final[JsonObject] = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9]{0,99}$"}
DATA: Final = list_of(object_of("type", type=ENTITY_TYPE, dataset=URL, note=LINE), 30)
ANSWER: Final = object_of("level reason", level={"type": "integer", "minimum": 0, "maximum": 4}, reason=LINE)
POINT: Final[JsonObject] = object_of(
    "type coordinates", type=one_of("Point"), coordinates=list_of(NUMBER, 2, 2)
)

NEED: Final = Schema(
    object_of(
        "title language problem domain desirability applicability feasibility",
        title=LINE,
        language=LANGUAGE,
        problem=PROBLEM,
        domain=one_of(*DOMAINS),
        data=DATA,
        budget=BUDGET,
        desirability=ANSWER,
        applicability=ANSWER,
        feasibility=ANSWER,
        place=LINE,
        location=POINT,
        simulated={"type": "boolean"},
    )
)

INTEREST: Final = Schema(
    object_of(
        "need language",
        need=DID_URL,
        language=LANGUAGE,
        wishes=list_of(LINE, 20),
        data=DATA,
        budget=BUDGET,
        note=TEXT,
        simulated={"type": "boolean"},
    )
)


def check_need(content: JsonObject) -> None:
    """Refuse a budget or a location that is none. Raises Problem(BadRequestData)."""
    _check_budget(content)
    if "location" in content:
        east, north = cast("list[float]", cast("JsonObject", content["location"])["coordinates"])
        if not (-180 <= east <= 180 and -90 <= north <= 90):
            raise Problem(
                BadRequestData,
                f"The location is at longitude {east} and latitude {north}, which is no place on Earth.",
            )


def _check_budget(content: JsonObject) -> None:
    if "budget" in content:
        budget_of(cast("JsonObject", content["budget"]))


NEED_KIND: Final = Kind(
    "need",
    "needs",
    "A problem of a city, with the data and the money at hand, and its answers to three questions.",
    NEED,
    check_need,
    facets=("content.domain",),
)
INTEREST_KIND: Final = Kind(
    "interest",
    "interests",
    "'Ours too': a city says that the need of another one is its own as well, with its wishes.",
    INTEREST,
    _check_budget,
    facets=("content.need",),
)
