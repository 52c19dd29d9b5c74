"""Say in the store's terms which records a query may match (the store's port; clauses 4.9, 4.10, 4.17, 4.19).

Every function gives a Filter and whether it is exact. A Filter lets through at least what
`matches.matcher` does; an exact one lets through nothing else.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from beffroi.broker.rules.geo.distance import around
from beffroi.broker.rules.geo.geometry import box_of
from beffroi.broker.rules.query.facets import SCOPE, TYPE, presence_path, value_path
from beffroi.broker.rules.query.query import (
    MOMENTS,
    Absent,
    And,
    Compare,
    Condition,
    EachOf,
    EntityQuery,
    Exists,
    GeoQuery,
    Literals,
    Moment,
    Name,
    Or,
    Path,
    Range,
    Selection,
    apart,
)
from beffroi.kernel.geometry import WORLD
from beffroi.kernel.pattern import literal_start
from beffroi.store.port import All, Between, Comparator, Either, Filter, Named, Prefix, Sort, Touches, Where

Narrowed: TypeAlias = tuple[Filter, bool]

_EXACT_INTEGERS = 1 << 53
"""Beyond it an engine that holds numbers as doubles does not tell neighbours apart."""

MOST_PRESENT: Final = 64
"""Of more attributes, of which one must be there, nothing is said: no engine asks its indexes for so many."""

_CLOSED: dict[Comparator, Comparator] = {"<": "<=", ">": ">=", "<=": "<=", ">=": ">=", "==": "=="}


def narrow(query: EntityQuery) -> Narrowed:
    """The Filter of a whole query, and whether it says all that the query says."""
    parts: list[Narrowed] = []
    if query.ids:
        parts.append((Named(query.ids), True))
    if query.types is not None:
        parts.append(_types(query.types))
    if query.id_pattern:
        parts.append((All(), False))
    if len(query.attrs) > MOST_PRESENT:
        parts.append((All(), False))
    elif query.attrs:
        parts.append(_either([(_present(Path((name,))), True) for name in query.attrs]))
    if query.scope is not None:
        parts.append(_scopes(query.scope))
    if query.q is not None:
        parts.append(_condition(query.q))
    if query.geo is not None:
        parts.append((_geo(query.geo), False))
    return _all(parts)


def narrow_any(queries: Sequence[EntityQuery]) -> Narrowed:
    """The same of what at least one of several queries lets through."""
    if len(queries) == 1:
        return narrow(queries[0])
    alone, common = apart(queries)
    return _all([_either([narrow(query) for query in alone]), narrow(common)])


def _all(parts: list[Narrowed]) -> Narrowed:
    filters: list[Filter] = []
    for part, _ in parts:
        filters.extend(part.of if isinstance(part, All) else (part,))
    exact = all(exact for _, exact in parts)
    return (filters[0] if len(filters) == 1 else All(tuple(filters))), exact


def _either(parts: list[Narrowed]) -> Narrowed:
    exact = all(exact for _, exact in parts)
    if any(part == All() for part, _ in parts):
        return All(), exact
    return (parts[0][0] if len(parts) == 1 else Either(tuple(part for part, _ in parts))), exact


def _types(selection: Selection) -> Narrowed:
    match selection:
        case Name(text):
            return Where(TYPE, "==", "text", text), True
        case EachOf(of):
            return _all([_types(part) for part in of])
        case _:
            return _either([_types(part) for part in selection.of])


def _scopes(selection: Selection) -> Narrowed:
    match selection:
        case Name(text):
            return _scope(text)
        case EachOf(of):
            return _all([_scopes(part) for part in of])
        case _:
            return _either([_scopes(part) for part in selection.of])


def _scope(pattern: str) -> Narrowed:
    if "+" in pattern:
        return Prefix(SCOPE, pattern[: pattern.index("+")]), False
    if not pattern.endswith("/#"):
        return Where(SCOPE, "==", "text", pattern), True
    below = Prefix(SCOPE, pattern[:-1])
    return (below if pattern == "/#" else Either((Where(SCOPE, "==", "text", pattern[:-2]), below))), True


def _geo(geo: GeoQuery) -> Filter:
    if geo.relation == "disjoint" or geo.min_distance is not None:
        return Touches(geo.attribute, WORLD)
    box = box_of(geo.geometry)
    boxes = (box,) if geo.max_distance is None else around(box, geo.max_distance)
    touches = tuple(Touches(geo.attribute, each) for each in boxes)
    return touches[0] if len(touches) == 1 else Either(touches)


def _condition(condition: Condition) -> Narrowed:
    match condition:
        case And(of):
            return _all([_condition(part) for part in of])
        case Or(of):
            return _either([_condition(part) for part in of])
        case Absent():
            return All(), False
        case Exists(path):
            return _present(path), path.link is None
        case Compare():
            return _comparison(condition)


def _present(path: Path) -> Filter:
    """That the path reaches anything; of a path with a link, that its relationship is there."""
    return Where(presence_path(replace(path, link=None)), "==", "boolean", True)


def _comparison(compare: Compare) -> Narrowed:
    path = compare.path
    if path.link is not None:
        return _present(path), False
    match compare.comparator:
        case "==":
            return _either([_equal(path, value) for value in compare.values])
        case "!=" | "!~=":
            return _present(path), False
        case "~=":
            start = literal_start(str(compare.values[0]))
            if not start or path.steps[-1] in MOMENTS:
                return _present(path), False
            return Prefix(value_path(path), start), False
        case comparator:
            value = compare.values[0]
            return (_present(path), False) if isinstance(value, Range) else _order(path, comparator, value)


def _equal(path: Path, value: Literals | Range) -> Narrowed:
    if not isinstance(value, Range):
        return _order(path, "==", value)
    low, high = _facet_value(value.low), _facet_value(value.high)
    if low is None or high is None:
        return _present(path), False
    dates = isinstance(value.low, Moment) and value.low.sort == "date"
    exact = _is_exact(value.low) and _is_exact(value.high) and not dates
    return Between(value_path(path), _sort(value.low), low, high), exact


def _order(path: Path, comparator: Comparator, value: Literals) -> Narrowed:
    literal, sort = _facet_value(value), _sort(value)
    if literal is None:
        return _present(path), False
    if not _is_exact(value):
        return Where(value_path(path), _CLOSED[comparator], sort, literal), False
    exact = comparator == "==" or sort != "text"  # relationships are texts too, but have no order
    return Where(value_path(path), comparator, sort, literal), exact


def _facet_value(value: Literals) -> bool | float | str | None:
    """The value as facets have it; None for a time of day, which is no facet of its own."""
    match value:
        case Moment("time"):
            return None
        case Moment():
            return value.text
        case _:
            return value


def _sort(value: Literals) -> Sort:
    match value:
        case Moment("datetime"):
            return "time"
        case Moment() | str():
            return "text"
        case bool():
            return "boolean"
        case _:
            return "number"


def _is_exact(value: Literals) -> bool:
    return isinstance(value, Moment | str) or abs(value) < _EXACT_INTEGERS
