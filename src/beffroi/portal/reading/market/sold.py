"""What a provider sells: offerings with their products, orders that wait, and revenue by month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.record import Key
from beffroi.market.operations.levels import breaches_of
from beffroi.market.operations.ordering import offer_in
from beffroi.market.operations.reading import Sought, count, every, ids_of
from beffroi.market.operations.services import Market
from beffroi.market.rules.access.meter import meter_key, spent_of
from beffroi.market.rules.apis.tmf620 import BEFORE_SALE, PRODUCT_OFFERING
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.dcat.offer import is_active
from beffroi.market.rules.documents.question import Comparison
from beffroi.market.rules.documents.visibility import Actor, sees_all
from beffroi.market.rules.offers.publishing import PUBLISHED
from beffroi.market.rules.offers.sale_period import SalePeriod, sale_period
from beffroi.market.rules.offers.saleable import values_in
from beffroi.market.rules.offers.translations import said_in
from beffroi.market.rules.orders.holder import BUYER_ROLES, SELLER_ROLES, party_with
from beffroi.market.rules.orders.placing import limits_of
from beffroi.market.rules.prices.calendar import day_of, months_later, start_of
from beffroi.portal.reading.market.held import ENDED, LIVING
from beffroi.portal.reading.market.newest import Sheet, having, of_party, sheet
from beffroi.store.port import Store

MONTHS: Final = 12
PIECE: Final = 500


@dataclass(frozen=True, slots=True)
class Sold:
    """One offering of a provider. `products` are the ids of all that came of it, `live` counts those that are
    active, `requests` what all had this month, `breaches` the records of a service level that was missed.
    `refused` says why an order of it would be refused; empty for one that is not published."""

    id: str
    name: str
    state: str
    sale: SalePeriod
    refused: str
    provider: str
    live: int
    requests: int
    breaches: int
    description: str
    products: tuple[str, ...]

    @property
    def is_published(self) -> bool:
        return self.state.lower() in PUBLISHED

    @property
    def is_draft(self) -> bool:
        """Whether it was never on sale: it may be corrected and thrown away."""
        return self.state.lower() in BEFORE_SALE


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order with items that wait for their provider."""

    id: str
    buyer: str
    items: tuple[str, ...]
    at: Instant


@dataclass(frozen=True, slots=True)
class Month:
    """What was billed for a month, without tax."""

    at: Instant
    amount: Decimal


async def sold_by(market: Market, actor: Actor, page: int) -> Sheet:
    """A page of the offerings of the actor's party, the newest first; of all of them for an operator and an
    auditor."""
    where = () if sees_all(actor) else of_party(PRODUCT_OFFERING, actor.party)
    return await sheet(market, [Sought(PRODUCT_OFFERING, where)], actor, page)


async def waiting_for(market: Market, actor: Actor, page: int) -> Sheet:
    """A page of the orders of what the actor's party sells with an item that is `pending`, the newest
    first."""
    sought = Sought(PRODUCT_ORDER, having("productOrderItem.state", "pending"), "seller")
    return await sheet(market, [sought], actor, page)


async def revenue_of(market: Market, actor: Actor, now: Instant) -> dict[str, list[Month]]:
    """What was billed for each of MONTHS months, this one included, the newest first, by currency."""
    sums = dict[str, dict[str, Decimal]]()
    first = start_of(months_later(day_of(now), 1 - MONTHS))
    since = ((Comparison(("billingPeriod", "startDateTime"), ">=", (first,)),),)
    async for bill in every(market, Sought(CUSTOMER_BILL, since, "seller"), actor):
        amount, period = bill.get("taxExcludedAmount"), bill.get("billingPeriod")
        if isinstance(amount, dict) and isinstance(period, dict):
            months = sums.setdefault(str(amount["unit"]), {})
            month = str(period["startDateTime"])[:7]
            value = Decimal(str(amount["value"]))
            months[month] = months.get(month, Decimal(0)) + (-value if "corrects" in bill else value)
    return {currency: _months(months, now) for currency, months in sums.items()}


def _months(sums: dict[str, Decimal], now: Instant) -> list[Month]:
    first = day_of(now)
    starts = [start_of(months_later(first, -back)) for back in range(MONTHS)]
    return [Month(at, sums.get(at[:7], Decimal(0))) for at in starts]


