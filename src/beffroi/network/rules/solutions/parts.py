"""Parts of a whole: where a city has an entity for each charging point, and stations are asked for."""

from dataclasses import replace
from typing import Final

from beffroi.network.rules.solutions.derive import SURE, Derived
from beffroi.network.rules.solutions.expression import Expression
from beffroi.network.rules.solutions.facts import AttributeFacts, TypeFacts
from beffroi.network.rules.solutions.manifest import Attribute
from beffroi.network.rules.solutions.names import words
from beffroi.network.rules.solutions.reasons import Reason

MOST_WHOLES: Final = 0.7
"""So many wholes for each part at most, else they are no parts."""
_NAMING: Final = frozenset({"ref", "code", "part", "has", "belongs", "parent"})
_COUNTS: Final = (frozenset({"total"}), frozenset({"total", "slot"}))


def part_of(type: str, found: TypeFacts) -> AttributeFacts | None:
    """The attribute in which each entity names the whole that it is a part of, if that is of the needed type:
    `refStation` for a station."""
    for each in found.attributes.values():
        named = words(each.name)
        of_type = named & words(type) and named <= words(type) | _NAMING
        if of_type and each.kind in {"relationship", "text"} and _is_shared(each):
            return each
    return None


def over_parts(
    wanted: Attribute, way: Derived | tuple[Reason, ...], group: AttributeFacts
) -> Derived | tuple[Reason, ...]:
    """How an attribute of the whole is made of those of its parts."""
    if isinstance(way, Derived):
        if wanted.kind not in {"integer", "number"}:
            return replace(way, as_it_is=False)
        summed = replace(way.expression, over="sum")
        return replace(way, expression=summed, reasons=(*way.reasons, Reason("over-parts")), as_it_is=False)
    if wanted.kind == "integer" and words(wanted.name) in _COUNTS:
        counted = Expression("constant", constant=1, over="sum")
        return Derived(counted, (group,), (Reason("count-parts"),), SURE)
    return way


def _is_shared(named: AttributeFacts) -> bool:
    return 0 < named.distinct <= MOST_WHOLES * named.present
