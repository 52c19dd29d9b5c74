"""The JSON Schema (2020-12) of a solution's manifest (docs/reference/solution-manifest.md)."""

from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.licence import LICENCES
from beffroi.network.rules.solutions.kinds import KINDS

FORMAT: Final = "1"
MOST_NEEDS: Final = 20
MOST_ATTRIBUTES: Final = 60
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PROGRAM_LICENCES: Final = (
    "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CECILL-2.1",
    "EPL-2.0", "EUPL-1.2", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "ISC",
    "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MPL-2.0",
    "Unlicense", "LicenseRef-proprietary",
)  # fmt: skip
"""Identifiers of the SPDX list that a program may name; `LicenseRef-proprietary` where none is granted."""

_TERM: Final = "^[A-Za-z][A-Za-z0-9_]{0,79}$"
_ADDRESS: Final = "^https?://[A-Za-z0-9.\\-\\[\\]:]{1,255}(/[^\\s\\\\]{0,1000})?$"
_VERSION: Final = "^[0-9]{1,6}\\.[0-9]{1,6}\\.[0-9]{1,6}(-[0-9A-Za-z.-]{1,40})?$"
_TEXT: Final[JsonObject] = {"type": "string", "minLength": 1, "maxLength": 200}
_DURATION: Final[JsonObject] = {
    "type": "string",
    "pattern": "^P([0-9]{1,4}D)?(T([0-9]{1,4}H)?([0-9]{1,4}M)?([0-9]{1,5}S)?)?$",
    "description": "ISO 8601, days to seconds: PT5M.",
}
_SHARE: Final[JsonObject] = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
_SPOKEN: Final[JsonObject] = {
    "type": "object",
    "required": ["en"],
    "additionalProperties": False,
    "properties": {"en": {**_TEXT, "maxLength": 2000}, "fr": {**_TEXT, "maxLength": 2000}},
}


def _object(required: list[Json], /, **properties: JsonObject) -> JsonObject:
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": dict[str, Json](properties),
    }


_ATTRIBUTE: Final = _object(
    ["name", "kind"],
    name={"type": "string", "pattern": _TERM},
    uri={
        "type": "string",
        "pattern": _ADDRESS,
        "description": "The whole name, where only it will do.",
    },
    kind={"enum": list[Json](KINDS)},
    unit={"type": "string", "minLength": 1, "maxLength": 8, "description": "UN/CEFACT Recommendation 20."},
    maxAge=_DURATION,
    history=_DURATION,
    share={**_SHARE, "description": "Of the entities, how many have to have it; 0.9 unless said."},
    required={"type": "boolean"},
    values={"type": "array", "minItems": 1, "maxItems": 50, "uniqueItems": True, "items": _TEXT},
)
_NEED: Final = _object(
    ["type", "attributes"],
    type={"type": "string", "pattern": _TERM},
    uri={"type": "string", "pattern": _ADDRESS},
    entities={"type": "integer", "minimum": 1, "maximum": 10_000_000},
    required={"type": "boolean"},
    coverage={**_SHARE, "description": "Of the cells of the city's grid, how many have to hold one."},
    attributes={"type": "array", "minItems": 1, "maxItems": MOST_ATTRIBUTES, "items": _ATTRIBUTE},
)
_DATA: Final = _object(
    [],
    commercial={"type": "boolean", "description": "It is used for money."},
    derivatives={"type": "boolean", "description": "Something new is made of the data and published."},
    shareAlike={"type": "boolean", "description": "Results can go on under the licence of the data."},
    accepts={"type": "array", "minItems": 1, "maxItems": 40, "items": {"enum": [*LICENCES]}},
)
_WRITTEN: Final = _object(
    ["type"],
    type={"type": "string", "pattern": _TERM},
    attributes={"type": "array", "maxItems": MOST_ATTRIBUTES, "items": {"type": "string", "pattern": _TERM}},
)

MANIFEST_SCHEMA: Final[JsonObject] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "SolutionManifest",
    "description": "What a solution is, what it needs of a city's data, and what it writes back.",
    **_object(
        ["manifest", "id", "name", "version", "maker", "licence", "program", "needs"],
        manifest={"const": FORMAT},
        id={"type": "string", "pattern": "^[a-z][a-z0-9-]{1,59}$"},
        name=_SPOKEN,
        description=_SPOKEN,
        version={
            "type": "string",
            "pattern": _VERSION,
        },
        maker=_object(["name"], name=_TEXT, url={"type": "string", "pattern": _ADDRESS}),
        licence={"enum": list[Json](PROGRAM_LICENCES)},
        program={"type": "string", "pattern": _ADDRESS, "description": "Where people find the program."},
        needs={"type": "array", "minItems": 1, "maxItems": MOST_NEEDS, "items": _NEED},
        subscriptions={"type": "boolean", "description": "It works better when it is told of changes."},
        crs={
            "type": "array",
            "minItems": 1,
            "maxItems": 10,
            "items": {"type": "string", "pattern": _ADDRESS},
        },
        data=_DATA,
        writes={"type": "array", "maxItems": MOST_NEEDS, "items": _WRITTEN},
    ),
}  # fmt: skip
