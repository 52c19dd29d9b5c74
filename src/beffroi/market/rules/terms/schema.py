"""The JSON Schema of a DataUseTerm (2020-12), as `read_terms` reads it."""

from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.licence import LICENCES
from beffroi.market.rules.offers.translations import LANGUAGES
from beffroi.market.rules.terms.data_use_term import (
    GREATEST_DURATION,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_WORDS,
    PERSONAL_DATA,
    PURPOSE,
    REGION,
    TYPE,
    UNITS,
    URL,
)

_MOMENT: Final[JsonObject] = {"type": "string", "format": "date-time"}
_LICENCE_TEXTS: Final[JsonObject] = {
    "name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
    "text": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
}


def _words(pattern: str) -> JsonObject:
    return {"type": "array", "maxItems": MOST_WORDS, "items": {"type": "string", "pattern": f"^({pattern})$"}}


TERM_SCHEMA: Final[JsonObject] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": TYPE,
    "description": "What may be done with what an offering sells.",
    "type": "object",
    "required": ["@type", "licence"],
    "properties": {
        "@type": {"const": TYPE},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "licence": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["spdxId"],
                    "properties": {"spdxId": {"enum": list[Json](LICENCES)}},
                },
                {
                    "type": "object",
                    "required": ["name", "text"],
                    "not": {"required": ["spdxId"]},
                    "properties": {
                        **_LICENCE_TEXTS,
                        "url": {"type": "string", "pattern": f"^({URL})?$"},
                        "translation": {
                            "type": "object",
                            "propertyNames": {"enum": list[Json](LANGUAGES)},
                            "additionalProperties": {
                                "type": "object",
                                "required": ["name", "text"],
                                "properties": _LICENCE_TEXTS,
                            },
                        },
                    },
                },
            ]
        },
        "purpose": _words(PURPOSE),
        "region": _words(REGION),
        "resale": {"type": "boolean"},
        "personalData": {"enum": list[Json](PERSONAL_DATA)},
        "validFor": {"type": "object", "properties": {"startDateTime": _MOMENT, "endDateTime": _MOMENT}},
        "duration": {
            "type": "object",
            "required": ["amount", "units"],
            "properties": {
                "amount": {"type": "integer", "minimum": 1, "maximum": GREATEST_DURATION},
                "units": {"enum": [*UNITS, *(f"{unit}s" for unit in UNITS)]},
            },
        },
    },
}
