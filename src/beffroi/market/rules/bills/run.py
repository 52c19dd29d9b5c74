"""One account billed for one month: what was not billed before, credits off, a number, one commit.

What was charged stands in a record of the kind `charged` for each product and month: quantity, gross and
allowance under the key of each charge. So a run that is repeated, that follows a bill on demand, or that
finds the product on another account bills only what is new. The ids of the bills of an account and month
stand in a record of the kind `billing`, numbers in one of the kind `bill-number` for each seller and year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.market.rules.apis.tmf632 import INDIVIDUAL
from beffroi.market.rules.bills.account import Account
from beffroi.market.rules.bills.credit import (
    Allowance,
    credit_key,
    left_of,
    month_named,
    taken_off,
    used,
    worth_of,
)
from beffroi.market.rules.bills.document import RATE, Heading, bill_document, rate_documents, text
from beffroi.market.rules.bills.totals import totals
from beffroi.market.rules.prices.calendar import ONE_DAY, Days, month_name, month_of, start_of
from beffroi.market.rules.prices.charging import Subscription, Usage, charges, remaining
from beffroi.market.rules.prices.money import Money, total

BILLING, CHARGED, NUMBER = "billing", "charged", "bill-number"
ON_CYCLE, ON_DEMAND = "onCycle", "offCycle"

Charged = tuple[Decimal, Money, Money]


@dataclass(frozen=True, slots=True)
class Case:
    """What is billed: the account's products with their usage of the month, and its credits: ids, products,
    and the months that they are of."""

    account: Account
    month: Days
    now: Instant
    run: str
    products: Sequence[tuple[Subscription, Usage]]
    credits: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True)
class Billed:
    """What came of it. `bill`, the document, is None where there was nothing new to bill; `changes` are all
    other documents, `last` is the id of the account's last bill of the month."""

    bill: JsonObject | None
    lines: int
    changes: tuple[Change, ...]
    last: str


def reads(case: Case) -> list[Key]:
    """The records that `bill` has to see."""
    month = month_name(case.month)
    own = {(of.product, month) for of, _ in case.products}
    named = {(product, month) for _, product, month in case.credits}
    charged = [charged_key(*each) for each in sorted(own | named)]
    credits = [credit_key(id) for id, _, _ in case.credits]
    return [_state_key(case), _number_key(case), *_individual_keys(case), *charged, *credits]


def bill(case: Case, stored: Mapping[Key, Record]) -> Billed:
    """Make the bill, its lines, and what changes with them. Raises Problem(BadRequestData)."""
    currency = case.account.currency
    state, month = _state(case, stored), month_name(case.month)
    before = {of.product: charged_in(stored, of.product, month, currency) for of, _ in case.products}
    due = [line for of, usage in case.products for line in charges(of, usage, case.month, case.now)]
    lines = [left for line in due if (left := remaining(line, before[line.product].get(line.key)))]
    if not any(line.gross for line in lines):
        bills = cast("list[str]", state.get("bills") or [])
        return Billed(None, 0, (), bills[-1] if bills else "")
    new = {line.key for line in lines}
    after = dict(before)
    for line in due:
        if line.key in new:
            charge = (line.quantity, line.gross, line.allowance)
            after[line.product] = {**after[line.product], line.key: charge}
    heading = _heading(case, state, stored)
    credits = _credits(case, stored, after)
    allowances = taken_off([(credit, left_of(credit, worth)) for credit, worth in credits], lines)
    sums = totals(lines, allowances, currency)
    document = bill_document(heading, sums, allowances)
    written = [(Key("", RATE, str(rate["id"])), rate) for rate in rate_documents(heading, lines)]
    written += _used_credits(credits, allowances, heading.id)
    written += [
        (charged_key(product, month), charged_document(product, month, charged, case.now))
        for product, charged in after.items()
        if charged != before[product]
    ]
    written.append((_state_key(case), _state_document(case, state, heading)))
    written.append(
        (_number_key(case), {"seller": case.account.seller, "year": case.now[:4], "last": heading.number})
    )
    return Billed(
        document, len(lines), tuple(Change(key, document_of(body)) for key, body in written), heading.id
    )


