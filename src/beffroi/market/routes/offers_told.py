"""What the address of an offering as its buyer reads it takes and gives, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.routes.offers import OFFER_ROUTES
from beffroi.market.rules.access.usage_chain import METRICS
from beffroi.market.wire.speech import LANGUAGES
from beffroi.web.description import Answer, Chapter, Content, Row, Told, header, query, ref, sentence_of

_TEXT: Final[JsonObject] = {"type": "string"}
_NUMBER: Final[JsonObject] = {"type": "number", "minimum": 0}
_COUNT: Final[JsonObject] = {"type": "integer", "minimum": 0, "default": 0}
_MONTH: Final[JsonObject] = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_MONEY: Final[JsonObject] = {
    "type": "object",
    "required": ["unit", "value"],
    "properties": {
        "unit": {"type": "string", "description": "A currency (ISO 4217)."},
        "value": {"type": "number"},
    },
}
_LINE: Final[JsonObject] = {
    "type": "object",
    "required": ["name", "quantity", "unit", "price", "base", "taxExcludedAmount"],
    "properties": {
        "name": _TEXT,
        "quantity": _NUMBER,
        "unit": _TEXT,
        "price": {**_MONEY, "description": "For each `base` of `unit`."},
        "base": _NUMBER,
        "taxExcludedAmount": _MONEY,
    },
}
_PREVIEW: Final[JsonObject] = {
    "type": "object",
    "description": "The bill of a month in which the product begins, on the first day.",
    "required": ["month", "line", "taxExcludedAmount", "taxAmount", "taxIncludedAmount"],
    "properties": {
        "month": _MONTH,
        "line": {"type": "array", "items": _LINE},
        "taxExcludedAmount": _MONEY,
        "taxAmount": _MONEY,
        "taxIncludedAmount": _MONEY,
    },
}
_OFFER: Final[JsonObject] = {
    "type": "object",
    "required": ["offering", "agreed", "terms"],
    "properties": {
        "offering": {
            "type": "object",
            "required": ["id", "href", "name"],
            "properties": {"id": _TEXT, "href": {"type": "string", "format": "uri"}, "name": _TEXT},
        },
        "agreed": {
            "type": "string",
            "description": "What each productOrderItem carries in `agreed`: an order is refused where the "
            "offering says something else by then.",
        },
        "terms": {"type": "array", "items": _TEXT, "description": "A sentence each."},
        "preview": _PREVIEW,
        "notOrderable": {
            **_TEXT,
            "description": "Why who asks cannot order it now: its sale, its prices, or that as many are held "
            "as may be held at once.",
        },
    },
}


def _tell(row: Row) -> Told:
    answer = Answer(
        200,
        "What the offering says.",
        Content(("application/json",), ref("OfferAsRead")),
        ("Content-Language",),
    )
    return Told(sentence_of(row), ("Accept-Language", *METRICS, "month"), None, (answer,))


OFFER_CHAPTER: Final = Chapter(
    name="Offers as their buyers read them",
    about="What is read before an order, and what the order then carries.",
    prefix="",
    rows=OFFER_ROUTES,
    tell=_tell,
    problem=Content(("application/json",), ref("TmfError")),
    path={
        "id": {"schema": {"type": "string", "minLength": 1}, "description": "The id of a productOffering."}
    },
    parameters={
        "Accept-Language": header(_TEXT, f"One of {', '.join(LANGUAGES)} is answered, or else English."),
        **{name: query(_COUNT, f"How many {name} are expected in the month.", 1000) for name in METRICS},
        "month": query(_MONTH, "The month of the preview, in UTC; this one by default.", "2026-11"),
    },
    schemas={"OfferAsRead": _OFFER},
)
