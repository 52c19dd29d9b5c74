"""Bills as those read them who pay or are paid: the list, and those of one product."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.operations.invoices import bill_lines
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.documents.visibility import Actor
from beffroi.market.rules.orders.holder import BUYER_ROLES, SELLER_ROLES, party_with
from beffroi.portal.reading.market.held import visible_documents

MOST_LOOKED_THROUGH: Final = 24
"""The newest bills that are looked through for those of one product."""


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


async def bills_for(market: Market, actor: Actor) -> list[Bill]:
    """Every bill that exists for an actor, the newest first."""
    found = await visible_documents(market, CUSTOMER_BILL, actor)
    return sorted(map(bill_of, found), key=lambda one: (one.issued, one.number), reverse=True)


async def bills_of_product(market: Market, actor: Actor, product: str) -> list[Bill]:
    """Those of an actor's newest bills that have a line of this product."""
    found = list[Bill]()
    for one in (await bills_for(market, actor))[:MOST_LOOKED_THROUGH]:
        lines = await bill_lines(market.store, one.id)
        if any(_product_of(line) == product for line in lines):
            found.append(one)
    return found


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


def _product_of(line: Mapping[str, Json]) -> str:
    product = line.get("product")
    return str(product.get("id")) if isinstance(product, dict) else ""


def _moment(of: Json, name: str) -> Instant:
    stated = of.get(name) if isinstance(of, dict) else None
    return (parse_instant(stated) if isinstance(stated, str) else None) or NO_INSTANT
