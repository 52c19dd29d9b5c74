"""Read one attribute, in normalized, concise or simplified representation (clauses 4.5.2 to 4.5.4)."""

from functools import lru_cache
from typing import NamedTuple, cast

from beffroi.broker.rules.context.keywords import check_keywords, refuse_twice
from beffroi.broker.rules.entity.attribute_value import checked_value, is_null_value, refuse_null_inside
from beffroi.broker.rules.entity.datasets import datasets_in, of_datasets
from beffroi.broker.rules.entity.entity import NULL, VALUE_MEMBER, Attributes, AttributeType, Instance
from beffroi.broker.rules.entity.reading import Reading
from beffroi.broker.rules.entity.values import expand_value, expand_vocab, holds_null
from beffroi.broker.rules.geo.geometry import read_geometry
from beffroi.broker.rules.names import bad, check_moment, check_name, is_uri
from beffroi.kernel.json import Json, JsonObject

MOST_INSTANCES = 1_000
MOST_SUB_ATTRIBUTES = 1_000
DEEPEST_ATTRIBUTE = 16
GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
_TYPE_OF_MEMBER: dict[str, AttributeType] = {
    "object": "Relationship",
    "languageMap": "LanguageProperty",
    "vocab": "VocabProperty",
    "valueList": "ListProperty",
    "objectList": "ListRelationship",
    "json": "JsonProperty",
    "value": "Property",
}
_TYPES = tuple(VALUE_MEMBER)  # asked for what may be no text
_SCALARS = frozenset({str, int, float, bool})
_OUTPUT_ONLY = frozenset(
    """createdAt modifiedAt deletedAt instanceId previousValue previousObject previousLanguageMap
    previousVocab previousJson previousValueList previousObjectList lang entity entityList""".split()
)
_METADATA = frozenset({"observedAt", "unitCode", "datasetId", "valueType", "objectType", "expiresAt"})
_KNOWN = frozenset({"type", "@type", "ngsildproof", *_METADATA, *_TYPE_OF_MEMBER, *_OUTPUT_ONLY})
_PLAIN = frozenset({"type", "value", *_METADATA})
WRAPPED = frozenset({"languageMap", "vocab", "json"})
"""Members that a value in simplified representation stands in."""


def read_attribute(name: str, value: Json, reading: Reading, depth: int) -> list[Instance]:
    """All instances of one attribute. Raises Problem(BadRequestData) naming the attribute."""
    if depth > DEEPEST_ATTRIBUTE:
        bad(f"Attribute '{name[:100]}' is nested deeper than {DEEPEST_ATTRIBUTE} sub-attributes.")
    if isinstance(value, dict) and not reading.simplified and _is_plain(value):
        return [_plain(name, value, reading)]
    if value is None:
        bad(f"Attribute '{name}' is null; NGSI-LD has no null (clause 4.5.0).")
    if not reading.simplified and isinstance(value, list) and value and all(map(_is_attribute, value)):
        if len(value) > MOST_INSTANCES:
            bad(f"Attribute '{name}' has more than {MOST_INSTANCES} instances.")
        instances = [_instance(name, cast("JsonObject", item), reading, depth) for item in value]
        return _distinct(name, instances)
    if reading.simplified:
        return _simplified(name, value, reading)
    if isinstance(value, dict) and (
        value.get("type") in _TYPES or not (_is_geometry(value) or _is_plain_object(value, reading))
    ):
        return [_instance(name, value, reading, depth)]
    return [_bare(name, value, reading)]


def is_simplified(value: Json, reading: Reading) -> bool:
    """True for a value in simplified representation: all are if the request says so, else what is neither an
    attribute nor an array of its instances."""
    if reading.simplified:
        return True
    if isinstance(value, list):
        return not value or not all(map(_is_attribute, value))
    return not isinstance(value, dict)


def is_null(instance: Instance) -> bool:
    """True if the instance asks for removal: its value is the NGSI-LD Null in one of its forms."""
    for member in VALUE_MEMBER.values():
        value = instance.get(member)
        if value is not None:
            return is_null_value(cast("Json", value))
    return False


def type_of(instance: Instance) -> AttributeType | None:
    """The type of an instance; None in a fragment that does not say it."""
    return instance.get("type")


def _is_attribute(value: Json) -> bool:
    return isinstance(value, dict) and (
        value.get("type") in _TYPES or any(member in value for member in _TYPE_OF_MEMBER)
    )


