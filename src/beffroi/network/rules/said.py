"""What an operator has the node say of itself."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.network.rules.schema import LANGUAGE, LINE, POSITION, Schema, list_of, object_of

SAID: Final = Schema(
    object_of(
        "organisation place languages",
        organisation={**LINE, "maxLength": 200},
        place=object_of("name", name={**LINE, "maxLength": 200}, point=POSITION),
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
