"""What a buyer reads of an offering before ordering it, and the order that follows (TMF622)."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Record
from beffroi.market.rules.apis.tmf620 import BEFORE_SALE
from beffroi.market.rules.dcat.offer import is_active
from beffroi.market.rules.offers.sale_period import sale_period
from beffroi.market.rules.orders.holding import Wish, check_left
from beffroi.market.rules.orders.parties import sellers_in
from beffroi.market.rules.orders.terms import limits_in

AGREED: Final = "agreed"
"""The member of an item that says what its buyer read: the `reading_of` the offering."""

TOUCHED: Final = frozenset({"lastUpdate", "href"})
MOST_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """What a buyer chooses: how many of it, and what for; empty: for all that the terms allow."""

    quantity: int = 1
    purpose: str = ""
    reference: str = ""


def is_on_sale(offering: JsonObject, now: Instant) -> bool:
    """Whether an offering can be ordered by itself at a moment."""
    return (
        is_active(offering) and offering.get("isSellable") is not False and sale_period(offering).holds(now)
    )


def check_on_sale(offering: JsonObject, name: str, now: Instant) -> None:
    """Raise Problem(Conflict) for an offering, called so, that nobody can order yet, or any more."""
    period = sale_period(offering)
    if str(offering.get("lifecycleStatus")).lower() in BEFORE_SALE:
        raise Problem(Conflict, f"The offer '{name}' is not on sale yet.")
    if is_active(offering) and period.is_to_come(now):
        raise Problem(Conflict, f"The offer '{name}' goes on sale at {shortened(period.since)}.")
    if is_active(offering) and period.is_over(now):
        raise Problem(Conflict, f"The offer '{name}' was on sale until {shortened(period.until)}.")
    if not is_on_sale(offering, now):
        raise Problem(Conflict, f"The offer '{name}' is not on sale any more.")


def check_orderable(offering: JsonObject, name: str, wish: Wish, stock: Record | None, now: Instant) -> None:
    """Raise Problem(Conflict) for an offering, called so, that is not on sale or of which not as many are
    left as are wished; `stock` says who holds it (`holding.stock_key`)."""
    check_on_sale(offering, name, now)
    check_left(name, limits_of(offering), wish, stock)


def order_document(
    offering: JsonObject, name: str, buyer: JsonObject, choice: Choice, agreed: str
) -> JsonObject:
    """The productOrder (TMF622) of one offering, an item for each product; `buyer` is the reference to it,
    `name` what an offering without a name is called, `agreed` what its buyer read, see `reading_of`."""
    item: JsonObject = {
        "action": "add",
        "quantity": 1,
        "productOffering": {"id": offering["id"], "name": offering.get("name") or name},
        AGREED: agreed,
    }
    if choice.purpose:
        item["product"] = {"productCharacteristic": [{"name": "purpose", "value": [choice.purpose]}]}
    document: JsonObject = {
        "productOrderItem": [{"id": str(number), **item} for number in range(1, choice.quantity + 1)],
        "relatedParty": [{**buyer, "role": "buyer"}],
    }
    return {**document, "externalId": choice.reference} if choice.reference else document


def asked_in(offering: str, buyer: str, choice: Choice) -> JsonObject:
    """What somebody asks for who orders: the same however the offering changes."""
    return {
        "offering": offering, "buyer": buyer, "quantity": choice.quantity, "purpose": choice.purpose,
        "reference": choice.reference,
    }  # fmt: skip


def most_of(offering: JsonObject) -> int:
    """How many of an offering one order may ask for: several where it says how many a party may hold."""
    total, each = limits_of(offering)
    return min([one for one in (total, each, MOST_AT_ONCE) if one]) if total or each else 1


def limits_of(offering: JsonObject) -> tuple[int, int]:
    """As `limits_in`; none of an offering that was written before they were checked."""
    try:
        return limits_in(offering)
    except Problem:
        return 0, 0


def reading_of(offering: JsonObject, specification: JsonObject, prices: Iterable[JsonObject]) -> str:
    """A text that changes when what a buyer agrees to does: who sells, terms, prices, and what is sold."""
    whole: JsonObject = {
        "name": offering.get("name"),
        "by": [str(party["id"]) for party in sellers_in(offering, specification)],
        "terms": offering.get("productOfferingTerm"),
        "use": offering.get("prodSpecCharValueUse"),
        "what": specification.get("productSpecCharacteristic"),
        "prices": [_untouched(price) for price in prices],
    }
    return sha256(encode(whole)).hexdigest()[:32]


def check_agreed(
    item: JsonObject, offering: JsonObject, specification: JsonObject, prices: Iterable[JsonObject]
) -> None:
    """Raise Problem(Conflict) for an item whose buyer agreed to what the offering says no more. One that does
    not say what was agreed to is of the offering as it is."""
    if AGREED in item and item[AGREED] != reading_of(offering, specification, prices):
        raise Problem(Conflict, "The offer has changed since you read it. Read its terms again.")


def _untouched(price: JsonObject) -> JsonObject:
    return {name: value for name, value in price.items() if name not in TOUCHED}