def _is_plain_object(value: JsonObject, reading: Reading) -> bool:
    """True for an object that is itself the value of a Property (clause 4.5.2.3): it has no member that
    belongs to an attribute. In a fragment such an object says what to change of an attribute."""
    return bool(value) and not reading.fragment and _KNOWN.isdisjoint(value)


def _is_geometry(value: JsonObject) -> bool:
    return value.get("type") in GEOMETRIES and "coordinates" in value


def _bare(name: str, value: Json, reading: Reading) -> Instance:
    """A value alone (concise representation)."""
    if isinstance(value, dict) and _is_geometry(value):
        return Instance(type="GeoProperty", value=read_geometry(value))
    if value == NULL:
        bad(f"Attribute '{name}' is {NULL}, which is allowed in updates and merges only.")
    if isinstance(value, str) and reading.lang:
        return Instance(type="LanguageProperty", languageMap={reading.lang: value})
    return _bare_property(name, value, reading)


def _bare_property(name: str, value: Json, reading: Reading) -> Instance:
    if reading.nulls == "none" or not is_null_value(value):
        refuse_null_inside(name, "Property", value, reading)
    return Instance(type="Property", value=expand_value(value, reading.context, f"attribute '{name}'"))


def _instance(name: str, body: JsonObject, reading: Reading, depth: int) -> Instance:
    kind = _type(name, body, reading)
    known = tuple(body) if _KNOWN.issuperset(body) else tuple(filter(_KNOWN.__contains__, body))
    if len(body) - len(known) > MOST_SUB_ATTRIBUTES:
        bad(f"Attribute '{name}' has more than {MOST_SUB_ATTRIBUTES} sub-attributes.")
    shape = _shape(known, kind)
    if shape.names_type_twice or (reading.context.aliases and len(known) < len(body)):
        check_keywords(body, f"Attribute '{name}'", reading.context)
    instance: Instance = {"type": kind} if kind else cast("Instance", {})
    if kind:
        _read_value(name, kind, body, instance, shape, reading)
    for member in shape.metadata:
        _read_metadata(name, member, body[member], instance, reading)
    if shape.has_proof:
        instance["ngsildproof"] = body["ngsildproof"]
    attrs: Attributes = {}
    for key in () if len(known) == len(body) else [key for key in body if key not in _KNOWN]:
        _check_sub_name(name, key)
        expanded = reading.context.expand(key)
        if expanded in attrs:
            refuse_twice(body, key, reading.context)
        if reading.nulls != "none" and body[key] == NULL:
            attrs[expanded] = [Instance(type="Property", value=NULL)]
        else:
            attrs[expanded] = read_attribute(key, body[key], reading, depth + 1)
    if attrs:
        instance["attrs"] = attrs
    return instance


class _Shape(NamedTuple):
    """What the names of an instance's members say, its values and sub-attributes apart."""

    value: str  # the member that carries the value; empty if there is none
    misplaced: str  # a member that carries the value of another type
    metadata: tuple[str, ...]
    has_proof: bool
    names_type_twice: bool


@lru_cache(maxsize=1_024)
def _shape(members: tuple[str, ...], kind: AttributeType | None) -> _Shape:
    """Of known members. Remembered, since nearly all instances have one of a few shapes."""
    value = VALUE_MEMBER[kind] if kind else ""
    return _Shape(
        value if value in members else "",
        next((m for m in members if kind and m in _TYPE_OF_MEMBER and m != value), ""),
        tuple(member for member in members if member in _METADATA),
        "ngsildproof" in members,
        "type" in members and "@type" in members,
    )


def _check_sub_name(name: str, key: str) -> None:
    if key == "@context":
        bad(f"Attribute '{name}' has an @context of its own; NGSI-LD allows none (clause 5.5.7).")
    check_name(key, f"Sub-attribute name of '{name}'")


def _type(name: str, body: JsonObject, reading: Reading) -> AttributeType | None:
    """The attribute's type as given, or as its members tell (concise representation)."""
    given = body.get("type")
    if given in _TYPES:
        return given
    given = body.get("type", body.get("@type"))
    if given is not None:
        short = given.removeprefix("https://uri.etsi.org/ngsi-ld/") if isinstance(given, str) else given
        if not isinstance(short, str) or short not in VALUE_MEMBER:
            bad(f"Attribute '{name}' has the type {given!r}, which is no attribute type of NGSI-LD.")
        return short
    for member, kind in _TYPE_OF_MEMBER.items():
        if member in body:
            value = body[member]
            geometry = kind == "Property" and isinstance(value, dict) and _is_geometry(value)
            return "GeoProperty" if geometry else kind
    if reading.fragment:
        return None
    bad(f"Attribute '{name}' has neither a type nor a value.")


