"""What a provider sells: offerings with their products, orders that wait, and revenue by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.record import Key
from beffroi.market.operations.levels import breaches_of
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.documents.visibility import Actor, concerns, sees_all
from beffroi.market.rules.offers.saleable import values_in
from beffroi.market.rules.offers.translations import said_in
from beffroi.market.rules.orders.holder import BUYER_ROLES, SELLER_ROLES, party_with
from beffroi.market.rules.orders.placing import limits_of
from beffroi.market.rules.prices.calendar import day_of, months_later, start_of
from beffroi.portal.reading.market.held import visible_documents
from beffroi.portal.reading.market.usage import spent_by
from beffroi.store.port import Store

MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Sold:
    """One offering of a provider. `live` counts products that are active, `requests` theirs this month,
    `breaches` the records of a service level that was missed."""

    id: str
    name: str
    state: str
    provider: str
    live: int
    requests: int
    breaches: int
    description: str


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


async def sold_by(market: Market, actor: Actor, now: Instant, code: str) -> list[Sold]:
    """The offerings of the actor's party; all of them for an operator and an auditor."""
    offerings = await visible_documents(market, PRODUCT_OFFERING, actor)
    products = [one for one in await visible_documents(market, PRODUCT, actor) if _sells(one, actor)]
    mine = [one for one in offerings if sees_all(actor) or concerns(PRODUCT_OFFERING, one, actor.party)]
    found = [await _sold(market, one, products, now, code) for one in mine]
    return sorted(found, key=lambda one: one.name)


async def waiting_for(market: Market, actor: Actor) -> list[Waiting]:
    """Orders of what the actor's party sells with an item that is `pending`, the oldest first."""
    orders = await visible_documents(market, PRODUCT_ORDER, actor)
    return [
        Waiting(
            str(order["id"]),
            party_with(order, BUYER_ROLES),
            tuple(_item_name(item) for item in waiting),
            parse_instant(str(order.get("orderDate"))) or NO_INSTANT,
        )
        for order in orders
        if _sells(order, actor)
        and (waiting := [one for one in _items(order) if one.get("state") == "pending"])
    ]


async def revenue_of(market: Market, actor: Actor, now: Instant) -> dict[str, list[Month]]:
    """What was billed for each of MONTHS months, this one included, the newest first, by currency."""
    sums = dict[str, dict[str, Decimal]]()
    for bill in await visible_documents(market, CUSTOMER_BILL, actor):
        amount, period = bill.get("taxExcludedAmount"), bill.get("billingPeriod")
        if _sells(bill, actor) and isinstance(amount, dict) and isinstance(period, dict):
            months = sums.setdefault(str(amount["unit"]), {})
            month = str(period["startDateTime"])[:7]
            value = Decimal(str(amount["value"]))
            months[month] = months.get(month, Decimal(0)) + (-value if "corrects" in bill else value)
    return {currency: _months(months, now) for currency, months in sums.items()}


def _months(sums: dict[str, Decimal], now: Instant) -> list[Month]:
    first = day_of(now)
    starts = [start_of(months_later(first, -back)) for back in range(MONTHS)]
    return [Month(at, sums.get(at[:7], Decimal(0))) for at in starts]


async def _sold(
    market: Market, offering: JsonObject, products: Sequence[JsonObject], now: Instant, code: str
) -> Sold:
    id = str(offering["id"])
    own = [str(one["id"]) for one in products if _offering_id(one) == id]
    live = sum(str(one.get("status")) == "active" for one in products if _offering_id(one) == id)
    spent = [await spent_by(market.store, product, now) for product in own]
    return Sold(
        id=id,
        name=said_in(offering, "name", code) or id,
        state=str(offering.get("lifecycleStatus")),
        provider=party_with(offering, SELLER_ROLES),
        live=live,
        requests=sum(one.by_month.get("requests", 0) for one in spent),
        breaches=len(await breaches_of(market.store, id)),
        description=said_in(offering, "description", code),
    )


def _sells(document: JsonObject, actor: Actor) -> bool:
    if sees_all(actor):
        return True
    parties = document.get("relatedParty")
    return any(
        isinstance(one, dict)
        and one.get("id") == actor.party
        and str(one.get("role", "")).lower() in SELLER_ROLES
        for one in (parties if isinstance(parties, list) else [])
    )


def _offering_id(product: JsonObject) -> str:
    offering = product.get("productOffering")
    return str(offering.get("id")) if isinstance(offering, dict) else ""


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
        for name in ("area", "live", "history", "rateLimit", "quota", "endpointUrl", "access")
    }
    prices = tuple(found[key].body for key in price_keys if key is not None and key in found)
    approval = offering.get("approval") == "manual"
    return Offered(texts["entityTypes"], texts["attributes"], values, prices, approval, *limits_of(offering))


def _key(resource: str, reference: Json) -> Key | None:
    if isinstance(reference, dict) and isinstance(reference.get("id"), str):
        return Key("", f"tmf:{resource}", str(reference["id"]))
    return None
