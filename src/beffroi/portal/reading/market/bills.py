"""Bills as those read them who pay or are paid: the list, and those of one product."""

from collections.abc import Mapping
from dataclasses import dataclass

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.operations.reading import Sought, every
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf678 import APPLIED_CUSTOMER_BILLING_RATE, CUSTOMER_BILL
from beffroi.market.rules.documents.visibility import Actor
from beffroi.market.rules.orders.holder import BUYER_ROLES, SELLER_ROLES, party_with
from beffroi.portal.reading.market.newest import Sheet, having, sheet


@dataclass(frozen=True, slots=True)
class Bill:
    """One customerBill (TMF678). `due` is to be paid, of a credit note it is owed to the buyer, as TM Forum
    writes money. `takes_back` is the bill of a credit note, `notes` are the credit notes of a bill: ids and
    numbers."""

    id: str
    number: str
    month: Instant
    issued: Instant
    pay_by: Instant
    state: str
    seller: str
    buyer: str
    due: Json
    takes_back: tuple[str, str] | None = None
    notes: tuple[tuple[str, str], ...] = ()


async def bills_for(market: Market, actor: Actor, page: int) -> Sheet:
    """A page of the bills that exist for an actor, the newest first."""
    return await sheet(market, [Sought(CUSTOMER_BILL)], actor, page)


async def bills_of_product(market: Market, actor: Actor, product: str) -> list[Bill]:
    """The bills that exist for an actor and have a line of this product, the newest first."""
    sought = Sought(APPLIED_CUSTOMER_BILLING_RATE, having("product.id", product))
    ids = dict.fromkeys([_bill_of(line) async for line in every(market, sought, actor)])
    keys = [CUSTOMER_BILL.key(id) for id in ids]
    found = await market.store.read(keys)
    bills = [bill_of(found[key].body) for key in keys if key in found]
    return sorted(bills, key=lambda one: (one.issued, one.number), reverse=True)


def bill_of(document: JsonObject) -> Bill:
    return Bill(
        id=str(document["id"]),
        number=str(document.get("billNo") or document["id"]),
        month=_moment(document.get("billingPeriod"), "startDateTime"),
        issued=_moment(document, "billDate"),
        pay_by=_moment(document, "paymentDueDate"),
        state=str(document.get("state")),
        seller=party_with(document, SELLER_ROLES),
        buyer=party_with(document, BUYER_ROLES),
        due=document.get("amountDue"),
        takes_back=_named(document.get("corrects")),
        notes=tuple(named for each in _listed(document.get("creditNote")) if (named := _named(each))),
    )


def _named(bill: Json) -> tuple[str, str] | None:
    return (str(bill["id"]), str(bill["billNo"])) if isinstance(bill, dict) else None


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _bill_of(line: Mapping[str, Json]) -> str:
    bill = line.get("bill")
    return str(bill.get("id")) if isinstance(bill, dict) else ""


def _moment(of: Json, name: str) -> Instant:
    stated = of.get(name) if isinstance(of, dict) else None
    return (parse_instant(stated) if isinstance(stated, str) else None) or NO_INSTANT
