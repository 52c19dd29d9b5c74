"""Whether a document satisfies a condition (TMF630): the meaning that every index has to agree with."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from beffroi.kernel.effort import Effort
from beffroi.kernel.instant import parse_instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.pattern import finder
from beffroi.market.rules.documents.question import Comparison, Condition, Operator
from beffroi.market.rules.documents.reach import reach

_NUMBER = re.compile(r"-?\d{1,300}(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_FLAGS = {"true": True, "false": False}

Test: TypeAlias = Callable[[Json], bool]


class Literal(NamedTuple):
    """One reading of a literal: a value and the sort of stored values that it is compared with."""

    sort: str
    value: bool | float | str


@lru_cache(maxsize=4096)
def readings(literal: str) -> tuple[Literal, ...]:
    """What a literal may mean. A date-time is compared with date-times, by the moment; what looks like a
    number with numbers and, as it is written, with texts.

    >>> [sort for sort, _ in readings("32")], [value for _, value in readings("2026-11-22T10:00:00 01:00")]
    (['text', 'number'], ['2026-11-22T09:00:00.000000Z'])
    """
    instant = parse_instant(literal.replace(" ", "+"))  # a plus sign that was not written as %2B
    if instant:
        return (Literal("time", instant),)
    found = [Literal("text", literal)]
    if _NUMBER.fullmatch(literal):
        found.append(Literal("number", float(literal)))
    if literal in _FLAGS:
        found.append(Literal("boolean", _FLAGS[literal]))
    return tuple(found)


def matches(condition: Condition, body: JsonObject) -> bool:
    """Whether all parts of the condition hold, of each at least one comparison.

    Raises Problem(TooComplexQuery) where its regular expressions are too large for the document's texts.
    """
    return matcher(condition, Effort())(body)


def matcher(condition: Condition, effort: Effort) -> Callable[[JsonObject], bool]:
    """The same for many documents, whose regular expressions have together what `effort` has left."""

    def holds(body: JsonObject) -> bool:
        effort.renew()
        return all(any(_holds(one, body, effort) for one in either) for either in condition)

    has_pattern = any(one.operator == "regex" for either in condition for one in either)
    return effort.timed(holds) if has_pattern else holds


def leaf_values(leaf: Json) -> Iterator[Literal]:
    """A stored value as it is compared: a text also as a moment, if it is one."""
    match leaf:
        case bool():
            yield Literal("boolean", leaf)
        case int() | float():
            yield Literal("number", leaf)
        case str():
            yield Literal("text", leaf)
            instant = parse_instant(leaf)
            if instant:
                yield Literal("time", instant)
        case _:
            return


def _holds(comparison: Comparison, body: JsonObject, effort: Effort) -> bool:
    if comparison.operator == "regex":
        found = finder(comparison.literals[0], effort)
        return any(isinstance(leaf, str) and found(leaf) for leaf in reach(body, comparison.path))
    test = _test(comparison.operator, comparison.literals)
    return any(test(leaf) for leaf in reach(body, comparison.path))


@lru_cache(maxsize=1024)
def _test(operator: Operator, literals: tuple[str, ...]) -> Test:
    asked = [reading for literal in literals for reading in readings(literal)]
    return lambda leaf: any(
        _compares(stored.value, operator, one.value)
        for stored in leaf_values(leaf)
        for one in asked
        if one.sort == stored.sort
    )


def _compares(stored: bool | float | str, operator: Operator, asked: bool | float | str) -> bool:  # noqa: FBT001
    if isinstance(stored, str) and isinstance(asked, str):
        less, equal = stored < asked, stored == asked
    else:
        less, equal = float(stored) < float(asked), float(stored) == float(asked)
    match operator:
        case "==":
            return equal
        case ">":
            return not less and not equal
        case ">=":
            return not less
        case "<":
            return less
        case _:
            return less or equal
