"""Kinds of values that a need can ask for and that a city's data has."""

from typing import Final

from beffroi.kernel.instant import is_date_time
from beffroi.kernel.json import Json, JsonObject

KINDS: Final = (
    "integer", "number", "text", "boolean", "moment", "list", "object", "geometry", "relationship",
)  # fmt: skip
SATISFIES: Final = {
    "number": ("number", "integer"),
    "text": ("text", "moment"),
}
"""What else will do where a kind is asked for."""
VALUES: Final = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
"""The member that holds the value, by the type of the attribute (clauses 4.5.2 to 4.5.24)."""


def value_of(attribute: JsonObject) -> Json:
    """The value of a normalised attribute instance; None if it has none."""
    return attribute.get(VALUES.get(str(attribute.get("type")), "value"))


def plain(value: Json) -> Json:
    """A value without its JSON-LD wrapping: `{"@type": "DateTime", "@value": …}` is the text."""
    if isinstance(value, dict) and "@value" in value:
        return value["@value"]
    return value


def kind_of(attribute: JsonObject) -> str:
    """Which of KINDS the value is; empty for a null.

    >>> kind_of({"type": "Property", "value": 11})
    'integer'
    """
    match attribute.get("type"):
        case "GeoProperty":
            return "geometry"
        case "Relationship" | "ListRelationship":
            return "relationship"
        case "LanguageProperty":
            return "text"
        case _:
            return kind_of_value(plain(value_of(attribute)))


def kind_of_value(value: Json) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "moment" if is_date_time(value) else "text"
        case list():
            return "list"
        case dict():
            return "object"
        case _:
            return ""


def will_do(found: str, wanted: str) -> bool:
    """Whether a value of one kind can stand where another is wanted, as it is."""
    return found == wanted or found in SATISFIES.get(wanted, ())
