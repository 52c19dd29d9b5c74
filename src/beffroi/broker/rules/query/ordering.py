"""Entity ordering (clause 4.23): read what entities shall be ordered by, and give each entity its place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

import shapely
from shapely.geometry.base import BaseGeometry

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.entity.values import compact_vocab
from beffroi.broker.rules.geo.distance import distance_to, great_circle
from beffroi.broker.rules.geo.geometry import MOST_REFERENCE_POSITIONS, check_geometry, shape_of
from beffroi.broker.rules.names import bad
from beffroi.broker.rules.query.collation import ROOT, Collation, TextKey, parse_collation, text_order
from beffroi.broker.rules.query.cursor import Cursor
from beffroi.broker.rules.query.literal import moment_of
from beffroi.broker.rules.query.query import MEMBERS, Path
from beffroi.broker.rules.representation.language import best_language
from beffroi.broker.rules.representation.represent import compact_types
from beffroi.kernel.effort import Effort
from beffroi.kernel.json import Json, JsonObject, decode
from beffroi.kernel.problem import Problem, TooComplexQuery

MOST_TERMS = 20

Direction: TypeAlias = Literal["asc", "desc", "dist-asc", "dist-desc"]
SortKey: TypeAlias = tuple[object, ...]
Rank: TypeAlias = Callable[[Entity], SortKey]
"""Gives an entity its place: the smaller key comes first."""

_DIRECTIONS: tuple[Direction, ...] = ("dist-asc", "dist-desc", "desc", "asc")
_ENTITY_MEMBERS = frozenset({"id", "type", "scope"})
_NUMBER, _TEXT, _OBJECT, _ARRAY, _BOOLEAN = range(5)
_MOMENTS = {"time": 5, "date": 6, "datetime": 7}
"""Values that differ in kind are ordered by it (clause 4.23.2)."""

_INNER_NULL = 8
_NULL, _ABSENT = (1,), (2,)
"""These come last in either direction."""


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One element of orderBy. The path has no link."""

    path: Path
    direction: Direction


@dataclass(frozen=True, slots=True)
class Ordering:
    """What entities are ordered by, one term after another; `origin` is where distances begin.

    Types and vocabulary are compared by their names in the reader's `context`, and a LanguageProperty by
    its text in the language `lang`, if one was asked for.
    """

    terms: tuple[OrderTerm, ...]
    context: Context
    collation: Collation = ROOT
    origin: JsonObject | None = None
    lang: str = ""


def parse_ordering(
    order_by: str, context: Context, *, collation: str = "", origin: JsonObject | None = None, lang: str = ""
) -> Ordering:
    """Read `name,age;desc` or `location;dist-asc`. `origin` is a checked geometry (see `parse_origin`).

    Raises Problem(BadRequestData), or Problem(TooComplexQuery) beyond MOST_TERMS.

    >>> parse_ordering("createdAt;desc", Context("", {}, {})).terms
    (OrderTerm(path=Path(steps=('createdAt',), members=(), keys=(), link=None), direction='desc'),)
    """
    cursor = Cursor(order_by, "orderBy")
    terms = [_term(cursor, context)]
    while cursor.skip(","):
        terms.append(_term(cursor, context))
        if len(terms) > MOST_TERMS:
            raise Problem(TooComplexQuery, f"The orderBy has more than {MOST_TERMS} terms.")
    cursor.finish()
    if origin is None and any(term.direction.startswith("dist-") for term in terms):
        bad("The order by distance has no coordinates to begin from.")
    return Ordering(tuple(terms), context, parse_collation(collation or "und"), origin, lang)


def parse_origin(coordinates: Json, geometry: str) -> JsonObject:
    """The geometry that distances begin from; `coordinates` as an array or as the text of one."""
    if isinstance(coordinates, str):
        try:
            coordinates = decode(coordinates.encode("utf-8", "surrogatepass"))
        except Problem:
            bad(f"The coordinates to order by '{str(coordinates)[:50]}' are not a JSON array.")
    origin: JsonObject = {"type": geometry or "Point", "coordinates": coordinates}
    check_geometry(origin, MOST_REFERENCE_POSITIONS)
    return origin


def ranking(ordering: Ordering, effort: Effort) -> Rank:
    """Compile an ordering into a function that gives entities keys to sort by; it raises
    Problem(TooComplexQuery) where distances take longer than `effort` has left.

    Of several instances the one without a datasetId counts, else the first.
    """
    place = _Placing(ordering)
    parts = [_term_rank(term, place) for term in ordering.terms]

    def rank(entity: Entity) -> SortKey:
        return tuple(part(entity) for part in parts)

    return rank if ordering.origin is None else effort.timed(rank)


@dataclass(frozen=True, slots=True)
class _Down:
    """A key the other way round."""

    key: SortKey

    def __lt__(self, other: "_Down") -> bool:
        return other.key < self.key


class _Placing:
    """How values are compared in one ordering."""

    def __init__(self, ordering: Ordering) -> None:
        self.ordering = ordering
        self._text_key: Callable[[str], TextKey] = text_order(ordering.collation)
        self._metres = _metres_to(shape_of(ordering.origin)) if ordering.origin else None

    def value(self, value: Json) -> SortKey:
        match value:
            case None:
                return (_INNER_NULL,)
            case bool():
                return _BOOLEAN, value
            case int() | float():
                return _NUMBER, value
            case str():
                return self._text(value)
            case list():
                return _ARRAY, tuple(self.value(item) for item in value)
            case dict() if "@value" in value:
                return self.value(value["@value"])
            case _:
                return _OBJECT, tuple((name, self.value(value[name])) for name in sorted(value))

    def distance(self, geometry: Json) -> float:
        assert self._metres is not None
        return self._metres(shape_of(cast("JsonObject", geometry)))

    def _text(self, text: str) -> SortKey:
        moment = moment_of(text) if text[:1].isdigit() else None
        return (_TEXT, self._text_key(text)) if moment is None else (_MOMENTS[moment.sort], moment.text)


