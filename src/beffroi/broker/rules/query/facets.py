"""What an index may hold of an entity: facets and extents, by paths that `narrow.py` names.

| path | facets |
| --- | --- |
| `type` | one text for each type |
| `scope` | one text for each scope, with its first slash |
| `expires` | the earliest moment at which something of the entity expires |
| `q:<path>` | each leaf that the path reaches, by sort; a text that is a date-time also as a time |
| `has:<path>` | true, if the path reaches anything |

A path is written as JSON: `q:[["https://example.org/speed"]]`. An extent's path is the expanded name of
the GeoProperty.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import orjson

from beffroi.broker.rules.entity.entity import Entity, Instance, entity_of
from beffroi.broker.rules.entity.expiry import expiries, first_expiry
from beffroi.broker.rules.entity.sameness import WRITTEN, says_same
from beffroi.broker.rules.geo.geometry import box_of
from beffroi.broker.rules.query.literal import instant_text
from beffroi.broker.rules.query.query import MEMBERS, MOMENTS, Path
from beffroi.broker.rules.query.reach import reach
from beffroi.broker.rules.query.scope import normal_scope
from beffroi.kernel.json import Json, JsonObject
from beffroi.store.port import Extent, Facet, Indexer

TYPE = "type"
SCOPE = "scope"
EXPIRES = "expires"
ALWAYS = frozenset({TYPE, SCOPE, EXPIRES})
_MEMBERS = ("scope", "expiresAt")

_Reader: TypeAlias = Callable[[Entity], Iterable[Facet]]


def value_path(path: Path) -> str:
    """The facet path of the values that a path without a link reaches."""
    return "q:" + _encoded(path)


def presence_path(path: Path) -> str:
    """The facet path that is true where the path reaches anything."""
    return "has:" + _encoded(path)


def facets(body: JsonObject, paths: frozenset[str]) -> Iterator[Facet]:
    """The facets of an entity that have one of these paths."""
    entity = entity_of(body)
    for read in _readers(paths):
        yield from read(entity)


def extents(body: JsonObject) -> Iterator[Extent]:
    """The bounding box of every instance of every GeoProperty."""
    for name, instances in entity_of(body)["attrs"].items():
        for instance in instances:
            if instance["type"] == "GeoProperty":
                value = instance.get("value")
                if isinstance(value, dict):
                    yield Extent(name, box_of(value))


def unmoved(before: JsonObject, after: JsonObject, paths: frozenset[str]) -> bool:
    """Whether all facets with these paths and all extents are surely the same; quick where attributes that
    did not change are the same objects."""
    old, new = entity_of(before), entity_of(after)
    asked = _asked(paths)
    if asked is None or len(old["attrs"]) != len(new["attrs"]):
        return False
    if old["type"] != new["type"] or any(old.get(name) != new.get(name) for name in _MEMBERS):
        return False
    attrs = old["attrs"]
    for name, instances in new["attrs"].items():
        was = attrs.get(name)
        if was is instances:
            continue
        if was is None or name in asked.written:
            return False
        if not (_is_said_again if name in asked.named else _stays)(was, instances):
            return False
    return True


def _is_said_again(old: list[Instance], new: list[Instance]) -> bool:
    """Whether nothing is new of an attribute but the moments at which it was written."""
    return len(old) == len(new) and all(map(says_same, old, new))


def _stays(old: list[Instance], new: list[Instance]) -> bool:
    """Whether an attribute has no end, before and after, and the same places."""
    is_somewhere = False
    for instances in (old, new):
        for each in instances:
            if "expiresAt" in each or ("attrs" in each and expiries(each["attrs"])):
                return False
            is_somewhere = is_somewhere or each["type"] == "GeoProperty"
    return not is_somewhere or _geometries(old) == _geometries(new)


def _geometries(instances: list[Instance]) -> list[Json]:
    return [each.get("value") for each in instances if each["type"] == "GeoProperty"]


class _Asked(NamedTuple):
    """The attributes that paths begin with; of those in `written` one asks for the moment of a writing."""

    named: frozenset[str]
    written: frozenset[str]


@lru_cache(maxsize=256)
def _asked(paths: frozenset[str]) -> _Asked | None:
    """None where a path begins with a moment of the entity itself, some of which change always."""
    steps = [_decoded(path.partition(":")[2]).steps for path in paths - {TYPE, SCOPE, EXPIRES}]
    if any(first in MEMBERS for first, *_ in steps):
        return None
    return _Asked(
        frozenset(each[0] for each in steps), frozenset(each[0] for each in steps if each[-1] in WRITTEN)
    )


ENTITY_INDEX = Indexer(facets, extents, ALWAYS, TYPE, unmoved)
"""How a store indexes records of kind "entity"."""


def _encoded(path: Path) -> str:
    parts = (path.steps, path.members, path.keys) if path.members else (path.steps,)
    return orjson.dumps(parts).decode()


def _decoded(text: str) -> Path:
    steps, *rest = cast("list[list[str]]", orjson.loads(text))
    members, keys = rest or ([], [])
    return Path(tuple(steps), tuple(members), tuple(keys))


@lru_cache(maxsize=256)
def _readers(paths: frozenset[str]) -> tuple[_Reader, ...]:
    return tuple(map(_reader, sorted(paths)))


def _reader(path: str) -> _Reader:
    if path == TYPE:
        return lambda entity: [Facet(TYPE, "text", name) for name in entity["type"]]
    if path == SCOPE:
        return lambda entity: [Facet(SCOPE, "text", normal_scope(each)) for each in entity.get("scope", ())]
    if path == EXPIRES:
        return _expiry
    kind, _, encoded = path.partition(":")
    decoded = _decoded(encoded)
    find = reach(decoded)
    if kind == "has":
        here = [Facet(path, "boolean", True)]
        return lambda entity: here if find(entity) else ()
    read = _times if decoded.steps[-1] in MOMENTS else _values
    return lambda entity: [facet for target in find(entity) for leaf in target for facet in read(path, leaf)]


def _expiry(entity: Entity) -> Iterator[Facet]:
    moment = first_expiry(entity)
    if moment is not None:
        yield Facet(EXPIRES, "time", moment)


def _times(path: str, leaf: Json) -> Iterator[Facet]:
    instant = instant_text(leaf) if isinstance(leaf, str) else ""
    if instant:
        yield Facet(path, "time", instant)


def _values(path: str, leaf: Json) -> Iterator[Facet]:
    match leaf:
        case bool():
            yield Facet(path, "boolean", leaf)
        case int() | float():
            yield Facet(path, "number", leaf)
        case str():
            yield Facet(path, "text", leaf)
            yield from _times(path, leaf)
        case _:
            pass
