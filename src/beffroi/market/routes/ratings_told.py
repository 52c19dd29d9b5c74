"""What the addresses of ratings take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.routes.ratings import RATING_ROUTES
from beffroi.market.rules.offers.product_rating import LONGEST_WORDS, MOST_STARS
from beffroi.market.wire.bodies import JSON
from beffroi.web.description import Answer, Chapter, Content, Row, Told, query, ref, sentence_of

_STARS: Final[JsonObject] = {"type": "integer", "minimum": 1, "maximum": MOST_STARS}
_WORDS: Final[JsonObject] = {"type": "string", "maxLength": LONGEST_WORDS}
_SHOWN: Final[JsonObject] = {
    "type": "object",
    "required": ["stars", "words", "at"],
    "properties": {"stars": _STARS, "words": _WORDS, "at": {"type": "string", "format": "date-time"}},
}
_GIVEN: Final[JsonObject] = {
    "type": "object",
    "required": ["stars"],
    "additionalProperties": False,
    "properties": {"stars": _STARS, "words": _WORDS},
}
_ALL: Final[JsonObject] = {
    "type": "object",
    "required": ["count", "average", "rating"],
    "properties": {
        "count": {"type": "integer"},
        "average": {"type": ["number", "null"]},
        "rating": {"type": "array", "items": ref("Rating")},
    },
}


def _tell(row: Row) -> Told:
    match row.method:
        case "PUT":
            kept = Answer(200, "The rating.", Content((JSON,), ref("Rating")))
            return Told(sentence_of(row), (), Content((JSON,), ref("GivenRating")), (kept,))
        case "DELETE":
            return Told(sentence_of(row), (), None, (Answer(204, "It is gone."),))
        case _:
            found = Answer(200, "The ratings.", Content((JSON,), ref("Ratings")))
            return Told(sentence_of(row), ("offering",), None, (found,))


RATING_CHAPTER: Final = Chapter(
    name="Ratings",
    about="What holders of products say of them.",
    prefix="",
    rows=RATING_ROUTES,
    tell=_tell,
    problem=Content((JSON,), {"type": "object", "required": ["code", "reason"]}),
    parameters={"offering": query({"type": "string"}, "The id of a productOffering.", "id-000001")},
    path={"id": {"schema": {"type": "string", "minLength": 1}, "description": "The id of the product."}},
    schemas={"Rating": _SHOWN, "GivenRating": _GIVEN, "Ratings": _ALL},
)
