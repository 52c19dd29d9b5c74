"""What the operators of the query language mean for one leaf (clause 4.9): sorts that differ never match."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from beffroi.broker.rules.query.literal import instant_text, moment_of
from beffroi.broker.rules.query.query import Comparator, Literals, Moment, Range
from beffroi.kernel.json import Json

LeafTest: TypeAlias = Callable[[Json], bool]


def equals(values: Sequence[Literals | Range]) -> LeafTest:
    """Whether a leaf is one of the values or lies in one of the ranges, both ends included."""
    texts = frozenset(value for value in values if isinstance(value, str))
    numbers = frozenset(
        value for value in values if isinstance(value, int | float) and not isinstance(value, bool)
    )
    booleans = frozenset(value for value in values if isinstance(value, bool))
    others = tuple(_equals_other(value) for value in values if isinstance(value, Moment | Range))

    def test(leaf: Json) -> bool:
        match leaf:
            case str():
                found = leaf in texts
            case bool():
                return leaf in booleans
            case int() | float():
                found = leaf in numbers
            case _:
                return False
        return found or (bool(others) and any(other(leaf) for other in others))

    return test


def orders(comparator: Comparator, value: Literals) -> LeafTest:
    """Whether a leaf is of the same sort and stands so to the value."""
    match value:
        case Moment(sort, text):
            later = _text_order(comparator, text)
            read = instant_text if sort == "datetime" else partial(_moment_text, sort=sort)
            return lambda leaf: isinstance(leaf, str) and (found := read(leaf)) != "" and later(found)
        case str():
            return _text_order(comparator, value)
        case _:
            return _number_order(comparator, value)


def _number_order(comparator: Comparator, value: float) -> LeafTest:
    """Spelled out per operator, because this is what a scan spends its time with."""
    match comparator:
        case "<":
            return lambda leaf: (type(leaf) is float or type(leaf) is int) and leaf < value
        case "<=":
            return lambda leaf: (type(leaf) is float or type(leaf) is int) and leaf <= value
        case ">":
            return lambda leaf: (type(leaf) is float or type(leaf) is int) and leaf > value
        case _:
            return lambda leaf: (type(leaf) is float or type(leaf) is int) and leaf >= value


def _text_order(comparator: Comparator, value: str) -> LeafTest:
    match comparator:
        case "<":
            return lambda leaf: type(leaf) is str and leaf < value
        case "<=":
            return lambda leaf: type(leaf) is str and leaf <= value
        case ">":
            return lambda leaf: type(leaf) is str and leaf > value
        case _:
            return lambda leaf: type(leaf) is str and leaf >= value


def _equals_other(value: Moment | Range) -> LeafTest:
    if isinstance(value, Range):
        low, high = orders(">=", value.low), orders("<=", value.high)
        return lambda leaf: low(leaf) and high(leaf)
    sort, text = value.sort, value.text
    if sort == "datetime":
        return lambda leaf: isinstance(leaf, str) and instant_text(leaf) == text
    return lambda leaf: isinstance(leaf, str) and _moment_text(leaf, sort) == text


def _moment_text(leaf: str, sort: str) -> str:
    """The canonical text of a leaf that is a moment of this sort; an empty text if it is none."""
    moment = moment_of(leaf)
    return moment.text if moment is not None and moment.sort == sort else ""
