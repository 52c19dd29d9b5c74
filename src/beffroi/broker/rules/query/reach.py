"""From an entity to what a path of the query language addresses (clause 4.9, target element and value).

A target is the value of one attribute instance as a list of leaves: the elements of an array, the texts
of a languageMap, else the one value. `[]` is an empty array; an instance in which the path leads nowhere
gives no target at all.
"""

from collections.abc import Callable
from typing import TypeAlias, cast

from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.query.query import MEMBERS, Path
from beffroi.kernel.json import Json

Target: TypeAlias = list[Json]
Reach: TypeAlias = Callable[[Entity], list[Target]]


def reach(path: Path) -> Reach:
    """The targets of a path that has no link, in every instance, whatever its datasetId."""
    return _reach(path, relationships=True)


def reach_values(path: Path) -> Reach:
    """The same without those of Relationships, which have no order and no pattern (clause 4.9)."""
    return _reach(path, relationships=False)


def reach_objects(steps: tuple[str, ...]) -> Callable[[Entity], list[str]]:
    """The URIs that the Relationships and ListRelationships at `steps` point to, in every instance."""
    find = _finder(steps)

    def objects(entity: Entity) -> list[str]:
        return [
            leaf
            for instance in find(entity)
            if instance["type"] in {"Relationship", "ListRelationship"}
            for leaf in _as_list(_value_of(instance))
            if isinstance(leaf, str)
        ]

    return objects


def _reach(path: Path, *, relationships: bool) -> Reach:
    *before, name = path.steps
    if name in MEMBERS:
        return _reach_member(tuple(before), name, path.members)
    find, read = _finder(path.steps), _reader(path, relationships=relationships)

    def targets(entity: Entity) -> list[Target]:
        return [target for instance in find(entity) if (target := read(instance)) is not None]

    return targets


def _reach_member(steps: tuple[str, ...], member: str, members: tuple[str, ...]) -> Reach:
    if members:
        return lambda _: []
    if not steps:
        return lambda entity: _member_targets(cast("dict[str, Json]", entity), member)
    find = _finder(steps)
    return lambda entity: [
        target
        for instance in find(entity)
        for target in _member_targets(cast("dict[str, Json]", instance), member)
    ]


def _member_targets(holder: "dict[str, Json]", member: str) -> list[Target]:
    return [_as_list(holder[member])] if member in holder else []


def _finder(steps: tuple[str, ...]) -> "Callable[[Entity], list[Instance]]":
    """All instances of the (sub-)attribute at `steps`."""
    first, *deeper = steps
    nothing: list[Instance] = []
    if not deeper:
        return lambda entity: entity["attrs"].get(first, nothing)

    def find(entity: Entity) -> list[Instance]:
        found = entity["attrs"].get(first, nothing)
        for step in deeper:
            found = [inner for outer in found if "attrs" in outer for inner in outer["attrs"].get(step, ())]
        return found

    return find


def _reader(path: Path, *, relationships: bool) -> Callable[[Instance], Target | None]:
    members, keys = path.members, path.keys

    def read(instance: Instance) -> Target | None:
        match instance["type"]:
            case "Property" | "ListProperty":
                names = keys
            case "LanguageProperty":
                return _language_target(instance.get("languageMap", {}), members)
            case "Relationship" | "ListRelationship" if not relationships:
                return None
            case _:
                names = members
        value = _value_of(instance)
        for name in names:
            if not isinstance(value, dict) or name not in value:
                return None
            value = value[name]
        return _as_list(value)

    return read


def _value_of(instance: Instance) -> Json:
    """The member that carries the value, by type: the commonest first."""
    match instance["type"]:
        case "Property" | "GeoProperty":
            return instance.get("value")
        case "Relationship":
            return cast("Json", instance.get("object"))
        case "VocabProperty":
            return cast("Json", instance.get("vocab"))
        case "ListProperty":
            return instance.get("valueList")
        case "ListRelationship":
            return cast("Json", instance.get("objectList"))
        case "JsonProperty":
            return instance.get("json")
        case _:
            return None


def _as_list(value: Json) -> Target:
    """Leaves of a value; a JSON-LD typed value (annex C.6) counts as what its @value says."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and "@value" in value:
        return [value["@value"]]
    return [value]


def _language_target(texts: "dict[str, str | list[str]]", members: tuple[str, ...]) -> Target | None:
    if not members or members == ("*",):
        return [text for part in texts.values() for text in _as_list(cast("Json", part))]
    language, *deeper = members
    if deeper:
        return None
    found = texts.get(language)
    if found is None:
        wanted = language.lower()  # RFC 5646: tags do not differ by case
        spelled = min((tag for tag in texts if tag.lower() == wanted), default="")
        found = texts.get(spelled)
    return None if found is None else _as_list(cast("Json", found))
