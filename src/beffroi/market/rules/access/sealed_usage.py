"""Usage rows as clients write them (TMF635): what the node sealed in a `meter` stays, the state may change.

An operator keeps usage of other origin, without a `meter`, as any document.
"""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene
from beffroi.market.rules.documents.document import differing

METER: Final = "meter"
SEALED: Final = frozenset(
    {METER, "usageCharacteristic", "usageDate", "usageSpecification", "usageType", "relatedParty"}
)
"""The members of a row that has a meter which say what was used, when and whose it is."""


def check_unmetered(given: JsonObject) -> None:
    """Raise Problem(BadRequestData) for usage that a client gives with a meter."""
    if METER in given:
        raise Problem(BadRequestData, "The member 'meter' of a usage is written by the node.")


def make(body: JsonObject, _: Scene) -> Outcome:
    """Usage of which the node measured nothing."""
    check_unmetered(body)
    return Outcome(body)


def change(before: JsonObject, after: JsonObject, _: Scene) -> Outcome:
    """A row keeps what is sealed. Raises Problem(Conflict)."""
    if METER in before:
        kept = [name for name in differing(before, after) if name in SEALED]
        if kept:
            raise Problem(Conflict, f"The usage '{before['id']}' is sealed; its {kept[0]} does not change.")
    elif METER in after:
        raise Problem(Conflict, f"The usage '{before['id']}' was not measured by the node; it gets no meter.")
    return Outcome(after)


def remove(before: JsonObject, _: Scene) -> Outcome:
    """A row that is sealed stays in the chain of its product."""
    if METER in before:
        raise Problem(
            Conflict, f"The usage '{before['id']}' is sealed in the chain of its product and stays."
        )
    return Outcome(before)


USAGES = Behaviour(make=make, change=change, remove=remove)