async def sold(market: Market, offering: JsonObject, actor: Actor, now: Instant, code: str) -> Sold:
    """One offering with all of its products that exist for the actor counted."""
    id = str(offering["id"])
    of = having("productOffering.id", id)
    active = Sought(PRODUCT, of + having("status", "active"))
    products = await ids_of(market, Sought(PRODUCT, of), actor)
    return Sold(
        id=id,
        name=said_in(offering, "name", code) or id,
        state=str(offering.get("lifecycleStatus")),
        sale=sale_period(offering),
        refused=(await offer_in(market, offering)).refused if is_active(offering) else "",
        provider=party_with(offering, SELLER_ROLES),
        live=await count(market, active, actor),
        requests=await _requests(market.store, products, now),
        breaches=len(await breaches_of(market.store, id)),
        description=said_in(offering, "description", code),
        products=tuple(products),
    )


async def holders_of(market: Market, offering: str, actor: Actor, page: int) -> Sheet:
    """A page of the products that came of an offering: those that live first, each the newest first."""
    of = having("productOffering.id", offering)
    shelves = [Sought(PRODUCT, of + having("status", *states)) for states in (LIVING, ENDED)]
    return await sheet(market, shelves, actor, page)


def waiting_of(order: JsonObject) -> Waiting:
    """What waits in an order."""
    return Waiting(
        str(order["id"]),
        party_with(order, BUYER_ROLES),
        tuple(_item_name(item) for item in _items(order) if item.get("state") == "pending"),
        parse_instant(str(order.get("orderDate"))) or NO_INSTANT,
    )


async def buyers_of(store: Store, products: Iterable[str]) -> dict[str, str]:
    """Who bought products: the ids of parties by the ids of products."""
    found = await store.read([PRODUCT.key(one) for one in dict.fromkeys(products)])
    return {key.id: party_with(record.body, BUYER_ROLES) for key, record in found.items()}


async def _requests(store: Store, products: Sequence[str], now: Instant) -> int:
    """The requests of this month of products."""
    total = 0
    for start in range(0, len(products), PIECE):
        keys = [meter_key(one) for one in products[start : start + PIECE]]
        for record in (await store.read(keys)).values():
            spent = spent_of(record)
            spent.turn(now)
            total += spent.by_month.get("requests", 0)
    return total


def _items(order: JsonObject) -> list[JsonObject]:
    return objects_in(order.get("productOrderItem"))


def _item_name(item: JsonObject) -> str:
    for member in ("productOffering", "product"):
        named: Json = item.get(member)
        if isinstance(named, dict) and named.get("name"):
            return str(named["name"])
    return str(item.get("id"))


@dataclass(frozen=True, slots=True)
class Offered:
    """What an offering gives and costs, as its documents say."""

    types: tuple[str, ...]
    attributes: tuple[str, ...]
    values: JsonObject
    prices: tuple[JsonObject, ...]
    approval: bool
    total: int
    per_party: int


async def offered_in(store: Store, offering: JsonObject) -> Offered:
    specification_key = _key("productSpecification", offering.get("productSpecification"))
    named = offering.get("productOfferingPrice")
    price_keys = [_key("productOfferingPrice", one) for one in (named if isinstance(named, list) else [])]
    found = await store.read([key for key in (specification_key, *price_keys) if key is not None])
    record = found.get(specification_key) if specification_key else None
    listed = record.body.get("productSpecCharacteristic") if record else None
    texts = {name: tuple(map(str, values_in(listed, name))) for name in ("entityTypes", "attributes")}
    values: JsonObject = {
        name: next(iter(values_in(listed, name)), None)
        for name in ("area", "live", "history", "sample", "rateLimit", "quota", "endpointUrl", "access")
    }
    prices = tuple(found[key].body for key in price_keys if key is not None and key in found)
    approval = offering.get("approval") == "manual"
    return Offered(texts["entityTypes"], texts["attributes"], values, prices, approval, *limits_of(offering))


def _key(resource: str, reference: Json) -> Key | None:
    if isinstance(reference, dict) and isinstance(reference.get("id"), str):
        return Key("", f"tmf:{resource}", str(reference["id"]))
    return None
