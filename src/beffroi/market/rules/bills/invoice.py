"""An invoice in the terms of EN 16931-1, read from a bill and its lines; pure, checked, ready to be written.

The amounts are those of the bill. What the norm asks of the parties is checked here, so that nothing is
written that its rules would refuse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.xml_text import all_writable
from beffroi.market.rules.bills.credit import Allowance, missed_in
from beffroi.market.rules.bills.party import Party
from beffroi.market.rules.bills.totals import Totals, totals
from beffroi.market.rules.offers.translations import translated
from beffroi.market.rules.prices.calendar import ONE_DAY, Days, day_of
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.prices.money import Money, money_of
from beffroi.market.rules.prices.tax import Tax, tax_of


@dataclass(frozen=True, slots=True)
class Corrected:
    """The invoice that a credit note takes back, and why."""

    number: str
    issued: date
    reason: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice; a credit note where it `corrects` another one."""

    number: str
    issued: date
    due: date
    period: Days
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[Charge, ...]
    allowances: tuple[Allowance, ...]
    sums: Totals
    corrects: Corrected | None = None


def invoice_of(
    bill: Mapping[str, Json], rates: Sequence[Mapping[str, Json]], seller: Party, buyer: Party
) -> Invoice:
    """Read a customerBill with its appliedCustomerBillingRates, in order.

    Raises Problem(BadRequestData) where the bill and its lines disagree, or where the norm asks for more than
    is known of a party.
    """
    bill = _writable(bill)
    due = money_of(bill.get("taxIncludedAmount"), "The bill")
    lines = tuple(line_of(_writable(rate), due.currency) for rate in rates)
    allowances = tuple(allowance_of(item) for item in objects_in(bill.get("allowance")))
    invoice = Invoice(
        str(bill["billNo"]),
        day_of(Instant(str(bill["billDate"]))),
        day_of(Instant(str(bill["paymentDueDate"]))),
        _days(bill["billingPeriod"]),
        due.currency,
        seller,
        buyer,
        lines,
        allowances,
        totals(lines, allowances, due.currency),
        _corrected(bill),
    )
    if invoice.sums.gross != due:
        raise Problem(BadRequestData, f"The lines of the bill {invoice.number} do not come to its total.")
    missing = missing_in(invoice)
    if missing:
        sentences = " ".join(missing)
        raise Problem(BadRequestData, f"The bill {invoice.number} is no invoice (EN 16931) yet. {sentences}")
    return invoice


def missing_in(invoice: Invoice) -> list[str]:
    """What the norm asks for and is not known, one sentence each, with its rule."""
    seller, buyer = invoice.seller, invoice.buyer
    categories = {part.tax.category for part in invoice.sums.taxes}
    taxed = bool(categories - {"O"})
    asked = [
        (bool(seller.country), "The seller has no country (BR-9)."),
        (bool(buyer.country), "The buyer has no country (BR-11)."),
        (bool(seller.vat or seller.siren), "The seller has neither a VAT number nor a SIRET (BR-CO-26)."),
        (bool(seller.vat) or not taxed, "The seller has no VAT number (BR-S-2 and its like)."),
        (bool(buyer.vat or buyer.siren) or "AE" not in categories, "The buyer has no VAT number (BR-AE-2)."),
        (bool(buyer.vat) or "K" not in categories, "The buyer has no VAT number (BR-IC-2)."),
    ]
    return [sentence for given, sentence in asked if not given]


def line_of(rate: Mapping[str, Json], currency: str) -> Charge:
    """A line as it was charged."""
    charge = cast("dict[str, str]", rate["charge"])
    price, gross, allowance = (
        Money(Decimal(charge[name]), currency) for name in ("price", "gross", "allowance")
    )
    product = cast("JsonObject", rate["product"])
    return Charge(
        charge["key"],
        str(product["id"]),
        str(rate["name"]),
        str(rate["type"]),
        charge["plan"],
        _days(rate["periodCoverage"]),
        Decimal(charge["quantity"]),
        charge["unit"],
        Decimal(charge["base"]),
        price,
        gross,
        allowance,
        _tax(rate["appliedTax"]),
        translated(rate, "name"),
    )


def allowance_of(item: Mapping[str, Json]) -> Allowance:
    """What a credit took off a bill."""
    amount = money_of(item["amount"], "The credit")
    return Allowance(
        str(item["credit"]),
        str(item["product"]),
        str(item["reason"]),
        amount,
        _tax([item["tax"]]),
        missed_in(item),
    )


def _writable(document: Mapping[str, Json]) -> JsonObject:
    """What was stored before such texts were refused."""
    return cast("JsonObject", all_writable(dict(document)))


def _corrected(bill: Mapping[str, Json]) -> Corrected | None:
    named = bill.get("corrects")
    if not isinstance(named, dict):
        return None
    issued = day_of(Instant(str(named["billDate"])))
    return Corrected(str(named["billNo"]), issued, str(bill.get("reason") or ""))


def _tax(items: Json) -> Tax:
    return tax_of(items, "The line")


def _days(period: Json) -> Days:
    stated = cast("dict[str, str]", period)
    first, after = (day_of(Instant(stated[name])) for name in ("startDateTime", "endDateTime"))
    return Days(first, after - ONE_DAY)
