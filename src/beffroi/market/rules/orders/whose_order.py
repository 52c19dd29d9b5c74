"""Whose word an order is (TMF622): that of who sells all that it is about.

A new order is of one seller, or of several that sell the same things together. One of before that is about
what different sellers sell is nobody's but an operator's.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Forbidden, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.documents.behaviour import Scene
from beffroi.market.rules.documents.visibility import OPERATE
from beffroi.market.rules.orders.parties import is_buyer, sellers_in
from beffroi.market.rules.orders.product_change import product_key
from beffroi.market.rules.orders.state import items_of

_NOTHING: Final = "noChange"


def check_one_seller(sold: Iterable[Sequence[JsonObject]]) -> list[JsonObject]:
    """Who sells all that a new order is about: each of `sold` are the stored documents that say who sells one
    thing, an offering with its specification or a product. Raises Problem(BadRequestData) for different ones.
    """
    each = [{str(party["id"]): party for party in sellers_in(*documents)} for documents in sold]
    if any(one.keys() != each[0].keys() for one in each):
        parties = {id: party for one in each for id, party in one.items()}
        names = ", ".join(sorted(str(party.get("name") or id)[:80] for id, party in parties.items()))
        raise Problem(
            BadRequestData,
            f"The order is about offerings of different sellers ({names}); place one order for each of them.",
        )
    return [*each[0].values()] if each else []


def products_of(order: JsonObject) -> list[Key]:
    """The products that a stored order is about: they say who sells them."""
    return [key for item in items_of(order) if (key := product_key(item))]


def check_decides(order: JsonObject, scene: Scene) -> None:
    """Raise Problem(Forbidden) for who does not sell all of a stored order; an operator and the node decide.

    Who sells is what the node wrote into the items and the products, and not what the order says. `scene` has
    `products_of` the order.
    """
    actor = scene.actor
    if actor is None or OPERATE in actor.may:
        return
    sellers = _sellers(order, scene.records)
    if any(actor.party not in each for each in sellers) or not (actor.party and sellers):
        raise Problem(
            Forbidden,
            f"'{actor.name}' does not sell all that the order '{order['id']}' is about and cannot move its "
            "state; who bought it may post a cancelProductOrder.",
        )
    if is_buyer(order, actor.party) and any(len(each) > 1 for each in sellers):
        raise Problem(
            Forbidden,
            f"'{actor.name}' buys what the order '{order['id']}' is about; who sells it with "
            f"'{actor.party}' moves its state.",
        )


def check_gives_up(order: JsonObject, scene: Scene) -> None:
    """Raise Problem(Forbidden) for one of different sellers who would cancel what the others sell."""
    actor = scene.actor
    if actor is None or is_buyer(order, actor.party):
        return
    if any(actor.party in each for each in _sellers(order, scene.records)):
        check_decides(order, scene)


def _sellers(order: JsonObject, known: Mapping[Key, Record]) -> list[set[str]]:
    """By item the ids of who sells it; nothing happens to an item that changes nothing."""
    found = list[set[str]]()
    for item in items_of(order):
        key = product_key(item)
        if item["action"] == _NOTHING:
            continue
        document = item if key is None else known[key].body if key in known else {}
        found.append({str(party["id"]) for party in sellers_in(document)})
    return found
