"""A simulated market for the pages of those who trade: parties, products, usage, bills, an agreement."""

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from tests.market.invoices import organization
from tests.market.prices import monthly, per_use
from tests.market.shop import put, usage
from tests.portal.node import Node, make_node

from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.billing import bill_month
from beffroi.market.operations.offering import draft_offering, publish
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, remove
from beffroi.market.rules.access.usage_chain import USAGE
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.bills.credit import credit
from beffroi.market.rules.offers.draft import Asked, Draft
from beffroi.market.rules.orders.agreement_policy import policy_member
from beffroi.market.rules.prices.money import money_of
from beffroi.market.rules.prices.selling import frozen
from beffroi.market.rules.terms.data_use_term import Terms, term_element
from beffroi.market.rules.terms.odrl import Limits, Parties
from beffroi.portal.services import Doors, PortalSettings
from beffroi.web.message import Actor

BIKES = "https://uri.etsi.org/ngsi-ld/default-context/BikeHireDockingStation"
FIRM = Actor("ana", frozenset({"read", "trade"}), party="firm", roles=frozenset({"buyer"}))
OTHER = Actor("bob", frozenset({"read", "trade"}), party="other", roles=frozenset({"buyer"}))
CITY = Actor("cleo", frozenset({"read", "trade"}), party="city", roles=frozenset({"provider"}))
AUDITOR = Actor("dora", frozenset({"read"}), roles=frozenset({"auditor"}))
ACTIVE, SUSPENDED, ENDED = "bikes-1", "chargers-1", "lamps-1"
ORDER = "order-1"
OFFER = "offer-1"
DRAFT = "draft-1"
BILL = "bill-2026-10-b6d43c955db837ede0c4-1"
TERMS = Terms("ODbL-1.0", ("research",), ("FR",), duration=(12, "month"))


def sold(id: str, name: str, types: list[str], status: str, **more: Any) -> JsonObject:
    characteristics = {"entityTypes": types, "live": True, **more}
    return {
        "id": id, "name": name, "status": status, "startDate": "2026-10-05T08:00:00Z",
        "productPrice": [*frozen([monthly(30), per_use(2)], f"The product '{id}'")],
        "productCharacteristic": [{"name": key, "value": value} for key, value in characteristics.items()],
        "relatedParty": [{"id": "city", "role": "seller"}, {"id": "firm", "role": "buyer"}],
        "agreement": [{"id": "agreement-1"}],
    }  # fmt: skip


def agreement() -> JsonObject:
    signed: list[Any] = [
        {"state": "approved", "date": "2026-10-05T08:00:00Z", "signatureRepresentation": how, "party": party}
        for party, how in (("firm", "order"), (["city"], "e30..simulated"))
    ]
    return {
        "id": "agreement-1", "name": "Access to bikes (simulated)", "agreementType": "commercial",
        "status": "active", "engagedParty": [{"id": "city"}, {"id": "firm"}],
        "agreementPeriod": {"startDateTime": "2026-10-05T08:00:00Z", "endDateTime": "2027-10-05T08:00:00Z"},
        "agreementItem": [{"termOrCondition": [term_element(TERMS)]}],
        "agreementAuthorization": signed,
        "policy": policy_member("http://node.test/market/agreements/agreement-1/policy", "urn:bikes", (TERMS, Limits()), Parties("urn:city", "urn:firm")),
    }  # fmt: skip


