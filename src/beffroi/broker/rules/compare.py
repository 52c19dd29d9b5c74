"""What the operators of the query language mean for one leaf (clause 4.9): sorts that differ never match."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from beffroi.broker.rules.literal import moment_of
from beffroi.broker.rules.query import Comparator, Literals, Moment, Range
from beffroi.kernel.json import Json

LeafTest: TypeAlias = Callable[[Json], bool]

_Ordered = TypeVar("_Ordered", float, str)


def equals(values: Sequence[Literals | Range]) -> LeafTest:
    """Whether a leaf is one of the values or lies in one of the ranges, both ends included."""
    texts = frozenset(value for value in values if isinstance(value, str))
    numbers = frozenset(value for value in values if _is_number(value))
    booleans = frozenset(value for value in values if isinstance(value, bool))
    others = tuple(_equals_other(value) for value in values if isinstance(value, Moment | Range))

    def test(leaf: Json) -> bool:
        if isinstance(leaf, str):
            if leaf in texts:
                return True
        elif isinstance(leaf, bool):
            return leaf in booleans
        elif isinstance(leaf, int | float):
            if leaf in numbers:
                return True
        else:
            return False
        return any(other(leaf) for other in others)

    return test


def orders(comparator: Comparator, value: Literals) -> LeafTest:
    """Whether a leaf is of the same sort and stands so to the value."""
    match value:
        case Moment(sort, text):
            later = _order(comparator, text)
            return lambda leaf: later(found) if (found := _same_sort(leaf, sort)) else False
        case str():
            after = _order(comparator, value)
            return lambda leaf: isinstance(leaf, str) and after(leaf)
        case _:
            above = _order(comparator, float(value) if isinstance(value, bool) else value)
            return lambda leaf: isinstance(leaf, int | float) and not isinstance(leaf, bool) and above(leaf)


def _order(comparator: Comparator, value: _Ordered) -> Callable[[_Ordered], bool]:
    match comparator:
        case "<":
            return lambda leaf: leaf < value
        case "<=":
            return lambda leaf: leaf <= value
        case ">":
            return lambda leaf: leaf > value
        case _:
            return lambda leaf: leaf >= value


def _equals_other(value: Moment | Range) -> LeafTest:
    if isinstance(value, Moment):
        sort, text = value.sort, value.text
        return lambda leaf: _same_sort(leaf, sort) == text
    low, high = orders(">=", value.low), orders("<=", value.high)
    return lambda leaf: low(leaf) and high(leaf)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same_sort(leaf: Json, sort: str) -> str:
    """The canonical text of a leaf that is a moment of this sort; an empty text if it is none."""
    if not isinstance(leaf, str):
        return ""
    moment = moment_of(leaf)
    return moment.text if moment is not None and moment.sort == sort else ""
