"""The bill of the month, at a simulated moment after its end: credits are settled, the bill is written, and
read as its buyer reads it; its sums are worked out once more by hand."""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final, cast

from beffroi.app.world import new_id, now
from beffroi.demo.talk import Talk, Unexpected
from beffroi.kernel.instant import Instant, instant_of
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.market.operations.billing import bill_month
from beffroi.market.operations.invoices import read_invoice
from beffroi.market.operations.services import Market
from beffroi.market.operations.settling import settle_months
from beffroi.store.port import Store

BILLS: Final = "/tmf-api/customerBillManagement/v4"
CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Paid:
    """What is to be paid, and what came off before tax; `moment` is the simulated one, `pdf` the invoice."""

    id: str
    number: str
    credit: Decimal
    due: Decimal
    moment: Instant
    pdf: Path


async def bill_at_the_end_of_the_month(talk: Talk, store: Store, buyer: str, folder: Path) -> Paid:
    """Settle and bill the current month as if it were over. Raises Unexpected for a bill that is not as it
    should be."""
    today = now()
    moment = after_month(today)
    market = Market(store, lambda: moment, new_id, talk.address)
    await settle_months(market)
    results = await bill_month(market, today[:7])
    problems = [result.problem for result in results if result.problem]
    if problems or len(results) != 1:
        raise Unexpected(f"{len(results)} accounts were billed. {' '.join(problems)}")
    if await bill_month(market, today[:7]):
        raise Unexpected("Billing the same month again wrote something.")
    bills = await talk.documents(f"{BILLS}/customerBill", **{"relatedParty.id": buyer})
    if len(bills) != 1:
        raise Unexpected(f"The buyer reads {len(bills)} bills, not one.")
    credit = await _check_sums(talk, bills[0])
    from beffroi.market.wire.bill_pdf import bill_pdf  # noqa: PLC0415 - fonts and images, seldom needed

    pdf = folder / "bill.pdf"
    pdf.write_bytes(bill_pdf(await read_invoice(store, str(bills[0]["id"])), "en"))
    due = _amount(bills[0]["amountDue"])
    return Paid(str(bills[0]["id"]), str(bills[0]["billNo"]), credit, due, moment, pdf)


def after_month(today: Instant) -> Instant:
    """Six o'clock on the first day of the month after.

    >>> after_month(Instant("2026-12-31T10:00:00.000000Z"))
    '2027-01-01T06:00:00.000000Z'
    """
    year, month = int(today[:4]), int(today[5:7])
    last = datetime(year, month, calendar.monthrange(year, month)[1], 6, tzinfo=UTC)
    return instant_of(last + timedelta(days=1))


async def _check_sums(talk: Talk, bill: JsonObject) -> Decimal:
    """What came off the bill, once its lines were added up again. Raises Unexpected."""
    rates = await talk.documents(f"{BILLS}/appliedCustomerBillingRate", **{"bill.id": str(bill["id"])})
    lines = sum((_amount(rate["taxExcludedAmount"]) for rate in rates), Decimal(0))
    off = [_amount(item["amount"]) for item in objects_in(bill.get("allowance"))]
    credit = sum(off, Decimal(0))
    if not rates or credit <= 0:
        raise Unexpected(f"The bill has {len(rates)} lines and {credit} off for the breach.")
    net = lines - credit
    due = net + (net * 20 / 100).quantize(CENT, ROUND_HALF_UP)
    if due != _amount(bill["amountDue"]):
        raise Unexpected(f"The bill asks for {_amount(bill['amountDue'])}; its lines come to {due}.")
    return credit


def _amount(money: Json) -> Decimal:
    """An amount by its shortest decimal text."""
    return Decimal(str(cast("JsonObject", money)["value"]))