async def trade_a_little(node: Node) -> None:
    """Fill the market of a node whose clock says 22 November 2026."""
    market = node.portal.market
    store = market.store
    quota = [{"metric": "requests", "amount": 20_000, "period": "month"}]
    await put(
        store, "tmf:organization",
        {**organization("city", VAT="FR 83 404 833 048", SIRET="40483304800022"), "tradingName": "Simville", "status": "validated"},
        {**organization("firm", VAT="FR40303265045"), "tradingName": "Petite société simulée", "status": "validated"},
        {**organization("other"), "tradingName": "Autre société simulée", "status": "validated"},
    )  # fmt: skip
    await put(store, "tmf:agreement", agreement())
    for party in ("city", "firm", "other"):
        await put(store, "permit", {"id": party, "party": party, "data": [{"tenant": "", "types": ["*"]}]})
    await put(
        store, "tmf:product",
        sold(ACTIVE, "Vélos en direct (simulés)", ["BikeHireDockingStation"], "active", quota=quota, rateLimit=10),
        sold(SUSPENDED, "Bornes (simulées)", ["EVChargingStation"], "suspended", attributes=["power", "name"]),
        sold(ENDED, "Lampes (simulées)", ["Streetlight"], "terminated")
        | {"terminationDate": "2026-11-10T00:00:00Z"},
    )  # fmt: skip
    await offer_a_little(market)
    october = [{"requests": 400 + 13 * n, "entities": 900 + n, "bytes": 70_000 * n} for n in range(20)]
    november = [{"requests": 500 + 97 * (n % 7), "entities": 9_000, "bytes": 4_200_000} for n in range(21)]
    rows = usage(ACTIVE, [*october, *november], Instant("2026-10-12T08:00:00.000000Z"), hours=24)
    parties: Any = [{"id": "city", "role": "seller"}, {"id": "firm", "role": "buyer"}]
    await put(store, USAGE, *({**row, "relatedParty": parties} for row in rows))
    spent = {"requests": 16_400, "entities": 189_000, "bytes": 88_200_000, "notifications": 12}
    await store_meter(node, ACTIVE, spent)
    owed = credit(
        "credit-1", ACTIVE, "2026-11-02T09:00:00Z", "2026-11-02T12:30:00Z",
        money_of({"unit": "EUR", "value": 3.5}, "The credit"),
        "Panne simulée du 2 novembre : 97,1 % au lieu de 99 %", f"{OFFER}:availability:2026-11-02T09:00:00Z",
    )  # fmt: skip
    await bill_month(market, "2026-10")
    await put(store, "credit", owed)


async def offer_a_little(market: Market) -> None:
    """An offering on sale that the active product came of, one in study, and an order that waits."""
    seller = Asker(CITY)
    bikes = Draft("Vélos en direct (simulés)", "Chaque vélo, chaque minute. Simulé.", "city", ["BikeHireDockingStation"], TERMS,
        live=True, rate=10, quotas=(Quota("requests", 20_000, "month"),),
        price=Asked("requests", Decimal("2.5"), 1000, 500, Decimal(20)), approval=True)  # fmt: skip
    lamps = Draft(
        "Lampes (simulées)", "", "city", ["Streetlight"], Terms("etalab-2.0"), attributes=["powerState"]
    )
    made = await _drafted(market, bikes, OFFER, seller)
    await publish(market, OFFER, seller)
    await _drafted(market, lamps, DRAFT, seller)
    reference: JsonObject = {"id": made["id"], "name": made["name"]}
    item: JsonObject = {
        "id": "1",
        "action": "add",
        "state": "pending",
        "productOffering": reference,
        "product": {"name": made["name"]},
        "relatedParty": [{"id": "city", "role": "seller"}],
    }
    await put(market.store, "tmf:productOrder", {
        "id": ORDER, "state": "pending", "orderDate": "2026-11-22T09:30:00Z", "productOrderItem": [item],
        "relatedParty": [{"id": "firm", "role": "buyer"}, {"id": "city", "role": "seller"}],
    })  # fmt: skip
    product = (await market.store.read([PRODUCT.key(ACTIVE)]))[PRODUCT.key(ACTIVE)].body
    await put(market.store, "tmf:product", {**product, "productOffering": reference})


async def _drafted(market: Market, draft: Draft, id: str, seller: Asker) -> JsonObject:
    """The offering of a draft, under an id that addresses can be written with."""
    drafted = await draft_offering(market, draft, seller)
    await remove(market, PRODUCT_OFFERING, str(drafted["id"]), seller)
    made: JsonObject = {**drafted, "id": id}
    await put(market.store, PRODUCT_OFFERING.kind, made)
    return made


async def store_meter(node: Node, product: str, spent: dict[str, int]) -> None:
    body: Any = {
        "id": product, "last": None, "total": {}, "day": "2026-11-22", "month": "2026-11",
        "byDay": {"requests": 700}, "byMonth": spent,
    }  # fmt: skip
    await put(node.portal.store, "meter", body)


@contextmanager
def trading_node(doors: Doors | None = None, *, sign_in: bool = False) -> Generator[Node]:
    """The made-up city with a simulated market; the clock stands still."""
    settings = PortalSettings("Simville", simulated=True, sign_in=sign_in)
    with make_node(settings=settings, doors=doors) as node:
        node.run(trade_a_little(node))
        yield node
