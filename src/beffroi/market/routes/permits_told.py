"""What the addresses of permits take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.routes.inventory import PREFIX
from beffroi.market.routes.permits import LONGEST_REASON, PERMIT_ROUTES
from beffroi.market.rules.offers.permit import MOST_TENANTS, MOST_TYPES
from beffroi.market.wire.bodies import JSON
from beffroi.web.description import Answer, Chapter, Content, Row, Told, ref, sentence_of

_TEXT: Final[JsonObject] = {"type": "string"}
_DATA: Final[JsonObject] = {
    "type": "array",
    "maxItems": MOST_TENANTS,
    "items": {
        "type": "object",
        "required": ["types"],
        "properties": {
            "tenant": {"type": "string", "default": ""},
            "types": {
                "type": "array",
                "maxItems": MOST_TYPES,
                "items": _TEXT,
                "description": "Names or IRIs; * for every type.",
            },
        },
    },
}
_WHY: Final[JsonObject] = {
    "type": "string",
    "maxLength": LONGEST_REASON,
    "description": "Why; it stands in the audit log.",
}
_GIVEN: Final = Content(
    (JSON,),
    {"type": "object", "required": ["data"], "properties": {"data": _DATA, "reason": _WHY}},
    {"data": [{"tenant": "", "types": ["BikeHireDockingStation"]}]},
)


def _tell(row: Row) -> Told:
    one = Content((JSON,), ref("Permit"))
    if row.path == "/permits":
        listed = Content((JSON,), {"type": "array", "items": ref("Permit")})
        return Told(sentence_of(row), (), None, (Answer(200, "All that concern you.", listed),))
    body = _GIVEN if row.method == "PUT" else None
    return Told(sentence_of(row), (), body, (Answer(200, "The permit.", one),))


PERMIT_CHAPTER: Final = Chapter(
    name="Who may sell what",
    about="Operators say which data of this node a party sells.",
    prefix=PREFIX,
    rows=PERMIT_ROUTES,
    tell=_tell,
    problem=Content((JSON,), ref("TmfError")),
    path={"party": {"schema": {"type": "string", "minLength": 1}, "description": "The id of a party."}},
    schemas={
        "Permit": {
            "type": "object",
            "required": ["party", "data", "at", "by"],
            "properties": {
                "party": _TEXT,
                "data": _DATA,
                "at": {"type": "string", "format": "date-time"},
                "by": _TEXT,
            },
        }
    },
)
