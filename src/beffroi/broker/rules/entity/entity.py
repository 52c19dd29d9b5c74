"""Entity, the unit of context information, as it is stored (clauses 4.5.1 to 4.5.3, 5.2.4 to 5.2.8).

Every name of a type or an attribute is expanded to a URI and every attribute is normalized: a list of
instances, at most one for each datasetId and at most one without. Representations are made from this
form when somebody reads (`represent.py`); nothing else is stored.
"""

from typing import Literal, Required, TypeAlias, TypedDict, cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Key

AttributeType: TypeAlias = Literal[
    "Property",
    "Relationship",
    "GeoProperty",
    "LanguageProperty",
    "VocabProperty",
    "ListProperty",
    "ListRelationship",
    "JsonProperty",
]

VALUE_MEMBER: dict[AttributeType, str] = {
    "Property": "value",
    "Relationship": "object",
    "GeoProperty": "value",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
    "JsonProperty": "json",
}
"""The member that carries the value of an attribute of each type (clause 4.5.2)."""

NULL = "urn:ngsi-ld:null"
"""Clause 4.5.0: in a merge or an update, "remove this"."""

LOCATION = "https://uri.etsi.org/ngsi-ld/location"
GEO_PROPERTIES = frozenset(
    {LOCATION, "https://uri.etsi.org/ngsi-ld/observationSpace", "https://uri.etsi.org/ngsi-ld/operationSpace"}
)
"""Attributes of an entity that are GeoProperties and nothing else (Table 5.2.4-1)."""

DEFAULT_VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"


class Instance(TypedDict, total=False):
    """One instance of an attribute. Which member carries the value: VALUE_MEMBER. Only in a fragment the type
    may be missing."""

    type: AttributeType
    value: Json  # Property: any JSON but null; GeoProperty: a GeoJSON geometry
    object: "str | list[str]"  # Relationship: URIs
    objectType: list[str]  # expanded
    languageMap: "dict[str, str | list[str]]"
    vocab: "str | list[str]"  # expanded
    valueList: list[Json]
    objectList: list[str]
    json: Json
    unitCode: str
    valueType: str
    observedAt: str  # as the client wrote it: a date-time with zone
    datasetId: str
    expiresAt: str
    ngsildproof: Json
    createdAt: str  # Instant
    modifiedAt: str  # Instant
    attrs: "dict[str, list[Instance]]"  # sub-attributes by expanded name


Attributes: TypeAlias = dict[str, list[Instance]]


class Entity(TypedDict, total=False):
    """One entity. Members beside `attrs` are the non-reified ones of clause 4.8 and 4.18."""

    id: Required[str]
    type: Required[list[str]]  # expanded names, at least one
    scope: list[str]
    createdAt: str  # Instant
    modifiedAt: str  # Instant
    expiresAt: str
    attrs: Required[Attributes]


KIND = "entity"


def entity_key(tenant: str, entity_id: str) -> Key:
    """The key of the record that holds this entity."""
    return Key(tenant, KIND, entity_id)


def entity_of(body: JsonObject) -> Entity:
    """Trust a stored body to be the Entity it was written from."""
    return cast("Entity", cast("object", body))


def body_of(entity: Entity) -> JsonObject:
    """An Entity as the body that is stored."""
    return cast("JsonObject", cast("object", entity))
