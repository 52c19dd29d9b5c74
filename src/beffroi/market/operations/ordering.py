"""Read an offering as who orders it reads it, and order just that."""

from collections.abc import Sequence
from dataclasses import dataclass

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Key
from beffroi.market.operations.parties import existing_party
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, create
from beffroi.market.rules.apis.tmf620 import (
    PRODUCT_OFFERING,
    PRODUCT_OFFERING_PRICE,
    PRODUCT_SPECIFICATION,
)
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.documents.once import Once, first_document, says_the_same
from beffroi.market.rules.documents.visibility import Actor
from beffroi.market.rules.orders.holding import Wish, stock_key
from beffroi.market.rules.orders.placing import (
    Choice,
    asked_in,
    check_orderable,
    order_document,
    reading_of,
)
from beffroi.market.rules.orders.sellable import check_sellable, why_not_sold
from beffroi.market.rules.prices.selling import current


@dataclass(frozen=True, slots=True)
class Offer:
    """An offering with what it names, read at a moment; `specification` is empty where there is none."""

    offering: JsonObject
    specification: JsonObject
    prices: Sequence[JsonObject]
    at: Instant

    @property
    def id(self) -> str:
        return str(self.offering["id"])

    @property
    def name(self) -> str:
        return str(self.offering.get("name") or self.id)

    @property
    def refused(self) -> str:
        """As `sellable.why_not_sold`."""
        return why_not_sold(self.offering, self.specification, self.prices, self.name, self.at)

    @property
    def reading(self) -> str:
        """As `placing.reading_of`."""
        return reading_of(self.offering, self.specification, current(self.prices, self.at))


async def read_offer(market: Market, id: str, actor: Actor) -> Offer:
    """An offering as it stands now. Raises Problem(ResourceNotFound)."""
    return await offer_in(market, await retrieve(market, PRODUCT_OFFERING, id, actor))


async def offer_in(market: Market, offering: JsonObject) -> Offer:
    """The same of an offering that was read."""
    named, listed = offering.get("productSpecification"), offering.get("productOfferingPrice")
    prices = [PRODUCT_OFFERING_PRICE.key(_id(one)) for one in (listed if isinstance(listed, list) else [])]
    specification = PRODUCT_SPECIFICATION.key(_id(named))
    found = await market.store.read([specification, *prices])
    said = found[specification].body if specification in found else {}
    return Offer(offering, said, [found[key].body for key in prices if key in found], market.now())


async def check_can_be_ordered(market: Market, offer: Offer, name: str, wish: Wish) -> None:
    """Raise Problem for an offering, called so, of which an order would be refused as things stand: Conflict,
    or BadRequestData for one whose documents say nothing clear.

    Others may order meanwhile: of those who race for the last unit the commit of the order decides.
    """
    key, now = stock_key(offer.id), market.now()
    stock = (await market.store.read([key])).get(key)
    check_orderable(offer.offering, name, wish, stock, now)
    check_sellable(offer.offering, offer.specification, offer.prices, name, now)


async def placed_before(market: Market, id: str, buyer: str, choice: Choice, key: Key) -> JsonObject | None:
    """The order of this offering that was placed with a key, whatever the offering says by now; None where
    none was. Raises Problem(Conflict) for a key with which something else was ordered."""
    record = (await market.store.read([key])).get(key)
    if record is None:
        return None
    first = first_document(record)
    if not says_the_same(Once(key, asked_in(id, buyer, choice)), record):
        raise Problem(
            Conflict,
            f"The key was used for the order '{first['id']}', which asks for something else or for somebody "
            "else; take another key for another order.",
        )
    return first


async def place(
    market: Market, read: Offer, buyer: str, choice: Choice, asker: Asker, key: Key | None = None
) -> JsonObject:
    """Order for a party what was read; with a key, what is asked for again is the first order, even if what
    is read has changed meanwhile.

    Raises Problem: BadRequestData for a party that does not exist, and what the order is refused for, such as
    Conflict for an offering that has changed since.
    """
    kind, _ = await existing_party(market, buyer)
    reference: JsonObject = {"id": buyer, "@referredType": kind.type}
    document = order_document(read.offering, read.name, reference, choice, read.reading)
    once = Once(key, asked_in(read.id, buyer, choice)) if key is not None else None
    return await create(market, PRODUCT_ORDER, document, asker, once)


def _id(reference: Json) -> str:
    return str(reference.get("id") or "") if isinstance(reference, dict) else ""