def _read_value(
    name: str, kind: AttributeType, body: JsonObject, instance: Instance, shape: _Shape, reading: Reading
) -> None:
    if shape.misplaced:
        bad(f"Attribute '{name}' is a {kind} and cannot have the member '{shape.misplaced}'.")
    member = shape.value
    if not member:
        if reading.fragment:
            return
        bad(f"Attribute '{name}' is a {kind} and has no {VALUE_MEMBER[kind]}.")
    value = body[member]
    if is_null_value(value):
        if reading.nulls == "none":
            bad(f"Attribute '{name}' has the {member} {NULL}, which is allowed in updates and merges only.")
    elif kind != "Property" or value.__class__ not in _SCALARS:
        refuse_null_inside(name, kind, value, reading)
        value = checked_value(name, kind, value, reading)
    instance[member] = value  # type: ignore[literal-required]


def _is_plain(body: JsonObject) -> bool:
    """Whether this is a normalized Property with a scalar, and nothing beside it but metadata: what most
    attributes are."""
    value = body.get("value")
    return (
        value.__class__ in _SCALARS
        and value != NULL
        and body.get("type") == "Property"
        and _PLAIN.issuperset(body)
    )


def _plain(name: str, body: JsonObject, reading: Reading) -> Instance:
    """The instance that `_instance` reads from it."""
    instance: Instance = {"type": "Property", "value": body["value"]}
    if len(body) > 2:
        for member in body:
            if member in _METADATA:
                _read_metadata(name, member, body[member], instance, reading)
    return instance


def _read_metadata(name: str, member: str, value: Json, instance: Instance, reading: Reading) -> None:
    where = f"The {member} of attribute '{name}'"
    if value == NULL and member != "datasetId":
        _check_removal(where, reading)
        instance[member] = NULL  # type: ignore[literal-required]
        return
    match member:
        case "observedAt" | "expiresAt":
            instance[member] = check_moment(value, where)
        case "datasetId":
            if value != "@none":
                if value == NULL or not isinstance(value, str) or not is_uri(value):
                    bad(f"{where} is not a URI.")
                instance["datasetId"] = value
        case "objectType":
            instance["objectType"] = _object_types(where, value, reading)
        case "valueType" if isinstance(value, str):
            instance["valueType"] = reading.context.expand(value)
        case "unitCode" if isinstance(value, str) and value:
            if instance.get("type") not in {None, "Property", "ListProperty"}:
                bad(f"Attribute '{name}' is a {instance.get('type')} and cannot have a unitCode.")
            instance["unitCode"] = value
        case _:
            bad(f"{where} is not a string.")


def _check_removal(where: str, reading: Reading) -> None:
    if reading.nulls == "none":
        bad(f"{where} is {NULL}, which is allowed in updates and merges only.")


def _object_types(where: str, value: Json, reading: Reading) -> list[str]:
    if reading.may_hold_null and holds_null(value):
        bad(f"{where} holds {NULL}, which is the name of no type.")
    found = expand_vocab(value, reading.context, where)
    return [found] if isinstance(found, str) else found


def _distinct(name: str, instances: list[Instance]) -> list[Instance]:
    """Refuse two instances for one datasetId, and instances of different types (clause 4.5.5)."""
    seen: set[str] = set()
    for instance in instances:
        dataset = instance.get("datasetId", "@none")
        if dataset in seen:
            which = "without a datasetId" if dataset == "@none" else f"with the datasetId '{dataset}'"
            bad(f"Attribute '{name}' has two instances {which}.")
        seen.add(dataset)
    return instances


def _simplified(name: str, value: Json, reading: Reading) -> list[Instance]:
    """A value in simplified representation (clause 4.5.4): only languageMap, vocab, json and dataset are
    wrapped; any other object is a value."""
    plain = reading._replace(simplified=False)
    if isinstance(value, dict) and len(value) == 1:
        if not WRAPPED.isdisjoint(value):
            return [_instance(name, value, plain, 0)]
        datasets = datasets_in(value)
        if datasets is not None:
            return of_datasets(name, datasets, lambda _, each: _simplified(name, each, reading))
    if isinstance(value, dict) and not _is_geometry(value):
        return [_bare_property(name, value, reading)]
    return [_bare(name, value, plain)]
