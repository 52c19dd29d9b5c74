"""Usage rows as clients write them (TMF635): what the node sealed in a `meter` stays, the state may change.

That such a row is rated, at what, and that it is billed is the node's to say: its bills do.

An operator keeps usage of other origin, without a `meter`, as any document.
"""

from collections.abc import Collection
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

STATE: Final = "status"
RATED_AT: Final = "ratedProductUsage"
OF_BILLS: Final = frozenset({"rated", "billed"})
"""States into which bills bring a row that has a meter."""


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
        changed = differing(before, after)
        kept = [name for name in changed if name in SEALED]
        if kept:
            raise Problem(Conflict, f"The usage '{before['id']}' is sealed; its {kept[0]} does not change.")
        _check_of_bills(before, after, changed)
    elif METER in after:
        raise Problem(Conflict, f"The usage '{before['id']}' was not measured by the node; it gets no meter.")
    return Outcome(after)


def _check_of_bills(before: JsonObject, after: JsonObject, changed: Collection[str]) -> None:
    """Raise Problem(Conflict) for who says by hand what a bill says of a row."""
    if STATE in changed and after[STATE] in OF_BILLS:
        raise Problem(
            Conflict,
            f"The usage '{before['id']}' becomes '{after[STATE]}' by a bill of the node, not by hand.",
        )
    if RATED_AT in changed:
        raise Problem(
            Conflict,
            f"What the usage '{before['id']}' is rated at follows from the prices of its product; it is not "
            "written by hand.",
        )


def remove(before: JsonObject, _: Scene) -> Outcome:
    """A row that is sealed stays in the chain of its product."""
    if METER in before:
        raise Problem(
            Conflict, f"The usage '{before['id']}' is sealed in the chain of its product and stays."
        )
    return Outcome(before)


USAGES = Behaviour(make=make, change=change, remove=remove)
