"""Read NGSI-LD entities as a client does, and tell them from those of NGSIv2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from beffroi.proof.exchange import Json
from beffroi.proof.probes.reading import is_uri, mapping, text

ATTRIBUTE_TYPES = frozenset(
    {
        "Property",
        "Relationship",
        "GeoProperty",
        "LanguageProperty",
        "ListProperty",
        "JsonProperty",
        "VocabProperty",
        "ListRelationship",
    }
)
_MEMBERS = frozenset({"id", "type", "@context", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute instance of an entity in the normalized or concise form."""

    name: str
    type: str
    members: dict[str, Json]

    @property
    def value(self) -> Json:
        return self.members.get("value")


def attributes(entity: dict[str, Json]) -> Iterator[Attribute]:
    """Every attribute instance; those of a simplified entity have no members but a value."""
    for name, value in entity.items():
        if name in _MEMBERS:
            continue
        for instance in value if isinstance(value, list) else [value]:
            if isinstance(instance, dict):
                yield Attribute(name, _type_of(instance), instance)
            else:
                yield Attribute(name, "Property", {"value": instance})


def _type_of(instance: dict[str, Json]) -> str:
    declared = text(instance.get("type"))
    if declared in ATTRIBUTE_TYPES:
        return declared
    if "object" in instance:
        return "Relationship"
    geometry = text(mapping(instance.get("value")).get("type")) or declared
    is_geometry = geometry in {
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
    }
    return "GeoProperty" if is_geometry else "Property"


def looks_like_ngsi_v2(entity: dict[str, Json]) -> bool:
    """Whether an entity has the normalized attributes of NGSIv2: own type names, or `metadata`.

    >>> looks_like_ngsi_v2({"id": "a", "type": "T", "t": {"type": "Number", "value": 1, "metadata": {}}})
    True
    >>> looks_like_ngsi_v2({"id": "urn:a:b", "type": ["T", "U"], "t": {"type": "Property", "value": 1}})
    False
    """
    for name, value in entity.items():
        instance = mapping(value)
        if name in _MEMBERS or not instance:
            continue
        declared = text(instance.get("type"))
        if "metadata" in instance and declared not in ATTRIBUTE_TYPES:
            return True
        if "value" in instance and declared and declared not in ATTRIBUTE_TYPES:
            return True
    return False


def is_entity(entity: dict[str, Json]) -> bool:
    """An NGSI-LD entity has an id that is a URI and one or several types."""
    types = entity.get("type")
    named = bool(types) and (
        isinstance(types, str)
        or (isinstance(types, list) and all(isinstance(name, str) and name for name in types))
    )
    return named and is_uri(text(entity.get("id"))) and not looks_like_ngsi_v2(entity)


def types_of(entity: dict[str, Json]) -> list[str]:
    types = entity.get("type")
    if isinstance(types, list):
        return [name for name in types if isinstance(name, str)]
    return [types] if isinstance(types, str) else []


def type_names(value: Json) -> list[str]:
    """The names in an answer of `/types`: a type list, an array of names or an array of types."""
    listed = mapping(value).get("typeList") if isinstance(value, dict) else value
    if isinstance(listed, str):
        return [listed]
    if not isinstance(listed, list):
        return []
    names = [
        member
        if isinstance(member, str)
        else text(mapping(member).get("typeName")) or text(mapping(member).get("id"))
        for member in listed
    ]
    return [name for name in names if name]


def without_sys(entity: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in entity.items() if name != "@context"}
