"""Values: what of an attribute a person reads, as plain values without any markup (clause 4.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from beffroi.broker.rules.entity.entity import LOCATION, VALUE_MEMBER, Entity, Instance
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.portal.words.labels import short_name
from beffroi.portal.words.language import instant_or_none

LONGEST_TEXT: Final = 300
ADDRESS_PARTS: Final = frozenset({"streetAddress", "addressLocality", "postalCode"})

Sort: TypeAlias = Literal["number", "text", "moment", "link", "address", "geometry", "truth", "json"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One value ready to be written. `number` is set for numbers, `at` for moments."""

    sort: Sort
    text: str
    number: float = 0.0
    unit: str = ""
    at: Instant | None = None


def entity_name(entity: Entity, language: str) -> str:
    """The name that people gave the entity; the last part of its id where it has none."""
    for uri, instances in entity["attrs"].items():
        if short_name(uri) == "name" and instances:
            text = plain_text(instances[0], language)
            if text:
                return text
    return entity["id"].rpartition(":")[2] or entity["id"]


def raw_value(instance: Instance) -> Json:
    """The member that carries the value, whatever the type of the attribute."""
    member = VALUE_MEMBER[instance["type"]]
    return cast("JsonObject", cast("object", instance)).get(member)


def plain_text(instance: Instance, language: str) -> str:
    """A short text for a table or a tooltip; empty where the value is none."""
    return "; ".join(shown.text for shown in shown_values(instance, language))[:LONGEST_TEXT]


def shown_values(instance: Instance, language: str) -> list[Shown]:
    """The values of one instance. Lists give one each, up to fifty."""
    value = raw_value(instance)
    match instance["type"]:
        case "Relationship" | "ListRelationship":
            return [Shown("link", text) for text in _texts(value)]
        case "GeoProperty":
            return [Shown("geometry", geometry_text(value, language))]
        case "LanguageProperty":
            return [Shown("text", text) for text in _in_language(value, language)]
        case "VocabProperty":
            return [Shown("text", short_name(text)) for text in _texts(value)]
        case "JsonProperty":
            return [Shown("json", "", 0.0, "")] if value is None else [_shown(value, "")]
        case "Property" | "ListProperty":
            unit = instance.get("unitCode", "")
            values = value if isinstance(value, list) else [value]
            return [_shown(one, unit) for one in values[:50]]


def number_of(instance: Instance) -> float | None:
    """The number that a Property carries; None for anything else."""
    value = instance.get("value") if instance["type"] == "Property" else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def word_of(instance: Instance) -> str | None:
    """The short word that a Property or VocabProperty carries, such as a status; None for anything else."""
    value = raw_value(instance)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str) or len(value) > 60 or instance_moment(value) is not None:
        return None
    return short_name(value) if instance["type"] == "VocabProperty" else value


def instance_moment(value: Json) -> Instant | None:
    """A moment that a value is: a text, or the `@value` of a typed one."""
    if isinstance(value, dict):
        value = value.get("@value")
    return instant_or_none(value)


def seen_at(instance: Instance) -> Instant | None:
    """When the value was true for the last time that anybody looked: observed, or else written."""
    return instant_or_none(instance.get("observedAt")) or instant_or_none(instance.get("modifiedAt"))


def entity_seen_at(entity: Entity) -> Instant | None:
    """The newest moment at which anybody looked at the entity."""
    moments = [at for one in _all_instances(entity) if (at := seen_at(one)) is not None]
    return max(moments, default=None)


def is_simulated(entity: Entity, language: str) -> bool:
    """Whether the entity says of itself that a simulator made it up."""
    for uri, instances in entity["attrs"].items():
        if instances and short_name(uri) in {"dataProvider", "source", "simulated"}:
            text = plain_text(instances[0], language).casefold()
            if "simul" in text or (text == "true" and short_name(uri) == "simulated"):
                return True
    return False


def geometry_of(entity: Entity) -> JsonObject | None:
    """The entity's place: its location, or else its first geometry."""
    located = entity["attrs"].get(LOCATION, [])
    for instance in [*located, *_all_instances(entity)]:
        value = instance.get("value")
        if instance["type"] == "GeoProperty" and isinstance(value, dict):
            return value
    return None


def geometry_text(value: Json, language: str) -> str:
    """
    >>> geometry_text({"type": "Point", "coordinates": [-3.0603, 50.63]}, "en")
    '50.63000° N, 3.06030° W'
    >>> geometry_text({"type": "Point", "coordinates": [-3.0603, 50.63]}, "fr")
    '50,63000° N, 3,06030° O'
    """
    if not isinstance(value, dict):
        return ""
    kind = value.get("type")
    coordinates = value.get("coordinates")
    if kind == "Point" and isinstance(coordinates, list):
        match coordinates:
            case [int() | float() as east, int() | float() as north, *_]:
                west = "O" if language == "fr" else "W"
                ns, ew = "N" if north >= 0 else "S", "E" if east >= 0 else west
                return f"{_degrees(north, language)} {ns}, {_degrees(east, language)} {ew}"
            case _:
                return "Point"
    return kind if isinstance(kind, str) else ""


def _degrees(value: float, language: str) -> str:
    said = f"{abs(value):.5f}°"
    return said.replace(".", ",") if language == "fr" else said


def _shown(value: Json, unit: str) -> Shown:
    match value:
        case None:
            return Shown("text", "")
        case bool():
            return Shown("truth", "true" if value else "false")
        case int() | float():
            return Shown("number", str(value), float(value), unit)
        case str():
            at = instant_or_none(value)
            if at is not None:
                return Shown("moment", value, at=at)
            sort: Sort = "address" if value.startswith(("https://", "http://")) else "text"
            return Shown(sort, value)
        case dict() if (at := instance_moment(value)) is not None:
            return Shown("moment", str(value["@value"]), at=at)
        case dict() if ADDRESS_PARTS & {short_name(name) for name in value}:
            return Shown("text", ", ".join(part for name in value if (part := _address_part(value, name))))
        case dict():
            return Shown("json", "; ".join(_members(value)))
        case list():
            return Shown("json", ", ".join(str(one) for one in value[:50]))


def _address_part(value: JsonObject, name: str) -> str:
    part = value[name]
    return part if isinstance(part, str) and short_name(name) not in {"type", "addressCountry"} else ""


def _members(value: JsonObject) -> Iterator[str]:
    """The leaves of an object in one line each, as in an address."""
    for name, one in value.items():
        if isinstance(one, dict):
            yield from _members(one)
        elif isinstance(one, str | int | float) and name not in {"type", "@type"}:
            yield f"{short_name(name)}: {one}"


def _texts(value: Json) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)][:50]


def _in_language(value: Json, language: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    found = value.get(language, value.get("@none", next(iter(value.values()), None)))
    return _texts(found)


def _all_instances(entity: Entity) -> Iterator[Instance]:
    for instances in entity["attrs"].values():
        yield from instances
