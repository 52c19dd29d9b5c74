"""What the addresses for holders of products take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.routes.inventory import INVENTORY_ROUTES, PREFIX
from beffroi.market.wire.bodies import JSON
from beffroi.web.description import Answer, Chapter, Content, Row, Told, header, ref, sentence_of

_TEXT: Final[JsonObject] = {"type": "string"}
_MEMBERS: Final = ("client_id", "client_secret", "token_endpoint", "product")


def _tell(row: Row) -> Told:
    either: JsonObject = {"oneOf": [ref("ClientCredentials"), ref("HandedCredentials")]}
    shown = Answer(201, "The credentials.", Content((JSON,), either))
    awaited = Answer(202, "Their provider was asked for them.", Content((JSON,), ref("AwaitedCredentials")))
    return Told(sentence_of(row), ("Idempotency-Key",), None, (shown, awaited))


INVENTORY_CHAPTER: Final = Chapter(
    name="What was bought",
    about="For who holds a product.",
    prefix=PREFIX,
    rows=INVENTORY_ROUTES,
    tell=_tell,
    problem=Content((JSON,), ref("TmfError")),
    parameters={
        "Idempotency-Key": header(
            _TEXT, "The same key makes no second secret; the first is not shown again."
        ),
    },
    path={"id": {"schema": {"type": "string", "minLength": 1}, "description": "The id of the product."}},
    schemas={
        "ClientCredentials": {
            "type": "object",
            "required": [*_MEMBERS],
            "properties": dict.fromkeys(_MEMBERS, _TEXT),
        },
        "HandedCredentials": {
            "type": "object",
            "required": ["product", "credentials"],
            "properties": {
                "product": _TEXT,
                "credentials": {"type": "object", "description": "By the provider's own names."},
            },
        },
        "AwaitedCredentials": {
            "type": "object",
            "required": ["product", "state", "reason"],
            "properties": {"product": _TEXT, "state": {"const": "asked"}, "reason": _TEXT},
        },
    },
)
