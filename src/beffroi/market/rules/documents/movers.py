"""Who may bring a document into a state, and who is named as a seller.

The machines say which state may follow which; this table says whose word that is. Products are moved by the
rule in `product`; documents that only operators write are not here.
"""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.documents.visibility import OPERATE, Actor
from beffroi.market.rules.orders.parties import is_buyer, is_seller, sellers_in

SELLER, BUYER = "seller", "buyer"
_BY_SELLER, _BY_BUYER, _BY_BOTH = frozenset({SELLER}), frozenset({BUYER}), frozenset({SELLER, BUYER})

MOVERS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "quote": {
        "inProgress": _BY_SELLER,
        "pending": _BY_SELLER,
        "approved": _BY_SELLER,
        "accepted": _BY_BUYER,
        "rejected": _BY_BUYER,
        "cancelled": _BY_BOTH,
    },
}
"""By the name of the resource: whose word each state is. Without a row whoever writes it moves it."""


def check_moves(resource: Resource, before: JsonObject, after: JsonObject, actor: Actor) -> None:
    """Raise Problem(Forbidden) for a move that is not for this actor to make."""
    old, new = before.get(resource.state_member), after.get(resource.state_member)
    sides = MOVERS.get(resource.name, {}).get(str(new))
    if old == new or sides is None or OPERATE in actor.may:
        return
    if not sides & _sides(before, actor.party):
        raise Problem(
            Forbidden,
            f"'{actor.name}' cannot make the {resource.name} '{before['id']}' {new}: that is for its "
            f"{' or its '.join(sorted(sides))} to do.",
        )


def check_sellers(resource: Resource, after: JsonObject, before: JsonObject | None, actor: Actor) -> None:
    """Raise Problem(Forbidden) where somebody puts another firm into the catalogue as a seller."""
    if not resource.public or OPERATE in actor.may:
        return
    known = [party["id"] for party in sellers_in(before)] if before is not None else list[Json]()
    for party in sellers_in(after):
        if party["id"] != actor.party and party["id"] not in known:
            raise Problem(
                Forbidden,
                f"'{actor.name}' cannot name '{str(party['id'])[:100]}' as the {party['role']} of a "
                f"{resource.name}: a firm names itself.",
            )


def _sides(document: JsonObject, party: str) -> frozenset[str]:
    """On which side a party stands. Who buys does not sell, whatever else the document calls him."""
    if is_buyer(document, party):
        return _BY_BUYER
    return _BY_SELLER if is_seller(document, party) else frozenset()