def _heading(case: Case, state: JsonObject, stored: Mapping[Key, Record]) -> Heading:
    numbers = stored.get(_number_key(case))
    last = cast("int", numbers.body["last"]) if numbers is not None else 0
    sequence = len(cast("list[Json]", state.get("bills") or [])) + 1
    individuals = frozenset(key.id for key in _individual_keys(case) if key in stored)
    return Heading(case.account, case.month, case.now, sequence, last + 1, case.run, individuals)


def _individual_keys(case: Case) -> list[Key]:
    """Where its parties stand if they are individuals (TMF632)."""
    return [INDIVIDUAL.key(party) for party in (case.account.seller, case.account.buyer)]


def _credits(
    case: Case, stored: Mapping[Key, Record], after: Mapping[str, Mapping[str, Charged]]
) -> list[tuple[JsonObject, Money]]:
    """Credits of this currency whose worth is known by now, as they are in the store. One in percent grows
    with what is billed for its month, so that one that was used up may have something left again."""
    known: list[tuple[JsonObject, Money]] = []
    for id, product, month in case.credits:
        record = stored.get(credit_key(id))
        body = record.body if record is not None else {}
        if body.get("state") not in {"open", "used"} or month_named(body) != month:
            continue
        charged = after.get(product) if month == month_name(case.month) else None
        if charged is None:
            charged = charged_in(stored, product, month, case.account.currency)
        worth = worth_of(body, _billed(charged, case.account.currency))
        if worth is not None and worth.currency == case.account.currency and left_of(body, worth):
            known.append((body, worth))
    return known


def _billed(charged: Mapping[str, Charged], currency: str) -> Money | None:
    """What a product was billed; None if it was not."""
    return total((gross - off for _, gross, off in charged.values()), currency) if charged else None


def _used_credits(
    credits: Sequence[tuple[JsonObject, Money]], allowances: Sequence[Allowance], bill_id: str
) -> list[tuple[Key, JsonObject]]:
    documents: list[tuple[Key, JsonObject]] = []
    for credit, worth in credits:
        mine = (allowance.amount for allowance in allowances if allowance.credit == credit["id"])
        taken = total(mine, worth.currency)
        documents.append((credit_key(str(credit["id"])), used(credit, worth, taken, bill_id)))
    return documents


def _state_document(case: Case, state: JsonObject, heading: Heading) -> JsonObject:
    bills: list[Json] = [*cast("list[Json]", state.get("bills") or []), heading.id]
    account, month = case.account, month_name(case.month)
    return {"seller": account.seller, "buyer": account.buyer, "month": month, "bills": bills}


def charged_key(product: str, month: str) -> Key:
    """The record of what a product was charged in a month."""
    return Key("", CHARGED, f"{product}:{month}")


def charged_document(product: str, month: str, charged: Mapping[str, Charged], until: Instant) -> JsonObject:
    """What a product was charged, by the keys of the charges, when it was last billed."""
    rows: JsonObject = {
        key: [text(quantity), text(gross.amount), text(off.amount)]
        for key, (quantity, gross, off) in sorted(charged.items())
    }
    return {"product": product, "month": month, "charged": rows, "until": until}


def billed_until(product: str, month: str, stored: Mapping[Key, Record]) -> Instant:
    """When a product was last billed for a month; NO_INSTANT if it is charged nothing for it."""
    record = stored.get(charged_key(product, month))
    if record is None or not record.body["charged"]:
        return NO_INSTANT
    last = start_of(month_of(month).last + ONE_DAY)
    return Instant(str(record.body.get("until") or last))


def charged_in(stored: Mapping[Key, Record], product: str, month: str, currency: str) -> dict[str, Charged]:
    """What a product was charged in a month so far."""
    record = stored.get(charged_key(product, month))
    charged = cast("dict[str, list[str]]", record.body["charged"]) if record is not None else {}
    return {
        key: (Decimal(quantity), Money(Decimal(gross), currency), Money(Decimal(off), currency))
        for key, (quantity, gross, off) in charged.items()
    }


def _state(case: Case, stored: Mapping[Key, Record]) -> JsonObject:
    record = stored.get(_state_key(case))
    return record.body if record is not None else {}


def _state_key(case: Case) -> Key:
    return Key("", BILLING, f"{case.account.key}:{month_name(case.month)}")


def number_key(seller: str, now: Instant) -> Key:
    """The record of the last number of a seller in the year of a moment."""
    return Key("", NUMBER, f"{seller}:{now[:4]}")


def _number_key(case: Case) -> Key:
    return number_key(case.account.seller, case.now)