def _metres_to(origin: BaseGeometry) -> Callable[[BaseGeometry], float]:
    """Clause 4.23.1: on the sphere, by the haversine formula."""
    metres = distance_to(origin, great_circle)
    if not isinstance(origin, shapely.Point):
        return metres
    x, y = origin.x, origin.y
    return lambda place: (
        great_circle(place.x, place.y, x, y) if isinstance(place, shapely.Point) else metres(place)
    )


def _term(cursor: Cursor, context: Context) -> OrderTerm:
    steps = [_step(cursor, context, first=True)]
    while cursor.skip("."):
        if steps[-1] in MEMBERS | _ENTITY_MEMBERS:
            cursor.refuse(f"';' or ',' is expected, since '{steps[-1]}' has no sub-attributes")
        steps.append(_step(cursor, context, first=False))
    members = _members(cursor) if cursor.skip("[") else ()
    direction: Direction = "asc"
    if cursor.skip(";"):
        given = next(filter(cursor.skip, _DIRECTIONS), None)
        if given is None:
            cursor.refuse(f"one of {', '.join(_DIRECTIONS)} is expected")
        direction = given
    keys = tuple(map(context.expand, members))
    return OrderTerm(Path(tuple(steps), members, keys), direction)


def _step(cursor: Cursor, context: Context, *, first: bool) -> str:
    name = cursor.name("the name of a member")
    if cursor.skip(":"):
        name += ":" + cursor.name("the rest of a name with a prefix")
    return name if name in MEMBERS or (first and name in _ENTITY_MEMBERS) else context.expand(name)


def _members(cursor: Cursor) -> tuple[str, ...]:
    members = [cursor.until(".[]")]
    while cursor.skip("."):
        members.append(cursor.until(".[]"))
    cursor.expect("]")
    if not all(members):
        cursor.refuse("the name of a member is expected between brackets")
    return tuple(members)


def _term_rank(term: OrderTerm, placing: _Placing) -> Rank:
    find = _finder(term.path, placing.ordering)
    down = term.direction.endswith("desc")
    by_distance = term.direction.startswith("dist-")

    def rank(entity: Entity) -> SortKey:
        found = find(entity)
        if found is None:
            return _ABSENT
        geometry, value = found
        if value is None:
            return _NULL
        if by_distance and geometry:
            metres = placing.distance(value)
            return 0, 0, -metres if down else metres
        key = placing.value(value)
        return 0, 1, _Down(key) if down else key

    return rank


_Found: TypeAlias = tuple[bool, Json] | None
"""The value that a path leads to and whether it is the geometry of a GeoProperty; None for nothing."""


def _finder(path: Path, ordering: Ordering) -> Callable[[Entity], _Found]:
    name = path.steps[0]
    if len(path.steps) == 1 and name in MEMBERS | _ENTITY_MEMBERS:
        return lambda entity: _member(cast("JsonObject", entity), name, ordering.context)

    def find(entity: Entity) -> _Found:
        attrs = entity["attrs"]
        instance: Instance | None = None
        for step in path.steps:
            if instance is not None and step in MEMBERS:
                return _member(cast("JsonObject", instance), step, ordering.context)
            instances = attrs.get(step)
            if not instances:
                return None
            instance = next((each for each in instances if "datasetId" not in each), instances[0])
            attrs = instance.get("attrs", {})
        return None if instance is None else _inside(instance, path, ordering)

    return find


def _member(holder: JsonObject, name: str, context: Context) -> _Found:
    """A member that is no attribute: as the reader sees it, one alone without its array."""
    if name not in holder:
        return None
    value = holder[name]
    if name in {"type", "objectType", "valueType"}:
        value = compact_types(cast("list[str]", [value] if isinstance(value, str) else value), context)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return False, value


def _inside(instance: Instance, path: Path, ordering: Ordering) -> _Found:
    """The value of an instance, or what the names between brackets lead to within it."""
    value, geometry = _value_of(instance, path, ordering), instance["type"] == "GeoProperty"
    if instance["type"] == "LanguageProperty" and path.members == ("*",):
        return False, value
    keys = path.keys if instance["type"] in {"Property", "ListProperty"} else path.members
    for key, member in zip(keys, path.members, strict=True):
        if not isinstance(value, dict):
            return None
        name = key if key in value else member
        if name not in value:
            return None
        value, geometry = value[name], False
    return geometry, value


def _value_of(instance: Instance, path: Path, ordering: Ordering) -> Json:
    match instance["type"]:
        case "LanguageProperty" if ordering.lang and not path.members:
            return best_language(instance["languageMap"], ordering.lang)[1]
        case "LanguageProperty":
            return cast("Json", instance["languageMap"])
        case "VocabProperty":
            return compact_vocab(instance["vocab"], ordering.context)
        case "Relationship":
            return cast("Json", instance["object"])
        case "ListRelationship":
            return cast("Json", instance["objectList"])
        case "ListProperty":
            return instance["valueList"]
        case "JsonProperty":
            return instance["json"]
        case _:
            return instance.get("value")
