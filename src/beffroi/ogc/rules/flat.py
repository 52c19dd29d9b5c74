"""Flatten an entity into a feature: one value a column, and no meaning lost (RFC 7946, clause 4.5).

| column | holds |
| --- | --- |
| `name` | the value of the attribute without datasetId; of a relationship its URI |
| `name.unitCode`, `name.observedAt`, `name.valueType`, `name.objectType` | what is said of that value |
| `name@fr` | the text of a LanguageProperty in one language; `name` has the best for the node |
| `name.sub` | the sub-attribute `sub`, flattened likewise |
| `name.datasets` | the instances that have a datasetId, each an object |
| `type`, `scope`, `createdAt`, `modifiedAt` | members of the entity |
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, cast

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import LOCATION, Entity, Instance
from beffroi.broker.rules.entity.values import compact_value, compact_vocab
from beffroi.broker.rules.representation.language import best_language
from beffroi.broker.rules.representation.represent import compact_types
from beffroi.kernel.instant import Instant, parse_instant, shortened
from beffroi.kernel.json import Json, JsonObject

Steps: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the context that names things, and the language preferences as in Accept-Language."""

    context: Context
    languages: str


class Cell(NamedTuple):
    """One column of one feature. `steps` and `members` lead to the value in the entity as a path of the
    query language does; without steps there is no such path. `unit` is that of the value."""

    name: str
    value: Json
    steps: Steps = ()
    members: Steps = ()
    unit: str = ""


def properties(entity: Entity, reader: Reader) -> JsonObject:
    """The properties of the feature, by column."""
    return {cell.name: cell.value for cell in cells(entity, reader)}


def cells(entity: Entity, reader: Reader) -> Iterator[Cell]:
    """Every column of an entity; the geometry of the feature is none."""
    yield Cell("type", compact_types(entity["type"], reader.context))
    scopes = entity.get("scope")
    if scopes:
        yield Cell("scope", scopes[0] if len(scopes) == 1 else cast("Json", scopes))
    place = geometry_attribute(entity)
    for name, instances in entity["attrs"].items():
        short = reader.context.attribute(name)
        yield from _attribute(short, (name,), instances, reader, hidden=name == place)
    for member in ("createdAt", "modifiedAt"):
        moment = entity.get(member)
        if isinstance(moment, str):
            yield Cell(member, shortened(Instant(moment)))


def geometry_attribute(entity: Entity) -> str | None:
    """The GeoProperty that is the feature's geometry: location, or else the first by its name."""
    attrs = entity["attrs"]
    if LOCATION in attrs and _is_geo(attrs[LOCATION]):
        return LOCATION
    return min((name for name, instances in attrs.items() if _is_geo(instances)), default=None)


def geometry_of(entity: Entity) -> JsonObject | None:
    """The feature's geometry with no member that RFC 7946 does not know; None without one."""
    name = geometry_attribute(entity)
    if name is None:
        return None
    instances = [i for i in entity["attrs"][name] if i["type"] == "GeoProperty"]
    chosen = next((i for i in instances if "datasetId" not in i), instances[0])
    geometry = chosen.get("value")
    if not isinstance(geometry, dict):
        return None
    return {"type": geometry["type"], "coordinates": geometry["coordinates"]}


def time_of(entity: Entity) -> Instant:
    """The feature's time: the newest observedAt of its attributes, or else when it last changed."""
    newest = Instant("")
    for instances in entity["attrs"].values():
        for instance in instances:
            observed = _instant(instance["observedAt"]) if "observedAt" in instance else None
            if observed is not None and observed > newest:
                newest = observed
    return newest or Instant(entity.get("modifiedAt", ""))


def _instant(text: str) -> Instant | None:
    """A checked date-time as an Instant; the commonest way to write one needs no reading."""
    if len(text) == 20 and text[19] == "Z" and text[10] == "T" and text[17:19] != "60":
        return Instant(f"{text[:19]}.000000Z")
    return parse_instant(text)


def _is_geo(instances: list[Instance]) -> bool:
    return any(instance["type"] == "GeoProperty" for instance in instances)


def _attribute(
    name: str, steps: Steps, instances: list[Instance], reader: Reader, *, hidden: bool = False
) -> Iterator[Cell]:
    """The columns of one attribute; a `hidden` one shows what is said of its value, not the value."""
    others: list[Json] = []
    for instance in instances:
        if "datasetId" in instance:
            others.append(_dataset(instance, reader))
        else:
            yield from _instance(name, steps, instance, reader, hidden=hidden)
    if others:
        yield Cell(f"{name}.datasets", others)


def _instance(
    name: str, steps: Steps, instance: Instance, reader: Reader, *, hidden: bool = False
) -> Iterator[Cell]:
    if not hidden:
        yield Cell(name, _value(instance, reader), steps, (), instance.get("unitCode", ""))
    if instance["type"] == "LanguageProperty":
        for tag, text in instance.get("languageMap", {}).items():
            yield Cell(f"{name}@{tag}", cast("Json", text), steps, (tag,))
    if "unitCode" in instance:
        yield Cell(f"{name}.unitCode", instance["unitCode"], (*steps, "unitCode"))
    if "observedAt" in instance:
        yield Cell(f"{name}.observedAt", instance["observedAt"], (*steps, "observedAt"))
    if "valueType" in instance:
        yield Cell(f"{name}.valueType", reader.context.compact(instance["valueType"]))
    if "objectType" in instance:
        yield Cell(f"{name}.objectType", compact_types(instance["objectType"], reader.context))
    for sub, nested in instance.get("attrs", {}).items():
        short = reader.context.sub_attribute(sub)
        short = sub if short == "datasets" else short
        yield from _attribute(f"{name}.{short}", (*steps, sub), nested, reader)


def _dataset(instance: Instance, reader: Reader) -> Json:
    body: JsonObject = {"datasetId": instance.get("datasetId"), "value": _value(instance, reader)}
    body.update({cell.name[1:]: cell.value for cell in _instance("", (), instance, reader, hidden=True)})
    return body


def _value(instance: Instance, reader: Reader) -> Json:
    match instance["type"]:
        case "Property":
            value = compact_value(instance.get("value"), reader.context)
            return value["@value"] if isinstance(value, dict) and "@value" in value else value
        case "GeoProperty":
            return instance.get("value")
        case "Relationship":
            return cast("Json", instance.get("object"))
        case "LanguageProperty":
            return best_language(instance.get("languageMap", {}), reader.languages)[1]
        case "VocabProperty":
            return compact_vocab(instance.get("vocab", []), reader.context)
        case "ListProperty":
            return compact_value(instance.get("valueList"), reader.context)
        case "ListRelationship":
            return cast("Json", instance.get("objectList"))
        case "JsonProperty":
            return instance.get("json")
