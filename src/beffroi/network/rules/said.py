"""What an operator has the node say of itself."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.network.rules.schema import LANGUAGE, LINE, Schema, list_of, object_of

_LONGITUDE: Final[JsonObject] = {"type": "number", "minimum": -180, "maximum": 180}
_LATITUDE: Final[JsonObject] = {"type": "number", "minimum": -90, "maximum": 90}
POINT: Final[JsonObject] = {
    "type": "array",
    "prefixItems": [_LONGITUDE, _LATITUDE],
    "minItems": 2,
    "maxItems": 2,
}
SAID: Final = Schema(
    object_of(
        "organisation place languages",
        organisation={**LINE, "maxLength": 200},
        place=object_of("name", name={**LINE, "maxLength": 200}, point=POINT),
        languages=list_of(LANGUAGE, 20, 1),
    )
)


def own_words(body: JsonObject) -> JsonObject:
    """`{organisation, place: {name, point?}, languages}`. Raises Problem(BadRequestData).

    >>> own_words({"organisation": "City", "place": {"name": "Here"}, "languages": ["fr"]})["languages"]
    ['fr']
    """
    SAID.check(body, "identity")
    return body
