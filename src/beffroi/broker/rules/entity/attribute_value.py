"""Check the value of an attribute by the type of the attribute (clause 4.5)."""

from typing import cast

from beffroi.broker.rules.entity.entity import NULL, VALUE_MEMBER, AttributeType
from beffroi.broker.rules.entity.reading import Reading
from beffroi.broker.rules.entity.values import expand_value, expand_vocab, holds_null, holds_null_in_array
from beffroi.broker.rules.geo.geometry import read_geometry
from beffroi.broker.rules.names import bad, check_uri
from beffroi.kernel.json import Json

MOST_OBJECTS = 10_000
MOST_LANGUAGES = 1_000
_MERGED = frozenset({"Property", "LanguageProperty", "JsonProperty"})
"""Whose values a merge goes into: in others a null would be stored."""


def is_null_value(value: Json) -> bool:
    """True for the NGSI-LD Null in the forms of clause 4.5.0."""
    if isinstance(value, str):
        return value == NULL
    return value in ([NULL], {"@none": NULL}) if isinstance(value, (list, dict)) else False


def checked_value(name: str, kind: AttributeType, value: Json, reading: Reading) -> Json:
    """A value as it is kept, for an attribute of this type. Raises Problem(BadRequestData) for one that the
    type does not have."""
    where = f"attribute '{name}'"
    match kind:
        case "Property":
            return expand_value(value, reading.context, where)
        case "GeoProperty":
            return read_geometry(value)
        case "Relationship":
            return read_objects(f"relationship '{name}'", value)
        case "LanguageProperty":
            return _language_map(name, value)
        case "VocabProperty":
            return cast("Json", expand_vocab(value, reading.context, f"The vocab of {where}"))
        case "ListProperty":
            if not isinstance(value, list):
                bad(f"The valueList of {where} is not an array.")
            return expand_value(value, reading.context, where)
        case "ListRelationship":
            return _object_list(name, value)
        case "JsonProperty":
            return value


def refuse_null_inside(name: str, kind: AttributeType, value: Json, reading: Reading) -> None:
    """Clause 5.5.4: only a merge goes into values, and that not into arrays."""
    if not reading.may_hold_null:
        return
    merges = reading.nulls == "inside" and kind in _MERGED
    if holds_null_in_array(value) if merges else holds_null(value):
        bad(f"The {VALUE_MEMBER[kind]} of attribute '{name}' holds {NULL} where nothing can be removed.")


def read_objects(where: str, value: Json) -> Json:
    """The object or objects of a relationship, which `where` names. Raises Problem(BadRequestData)."""
    if isinstance(value, list):
        if not value:
            bad(f"{where[0].upper()}{where[1:]} has an empty array of objects.")
        if len(value) > MOST_OBJECTS:
            bad(f"{where[0].upper()}{where[1:]} has more than {MOST_OBJECTS} objects.")
        return [check_uri(item, f"The object of {where}") for item in value]
    return check_uri(value, f"The object of {where}")


def _object_list(name: str, value: Json) -> Json:
    if not isinstance(value, list):
        bad(f"The objectList of attribute '{name}' is not an array.")
    if len(value) > MOST_OBJECTS:
        bad(f"Attribute '{name}' has more than {MOST_OBJECTS} objects.")
    uris = [item.get("object") if isinstance(item, dict) else item for item in value]
    return [check_uri(item, f"The objectList of attribute '{name}'") for item in uris]


def _language_map(name: str, value: Json) -> Json:
    if not isinstance(value, dict):
        bad(f"The languageMap of attribute '{name}' is not an object.")
    if len(value) > MOST_LANGUAGES:
        bad(f"The languageMap of attribute '{name}' has more than {MOST_LANGUAGES} languages.")
    for tag, text in value.items():
        if not tag or (tag != "@none" and not tag.replace("-", "").isalnum()):
            bad(f"The languageMap of attribute '{name}' has the key '{tag[:50]}', which is no language tag.")
        if not isinstance(text, str) and not (
            isinstance(text, list) and all(isinstance(item, str) for item in text)
        ):
            bad(f"The languageMap of attribute '{name}' has no text for '{tag}'.")
    return value
