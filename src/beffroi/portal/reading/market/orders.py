"""Orders: what a visitor orders as a document, what was read before it, and how far an order came."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import Problem
from beffroi.market.rules.documents.machines import PRODUCT_ORDER, is_end
from beffroi.market.rules.orders.terms import limits_in
from beffroi.portal.reading.market.offers import Offer

TOUCHED: Final = frozenset({"lastUpdate", "href"})
MOST_AT_ONCE: Final = 20
MOVING: Final = frozenset({"acknowledged", "inProgress"})
"""States that the node leaves by itself, in a moment."""


@dataclass(frozen=True, slots=True)
class Item:
    """One offering of an order; `product` is the id of what came of it, empty until then."""

    offering: str
    name: str
    state: str
    product: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its page shows it. `said` are sentences of who carried it out."""

    id: str
    state: str
    ordered: Instant | None
    finished: Instant | None
    reference: str
    items: tuple[Item, ...]
    said: tuple[str, ...]

    @property
    def is_moving(self) -> bool:
        return self.state in MOVING

    @property
    def is_over(self) -> bool:
        return is_end(PRODUCT_ORDER, self.state)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a buyer chooses: how many of it, and what for; empty: for all that the terms allow."""

    quantity: int = 1
    purpose: str = ""
    reference: str = ""


def order_document(offer: Offer, buyer: JsonObject, choice: Choice) -> JsonObject:
    """The productOrder (TMF622) of one offer, an item for each product; `buyer` is the reference to it."""
    item: JsonObject = {
        "action": "add",
        "quantity": 1,
        "productOffering": {"id": offer.id, "name": offer.document.get("name") or offer.name},
    }
    if choice.purpose:
        item["product"] = {"productCharacteristic": [{"name": "purpose", "value": [choice.purpose]}]}
    document: JsonObject = {
        "productOrderItem": [{"id": str(number), **item} for number in range(1, choice.quantity + 1)],
        "relatedParty": [{**buyer, "role": "buyer"}],
    }
    return {**document, "externalId": choice.reference} if choice.reference else document


def most_of(offer: Offer) -> int:
    """How many of an offer one order may ask for: more than one where it says how many a party may hold."""
    total, each = limits_of(offer.document)
    return min([one for one in (total, each, MOST_AT_ONCE) if one]) if total or each else 1


def limits_of(offering: JsonObject) -> tuple[int, int]:
    """As `limits_in`; none of an offering that was written before they were checked."""
    try:
        return limits_in(offering)
    except Problem:
        return 0, 0


def reading_of(offer: Offer) -> str:
    """A text that changes when what a buyer agrees to does: terms, prices, and what is sold."""
    whole: JsonObject = {
        "name": offer.document.get("name"),
        "terms": offer.document.get("productOfferingTerm"),
        "use": offer.document.get("prodSpecCharValueUse"),
        "what": offer.specification.get("productSpecCharacteristic"),
        "prices": [_untouched(price) for price in offer.prices],
    }
    return sha256(encode(whole)).hexdigest()[:32]


def order_from(body: JsonObject) -> Order:
    """An order as it is stored."""
    items = _objects(body.get("productOrderItem"))
    finished = body.get("completionDate") or body.get("cancellationDate")
    return Order(
        id=str(body["id"]),
        state=str(body.get("state")),
        ordered=_moment(body.get("orderDate")),
        finished=_moment(finished),
        reference=str(body.get("externalId") or ""),
        items=tuple(map(_item, items)),
        said=tuple(dict.fromkeys([*_said(body), *(text for item in items for text in _said(item))])),
    )


def _item(item: JsonObject) -> Item:
    offering, product = item.get("productOffering"), item.get("product")
    offered = offering if isinstance(offering, dict) else {}
    made = product if isinstance(product, dict) else {}
    id = str(offered.get("id") or "")
    name = str(offered.get("name") or made.get("name") or id)
    return Item(id, name, str(item.get("state")), str(made.get("id") or ""))


def _said(body: JsonObject) -> Sequence[str]:
    """The texts of notes, what an item waits for, and why an order was cancelled."""
    texts = [each.get("text") for each in _objects(body.get("note"))]
    texts += [body.get("message")] if body.get("state") in MOVING else []
    texts += [body.get(name) for name in ("cancellationReason", "stateReason")]
    return [text for text in texts if isinstance(text, str) and text]


def _untouched(price: JsonObject) -> JsonObject:
    return {name: value for name, value in price.items() if name not in TOUCHED}


def _moment(value: Json) -> Instant | None:
    return parse_instant(value) if isinstance(value, str) else None


def _objects(value: Json) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
