"""One account billed for one month: what was not billed before, credits off, a number, one commit.

What was charged stands in a record of the kind `billing` for each account and month: `bills`, the ids in
order, and `charged`, quantity, gross and allowance under the key of each charge. So a run that is repeated,
or that follows a bill on demand, bills only what is new. Numbers stand in a record of the kind `bill-number`
for each seller and year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Change, Key, Record, document_of
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
from beffroi.market.rules.calendar import Days, month_name
from beffroi.market.rules.charging import Subscription, Usage, charges, remaining
from beffroi.market.rules.money import Money, total

BILLING, NUMBER = "billing", "bill-number"
ON_CYCLE, ON_DEMAND = "onCycle", "offCycle"

Charged = tuple[Decimal, Money, Money]


@dataclass(frozen=True, slots=True)
class Case:
    """What is billed: the account's products with their usage of the month, and ids of its open credits with
    the months that they are of."""

    account: Account
    month: Days
    now: Instant
    run: str
    products: Sequence[tuple[Subscription, Usage]]
    credits: Sequence[tuple[str, str]] = ()


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
    months = {month_name(case.month), *(month for _, month in case.credits)}
    states = [_state_key(case.account, month) for month in sorted(months)]
    return [*states, _number_key(case), *(credit_key(id) for id, _ in case.credits)]


def bill(case: Case, stored: Mapping[Key, Record]) -> Billed:
    """Make the bill, its lines, and what changes with them. Raises Problem(BadRequestData)."""
    currency = case.account.currency
    state = _state(stored, case.account, month_name(case.month))
    before = _charged(state, currency)
    due = [line for of, usage in case.products for line in charges(of, usage, case.month, case.now)]
    lines = [left for line in due if (left := remaining(line, before.get(line.key)))]
    if not any(line.gross for line in lines):
        bills = cast("list[str]", state.get("bills") or [])
        return Billed(None, 0, (), bills[-1] if bills else "")
    new = {line.key for line in lines}
    after = before | {
        line.key: (line.quantity, line.gross, line.allowance) for line in due if line.key in new
    }
    heading = _heading(case, state, stored)
    credits = _credits(case, stored, after)
    allowances = taken_off([(credit, left_of(credit, worth)) for credit, worth in credits], lines)
    sums = totals(lines, allowances, currency)
    document = bill_document(heading, sums, allowances)
    written = [(Key("", RATE, str(rate["id"])), rate) for rate in rate_documents(heading, lines)]
    written += _used_credits(credits, allowances, heading.id)
    written.append(
        (_state_key(case.account, month_name(case.month)), _state_document(case, state, heading, after))
    )
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
    return Heading(case.account, case.month, case.now, sequence, last + 1, case.run)


def _credits(
    case: Case, stored: Mapping[Key, Record], after: Mapping[str, Charged]
) -> list[tuple[JsonObject, Money]]:
    """Open credits of this currency whose worth is known by now, as they are in the store."""
    known: list[tuple[JsonObject, Money]] = []
    for id, month in case.credits:
        record = stored.get(credit_key(id))
        body = record.body if record is not None else {}
        if body.get("state") != "open" or month_named(body) != month:
            continue
        same = month == month_name(case.month)
        charged = after if same else _charged(_state(stored, case.account, month), case.account.currency)
        worth = worth_of(body, _billed(charged, str(body["product"]), case.account.currency))
        if worth is not None and worth.currency == case.account.currency:
            known.append((body, worth))
    return known


def _billed(charged: Mapping[str, Charged], product: str, currency: str) -> Money | None:
    """What a product was billed; None if it was not."""
    mine = [gross - off for key, (_, gross, off) in charged.items() if key.startswith(f"{product}|")]
    return total(mine, currency) if mine else None


def _used_credits(
    credits: Sequence[tuple[JsonObject, Money]], allowances: Sequence[Allowance], bill_id: str
) -> list[tuple[Key, JsonObject]]:
    documents: list[tuple[Key, JsonObject]] = []
    for credit, worth in credits:
        mine = (allowance.amount for allowance in allowances if allowance.credit == credit["id"])
        taken = total(mine, worth.currency)
        documents.append((credit_key(str(credit["id"])), used(credit, worth, taken, bill_id)))
    return documents


def _state_document(
    case: Case, state: JsonObject, heading: Heading, after: Mapping[str, Charged]
) -> JsonObject:
    bills: list[Json] = [*cast("list[Json]", state.get("bills") or []), heading.id]
    charged: JsonObject = {
        key: [text(quantity), text(gross.amount), text(off.amount)]
        for key, (quantity, gross, off) in sorted(after.items())
    }
    return {
        "seller": case.account.seller,
        "buyer": case.account.buyer,
        "month": month_name(case.month),
        "bills": bills,
        "charged": charged,
    }


def _charged(state: JsonObject, currency: str) -> dict[str, Charged]:
    charged = cast("dict[str, list[str]]", state.get("charged") or {})
    return {
        key: (Decimal(quantity), Money(Decimal(gross), currency), Money(Decimal(off), currency))
        for key, (quantity, gross, off) in charged.items()
    }


def _state(stored: Mapping[Key, Record], account: Account, month: str) -> JsonObject:
    record = stored.get(_state_key(account, month))
    return record.body if record is not None else {}


def _state_key(account: Account, month: str) -> Key:
    return Key("", BILLING, f"{account.key}:{month}")


def _number_key(case: Case) -> Key:
    return Key("", NUMBER, f"{case.account.seller}:{case.now[:4]}")
