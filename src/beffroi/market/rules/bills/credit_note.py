"""Credit notes: a bill that is wrong is not changed, another document takes it back (EN 16931, type 381).

A credit note is a customerBill of the category `creditNote`, numbered as bills are. Its amounts are above
zero and are owed to the buyer; `corrects` names the bill, `reason` says why. The bill names its notes in
`creditNote`, with the lines that each takes back, and its `remainingAmount` falls.

What a note takes back stays charged, so that nobody is billed for it again; or it is charged again (`again`):
then the next run bills anew what the product costs by then, and credits that had come off are open again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.market.rules.bills.credit import Allowance, credit_key
from beffroi.market.rules.bills.document import HREF, RATE, invoice_files
from beffroi.market.rules.bills.invoice import allowance_of, line_of
from beffroi.market.rules.bills.run import (
    billed_until,
    charged_document,
    charged_in,
    charged_key,
    number_key,
)
from beffroi.market.rules.bills.totals import Totals, totals
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.prices.money import Money, money_document, money_of, zero
from beffroi.market.rules.prices.tax import tax_item

CATEGORY: Final = "creditNote"
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of a bill are taken back, by their numbers from 1 (none: all that is left), and why."""

    reason: str
    lines: frozenset[int] = frozenset()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What comes of it: the bill as it is then, the note, and all that is written with them."""

    bill: JsonObject
    note: JsonObject
    changes: tuple[Change, ...]


def wanted_of(given: Mapping[str, Json]) -> Wanted:
    """What somebody asks for: `{"reason": text, "lines": [numbers], "billAgain": flag}`. Raises
    Problem(BadRequestData)."""
    reason, lines, again = given.get("reason"), given.get("lines", []), given.get("billAgain", False)
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Problem(BadRequestData, f"A credit note has a 'reason' of 1 to {LONGEST_REASON} characters.")
    if not isinstance(lines, list) or not all(type(each) is int and each > 0 for each in lines):
        raise Problem(BadRequestData, "The 'lines' of a credit note are no numbers from 1.")
    if not isinstance(again, bool):
        raise Problem(BadRequestData, f"'billAgain' is {str(again)[:40]}, not true or false.")
    return Wanted(reason.strip(), frozenset(cast("list[int]", lines)), again)


def reads(bill: JsonObject, rates: Sequence[JsonObject], now: Instant) -> list[Key]:
    """The records that `credited` has to see, the bill apart."""
    currency, month = _currency(bill), _month(bill)
    products = {line_of(rate, currency).product for rate in rates}
    credits = {allowance.credit for allowance in _allowances(bill)}
    return [
        number_key(_seller(bill), now),
        *(charged_key(product, month) for product in sorted(products)),
        *(credit_key(id) for id in sorted(credits)),
    ]


def credited(
    bill: JsonObject, rates: Sequence[JsonObject], wanted: Wanted, stored: Mapping[Key, Record], now: Instant
) -> Note:
    """The note. Raises Problem(Conflict) for what was taken back already or cannot be in part."""
    numbers = _numbers(bill, rates, wanted)
    currency, allowances = _currency(bill), _allowances(bill)
    if allowances and len(numbers) < len(rates):
        raise Problem(
            Conflict,
            f"Credits came off the bill {bill['billNo']}; it is taken back whole, not by lines.",
        )
    chosen = [rates[number - 1] for number in numbers]
    lines = [line_of(rate, currency) for rate in chosen]
    sums = totals(lines, allowances, currency)
    number = _next_number(stored.get(number_key(_seller(bill), now)))
    notes = objects_in(bill.get("creditNote"))
    id = f"{bill['id']}-note-{len(notes) + 1}"
    document = _document(bill, id, f"{now[:4]}-{number:06d}", sums, now)
    document |= {"allowance": bill.get("allowance", []) if allowances else [], "reason": wanted.reason}
    written = [(Key("", RATE, str(rate["id"])), rate) for rate in _rates(document, chosen)]
    written.append(
        (number_key(_seller(bill), now), {"seller": _seller(bill), "year": now[:4], "last": number})
    )
    if wanted.again:
        written += _charged_again(bill, lines, stored)
        written += _open_again(bill, allowances, stored)
    named: JsonObject = {"id": id, "billNo": document["billNo"], "lines": [*numbers]}
    left = money_of(bill["remainingAmount"], "The bill") - sums.gross
    after: JsonObject = {
        **bill,
        "lastUpdate": now,
        "creditNote": [*notes, named],
        "remainingAmount": money_document(max(left, zero(currency))),
    }
    return Note(after, document, tuple(Change(key, document_of(body)) for key, body in written))


def _numbers(bill: JsonObject, rates: Sequence[JsonObject], wanted: Wanted) -> list[int]:
    if bill.get("category") == CATEGORY:
        raise Problem(Conflict, f"{bill['billNo']} is a credit note; it is not taken back.")
    taken = {
        number for note in objects_in(bill.get("creditNote")) for number in cast("list[int]", note["lines"])
    }
    left = [number for number in range(1, len(rates) + 1) if number not in taken]
    for number in sorted(wanted.lines):
        if number > len(rates):
            raise Problem(BadRequestData, f"The bill {bill['billNo']} has {len(rates)} lines, no {number}.")
        if number in taken:
            raise Problem(Conflict, f"The line {number} of the bill {bill['billNo']} was taken back already.")
    if not left:
        raise Problem(Conflict, f"The bill {bill['billNo']} was taken back already.")
    return sorted(wanted.lines) or left


def _document(bill: JsonObject, id: str, number: str, sums: Totals, now: Instant) -> JsonObject:
    kept = ("@type", "billingPeriod", "relatedParty", "billingAccount")
    gross = money_document(sums.gross)
    return {
        **{name: bill[name] for name in kept if name in bill},
        "id": id,
        "href": f"{HREF}/customerBill/{id}",
        "billNo": number,
        "billDate": now,
        "lastUpdate": now,
        "category": CATEGORY,
        "runType": "offCycle",
        "state": "new",
        "paymentDueDate": now,
        "corrects": {"id": bill["id"], "billNo": bill["billNo"], "billDate": bill["billDate"]},
        "taxExcludedAmount": money_document(sums.net),
        "taxIncludedAmount": gross,
        "amountDue": gross,
        "remainingAmount": gross,
        "taxItem": [{**tax_item(part.tax), "taxAmount": money_document(part.amount)} for part in sums.taxes],
        "billDocument": invoice_files(id, number),
    }


def _rates(note: JsonObject, chosen: Sequence[JsonObject]) -> list[JsonObject]:
    named: JsonObject = {"id": note["id"], "href": note["href"], "@referredType": "CustomerBill"}
    return [
        {
            **rate,
            "id": f"{note['id']}-{number:04d}",
            "href": f"{HREF}/appliedCustomerBillingRate/{note['id']}-{number:04d}",
            "date": note["billDate"],
            "bill": named,
        }
        for number, rate in enumerate(chosen, 1)
    ]


def _charged_again(
    bill: JsonObject, lines: Sequence[Charge], stored: Mapping[Key, Record]
) -> list[tuple[Key, JsonObject]]:
    """What the products were charged, less what is taken back."""
    currency, month = _currency(bill), _month(bill)
    found = list[tuple[Key, JsonObject]]()
    for product in sorted({line.product for line in lines}):
        charged = charged_in(stored, product, month, currency)
        until = billed_until(product, month, stored)
        for line in lines:
            if line.product == product and line.key in charged:
                quantity, gross, off = charged.pop(line.key)
                left = (quantity - line.quantity, gross - line.gross, off - line.allowance)
                if left[0] > Decimal(0) or left[1]:
                    charged[line.key] = left
        found.append((charged_key(product, month), charged_document(product, month, charged, until)))
    return found


def _open_again(
    bill: JsonObject, allowances: Sequence[Allowance], stored: Mapping[Key, Record]
) -> list[tuple[Key, JsonObject]]:
    """Credits without what came off this bill."""
    found = list[tuple[Key, JsonObject]]()
    for id in sorted({allowance.credit for allowance in allowances}):
        record = stored.get(credit_key(id))
        body: JsonObject = record.body if record is not None else {}
        if body.get("state") in {"open", "used"}:
            left = [each for each in objects_in(body.get("used")) if each.get("bill") != bill["id"]]
            found.append((credit_key(id), {**body, "used": [*left], "state": "open"}))
    return found


def _next_number(record: Record | None) -> int:
    return cast("int", record.body["last"]) + 1 if record is not None else 1


def _allowances(bill: JsonObject) -> list[Allowance]:
    return [allowance_of(each) for each in objects_in(bill.get("allowance"))]


def _currency(bill: JsonObject) -> str:
    money: Money = money_of(bill["taxIncludedAmount"], "The bill")
    return money.currency


def _month(bill: JsonObject) -> str:
    return str(cast("JsonObject", bill["billingPeriod"])["startDateTime"])[:7]


def _seller(bill: JsonObject) -> str:
    return next(str(each["id"]) for each in objects_in(bill["relatedParty"]) if each["role"] == "seller")
