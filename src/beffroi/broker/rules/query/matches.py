"""Say whether an entity is what a query asks for (clauses 4.9, 4.10, 4.17, 4.19, 5.7.2.4).

A query is compiled once into closures, because it runs over many entities. Regular expressions come last of
what is asked together: an entity that something else rules out costs them nothing, whatever an index did.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.geo.geo import GeoHolds, geo_matcher
from beffroi.broker.rules.query.compare import LeafTest, equals, orders
from beffroi.broker.rules.query.query import (
    MEMBERS,
    MOMENTS,
    Absent,
    And,
    Compare,
    Condition,
    EntityQuery,
    Exists,
    Link,
    Or,
    Path,
    Range,
    apart,
)
from beffroi.broker.rules.query.reach import Reach, Target, reach, reach_objects, reach_values
from beffroi.broker.rules.query.scope import scope_matcher
from beffroi.broker.rules.query.selection import type_matcher
from beffroi.kernel.effort import Effort
from beffroi.kernel.pattern import finder

Holds: TypeAlias = Callable[[Entity], bool]
Linked: TypeAlias = Callable[[str], Entity | None]


def matcher(*queries: EntityQuery, linked: Linked | None = None, effort: Effort | None = None) -> Holds:
    """A test whether at least one of the queries selects an entity. It raises Problem(TooComplexQuery) where
    the regular expressions of all of them would cost too much on its texts, or what `effort` has left is
    spent on those of all entities, and on geometries.

    `linked` finds an entity by its id among those that were read for `links(query)`. Without it a term
    that follows a relationship holds as soon as the relationship is there: the test then lets through at
    least what matches, and serves to choose the entities whose links are worth reading.
    """
    left = effort or Effort()
    selects = _selects(queries, linked, left)
    if not any(map(_is_dear, queries)):
        return selects

    def holds(entity: Entity) -> bool:
        left.renew()
        return selects(entity)

    return left.timed(holds)


def _selects(queries: Sequence[EntityQuery], linked: Linked | None, effort: Effort) -> Holds:
    if len(queries) == 1:
        return _selector(queries[0], linked, effort)
    alone, common = apart(queries)
    one = _any([_selector(query, linked, effort) for query in alone])
    every = _selector(common, linked, effort)
    first_common = any(map(_is_dear, alone)) and not _is_dear(common)
    return _all([every, one] if first_common else [one, every])


def _is_dear(query: EntityQuery) -> bool:
    return bool(query.id_pattern) or query.geo is not None or (query.q is not None and _has_pattern(query.q))


def _selector(query: EntityQuery, linked: Linked | None, effort: Effort) -> Holds:
    tests: list[Holds] = []
    patterns: list[Holds] = []  # they come last: what others refuse costs none of the effort
    if query.ids:
        ids = frozenset(query.ids)
        tests.append(lambda entity: entity["id"] in ids)
    if query.types is not None:
        selected = type_matcher(query.types)
        tests.append(lambda entity: selected(entity["type"]))
    if query.attrs:
        attrs = frozenset(query.attrs)
        tests.append(lambda entity: not attrs.isdisjoint(entity["attrs"]))
    if query.scope is not None:
        within = scope_matcher(query.scope)
        tests.append(lambda entity: within(entity.get("scope", ())))
    if query.id_pattern:
        found = finder(query.id_pattern, effort)
        patterns.append(lambda entity: found(entity["id"]))
    if query.q is not None:
        asked = _condition(query.q, linked, effort)
        (patterns if _has_pattern(query.q) else tests).append(asked)
    if query.geo is not None:
        tests.append(_geo_test(query.geo.attribute, geo_matcher(query.geo)))
    return _all([*tests, *patterns])


def _condition(condition: Condition, linked: Linked | None, effort: Effort) -> Holds:
    match condition:
        case And(of):
            return _all([_condition(part, linked, effort) for part in sorted(of, key=_has_pattern)])
        case Or(of):
            return _any([_condition(part, linked, effort) for part in sorted(of, key=_has_pattern)])
        case Exists(path):
            return _along(path, linked, _exists, otherwise=True)
        case Absent(path):
            exists = _along(path, linked, _exists, otherwise=False)
            return lambda entity: not exists(entity)
        case Compare():
            return _along(
                condition.path, linked, lambda path: _comparison(path, condition, effort), otherwise=True
            )


def _has_pattern(condition: Condition) -> bool:
    match condition:
        case And(of) | Or(of):
            return any(map(_has_pattern, of))
        case Compare(comparator="~=" | "!~="):
            return True
        case _:
            return False


def _all(tests: list[Holds]) -> Holds:
    if len(tests) == 1:
        return tests[0]
    every = tuple(tests)

    def holds(entity: Entity) -> bool:
        for test in every:  # noqa: SIM110 - a generator costs twice as much
            if not test(entity):
                return False
        return True

    return holds


def _any(tests: list[Holds]) -> Holds:
    if len(tests) == 1:
        return tests[0]
    every = tuple(tests)

    def holds(entity: Entity) -> bool:
        for test in every:  # noqa: SIM110 - a generator costs twice as much
            if test(entity):
                return True
        return False

    return holds


def _along(path: Path, linked: Linked | None, finish: Callable[[Path], Holds], *, otherwise: bool) -> Holds:
    """Follow the links of a path, then test what it ends in; `otherwise` is for links nobody read."""
    link = path.link
    if link is None:
        return finish(path)
    objects = reach_objects(path.steps)
    if linked is None:
        return lambda entity: otherwise and bool(objects(entity))
    inner = _along(link.path, linked, finish, otherwise=otherwise)
    accepts = _accepts(link)
    find = linked

    def holds(entity: Entity) -> bool:
        for target in objects(entity):
            found = find(target)
            if found is not None and accepts(found) and inner(found):
                return True
        return False

    return holds


def _accepts(link: Link) -> Holds:
    if link.type is None:
        return lambda _: True
    selected = type_matcher(link.type)
    return lambda entity: selected(entity["type"])


def _exists(path: Path) -> Holds:
    find = reach(path)
    return lambda entity: bool(find(entity))


def _comparison(path: Path, compare: Compare, effort: Effort) -> Holds:
    """Any instance will do; what is unequal must be unequal to every element (clause 4.9)."""
    match compare.comparator:
        case "==":
            return _some(path, reach(path), equals(compare.values))
        case "!=":
            return _none(reach(path), equals(compare.values))
        case "~=" | "!~=" if path.steps[-1] in MOMENTS:
            return lambda _: False  # a date-time is no String
        case "~=":
            return _some(path, reach_values(path), _text_test(compare, effort))
        case "!~=":
            return _no_text(reach_values(path), _text_test(compare, effort))
        case comparator:
            value = compare.values[0]
            if isinstance(value, Range):
                return lambda _: False
            return _some(path, reach_values(path), orders(comparator, value))


def _some(path: Path, find: Reach, test: LeafTest) -> Holds:
    def holds(entity: Entity) -> bool:
        for target in find(entity):
            for leaf in target:
                if test(leaf):
                    return True
        return False

    *before, name = path.steps
    if before or path.members or name in MEMBERS:
        return holds

    def holds_soon(entity: Entity) -> bool:
        """The same without a list for the commonest: one instance with a number or a text."""
        instances = entity["attrs"].get(name)
        if instances is None:
            return False
        if len(instances) == 1:
            value = instances[0].get("value")
            if type(value) is float or type(value) is int or type(value) is str:
                return test(value)
        return holds(entity)

    return holds_soon


def _none(find: Reach, test: LeafTest) -> Holds:
    def differs(target: Target) -> bool:
        return not any(test(leaf) for leaf in target)

    return lambda entity: any(differs(target) for target in find(entity))


def _no_text(find: Reach, test: LeafTest) -> Holds:
    def differs(target: Target) -> bool:
        return any(isinstance(leaf, str) for leaf in target) and not any(test(leaf) for leaf in target)

    return lambda entity: any(differs(target) for target in find(entity))


def _text_test(compare: Compare, effort: Effort) -> LeafTest:
    found = finder(str(compare.values[0]), effort)
    return lambda leaf: isinstance(leaf, str) and found(leaf)


def _geo_test(attribute: str, holds: GeoHolds) -> Holds:
    """Clause 5.7.2.4: any instance will do; what has no such GeoProperty does not match."""

    def test(entity: Entity) -> bool:
        for instance in entity["attrs"].get(attribute, ()):
            if instance["type"] == "GeoProperty" and holds(instance.get("value")):
                return True
        return False

    return test
