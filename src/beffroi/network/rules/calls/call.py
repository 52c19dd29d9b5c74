"""Call: cities ask firms for a solution to needs that they share."""

from collections import Counter
from typing import Final, cast

from beffroi.kernel.json import JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.rules.budget import BUDGET, budget_of
from beffroi.network.rules.calls.calendar import CALENDAR, calendar_of
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.needs.vocabulary import DOMAINS
from beffroi.network.rules.schema import (
    DID_URL,
    FLAG,
    LANGUAGE,
    LINE,
    MOMENT,
    TEXT,
    Schema,
    list_of,
    object_of,
    one_of,
)

STAGES: Final = ("draft", "open", "closed", "evaluating", "awarded", "cancelled")
DID: Final[JsonObject] = {"type": "string", "pattern": "^did:web:[^\\s/]+$", "maxLength": 300}
NAME: Final[JsonObject] = {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$"}
WEIGHT: Final[JsonObject] = {"type": "integer", "minimum": 1, "maximum": 100}
CITY: Final = object_of("id name", id=DID, name=LINE, contact=LINE, address=LINE)
CRITERION: Final = object_of("id name weight", id=NAME, name=LINE, description=TEXT, weight=WEIGHT)
REQUIREMENTS: Final = object_of(
    "rules ids",
    rules=LINE,
    ids=list_of({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$"}, 200, 1),
)
STEP: Final = object_of("step at", step=LINE, at=MOMENT, reason=TEXT)
OWN: Final = ("stage", "steps", "clonedFrom", "award")
"""Members that only the steps of a call write."""
_COMPLETE: Final = ("cities", "criteria", "calendar", "budget", "eligibility", "requirements")

CALL: Final = Schema(
    object_of(
        "title language challenge domain",
        title=LINE,
        language=LANGUAGE,
        challenge=TEXT,
        domain=one_of(*DOMAINS),
        needs=list_of(DID_URL, 20),
        cities=list_of(CITY, 50),
        criteria=list_of(CRITERION, 20),
        calendar=CALENDAR,
        budget=BUDGET,
        eligibility=list_of(LINE, 30),
        requirements=REQUIREMENTS,
        contract=TEXT,
        place=LINE,
        contact=LINE,
        simulated=FLAG,
        stage=one_of(*STAGES),
        steps=list_of(STEP, 1_000),
        clonedFrom=object_of("call", call=DID_URL, version={"type": "integer"}, replaced=list_of(LINE, 50)),
        award=DID_URL,
    )
)


def check_call(content: JsonObject) -> None:
    """Refuse what holds for no call, opened or not. Raises Problem(BadRequestData)."""
    criteria = objects_in(content.get("criteria"))
    _check_once([str(each["id"]) for each in criteria], "criterion")
    _check_once([str(each["id"]) for each in objects_in(content.get("cities"))], "city")
    if criteria:
        check_weights(criteria)
    if "calendar" in content:
        calendar_of(cast("JsonObject", content["calendar"]))
    if "budget" in content:
        budget_of(cast("JsonObject", content["budget"]))


def check_public(content: JsonObject) -> None:
    """A public call has what readers are shown, also one of another node. Raises Problem(BadRequestData)."""
    if "stage" not in content or "steps" not in content:
        raise Problem(BadRequestData, "The call has no stage, or no steps.")
    check_complete(content)


def check_weights(criteria: list[JsonObject]) -> None:
    """Weights are whole numbers that add up to 100. Raises Problem(BadRequestData) that says the sum.

    >>> check_weights([{"id": "price", "weight": 40}, {"id": "quality", "weight": 50}])
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The weights add up to 90, not to 100: price 40, quality 50.
    """
    weights = {str(each["id"]): cast("int", each["weight"]) for each in criteria}
    if (sum_ := sum(weights.values())) != 100:
        said = ", ".join(f"{name} {weight}" for name, weight in weights.items())
        raise Problem(BadRequestData, f"The weights add up to {sum_}, not to 100: {said}.")


def check_complete(content: JsonObject) -> None:
    """A call that opens has all that firms have to know. Raises Problem(BadRequestData) naming what lacks."""
    lacking = [name for name in _COMPLETE if not content.get(name)]
    if lacking:
        raise Problem(BadRequestData, f"The call cannot be opened yet; it has no {', no '.join(lacking)}.")


def calendar_in(content: JsonObject) -> JsonObject:
    """The calendar of an opened call as it is written."""
    return cast("JsonObject", content["calendar"])


def criteria_in(content: JsonObject) -> dict[str, int]:
    """Weights by the ids of the criteria, in the order of the call."""
    criteria = objects_in(content["criteria"])
    return {str(each["id"]): cast("int", each["weight"]) for each in criteria}


def _check_once(names: list[str], what: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise Problem(BadRequestData, f"The {what} '{name}' is there {count} times.")


CALL_KIND: Final = Kind(
    "call",
    "calls",
    "Cities ask firms for a solution: criteria with weights, calendar, budget, requirements, and each step.",
    CALL,
    check_call,
    writes="coordinate",
    plain=False,
    facets=("content.domain", "content.stage", "content.needs"),
    complete=check_public,
)
