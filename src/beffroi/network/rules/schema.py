"""Schema: what a document of the network may hold (JSON Schema 2020-12), refused with a sentence."""

from itertools import islice
from typing import Final

from jsonschema_rs import Draft202012Validator, ValidationError

from beffroi.kernel.instant import parse_instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem

MOST_TOLD: Final = 5
_LONGEST_REASON: Final = 300


class Schema:
    """A JSON Schema and what checks by it."""

    def __init__(self, document: JsonObject) -> None:
        self.document: Final = document
        self._validator: Final = Draft202012Validator(
            document, validate_formats=True, formats={"date-time": is_moment}
        )

    def check(self, content: Json, what: str) -> None:
        """Raises Problem(BadRequestData) that names each wrong member of `what` and its value."""
        wrong = [_sentence(error) for error in islice(self._validator.iter_errors(content), MOST_TOLD)]
        if wrong:
            raise Problem(BadRequestData, f"The {what} is not right: {'; '.join(wrong)}.")


def is_moment(text: str) -> bool:
    """Whether this is a date-time that can be shown in every zone: the calendar of programs ends with 9999.

    >>> is_moment("2027-03-01T12:00:00+01:00"), is_moment("9999-12-31T23:59:59Z"), is_moment("soon")
    (True, False, False)
    """
    at = parse_instant(text)
    return at is not None and "1000" <= at < "9999"


def object_of(required: str = "", /, **members: JsonObject) -> JsonObject:
    """The schema of an object with these members and no others; `required` names some of them.

    >>> object_of("name", name=TEXT)["required"]
    ['name']
    """
    return {
        "type": "object",
        "required": [*required.split()],
        "properties": {**members},
        "additionalProperties": False,
    }


def list_of(items: JsonObject, most: int, least: int = 0) -> JsonObject:
    """The schema of a list of `least` to `most` such items."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def one_of(*texts: str) -> JsonObject:
    """The schema of one of these texts."""
    return {"enum": [*texts]}


TEXT: Final[JsonObject] = {"type": "string", "minLength": 1, "maxLength": 10_000}
LINE: Final[JsonObject] = {"type": "string", "minLength": 1, "maxLength": 300, "pattern": "^[^\\n\\r]*$"}
NUMBER: Final[JsonObject] = {"type": "number"}
FLAG: Final[JsonObject] = {"type": "boolean"}
DATE: Final[JsonObject] = {"type": "string", "format": "date"}
MOMENT: Final[JsonObject] = {"type": "string", "format": "date-time"}
URL: Final[JsonObject] = {"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 2_000}
DID_URL: Final[JsonObject] = {
    "type": "string",
    "pattern": "^did:web:[^\\s]+/[a-z-]+/[^\\s/]+$",
    "maxLength": 600,
}
POSITION: Final[JsonObject] = {
    "type": "array",
    "description": "Longitude and latitude in WGS 84 degrees.",
    "prefixItems": [
        {"type": "number", "minimum": -180, "maximum": 180},
        {"type": "number", "minimum": -90, "maximum": 90},
    ],
    "minItems": 2,
    "maxItems": 2,
}
LANGUAGE: Final[JsonObject] = {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"}


def _sentence(error: ValidationError) -> str:
    path = ".".join(str(part) for part in error.instance_path)
    return f"'{path}': {_short(error.message)}" if path else _short(error.message)


def _short(reason: str) -> str:
    """A reason with its value cut in the middle: what is wrong with it stands at the end."""
    half = _LONGEST_REASON // 2
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:half]}…{reason[-half:]}"
