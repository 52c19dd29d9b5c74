"""Credits: what a seller owes for a breach of a service level, taken off the next bill.

A credit is a record of the kind `credit`:

- `id`, `product`, `reason` (words that both parties read), `breach` (the id of the breach);
- `level`, where a measured month is the reason: `metric`, `month` (as 2026-11), `measured` and `target` in
  percent, so that the reason can be said in every language;
- `period`: TimePeriod of the breach; its beginning names the month that a percentage is of;
- either `amount`, TM Forum's Money without tax, or `percent` of what the product was billed, discounts
  taken off, for that month: above 0 and at most 100;
- `state`: `open` until all of it came off bills, then `used`; `void` for one that was withdrawn;
- written by bills: `worth` (the amount as far as it is known; a percentage grows with what is billed for its
  month), `used` ([{bill, amount}]).

Credits come off in the order of their ids, first off the lines of their own product, then off others of the
same bill; they never bring a bill below zero, and what is left waits for the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Key
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.prices.money import (
    Money,
    decimal_of,
    money_document,
    money_of,
    number_of,
    total,
    zero,
)
from beffroi.market.rules.prices.tax import Tax

KIND = "credit"


@dataclass(frozen=True, slots=True)
class Missed:
    """A month in which an objective was missed: what was measured and what was promised, in percent."""

    metric: str
    month: str
    measured: Decimal
    target: Decimal


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one credit takes off the lines of one tax. `missed` is the reason where a month was measured."""

    credit: str
    product: str
    reason: str
    amount: Money
    tax: Tax
    missed: Missed | None = None


def credit_key(id: str) -> Key:
    return Key("", KIND, id)


def credit(
    id: str, product: str, since: str, until: str, worth: Money | Decimal, reason: str, breach: str
) -> JsonObject:
    """A new credit: an amount, or a percentage as a Decimal. Raises Problem(BadRequestData)."""
    body: JsonObject = {
        "id": id,
        "product": product,
        "period": {"startDateTime": since, "endDateTime": until},
        "reason": reason,
        "breach": breach,
        "state": "open",
        "used": [],
    }
    if isinstance(worth, Money):
        body["amount"] = money_document(worth.rounded())
        money_of(body["amount"], "The credit")
    else:
        body["percent"] = number_of(worth)
        _percent(body)
    return body


def missed_document(missed: Missed) -> JsonObject:
    """The member `level` of a credit and of what it takes off a bill."""
    return {
        "metric": missed.metric,
        "month": missed.month,
        "measured": number_of(missed.measured),
        "target": number_of(missed.target),
    }


def missed_in(document: Mapping[str, Json]) -> Missed | None:
    """What the member `level` says; None without one."""
    stated = document.get("level")
    if not isinstance(stated, dict):
        return None
    measured, target = (decimal_of(stated[name], "The level") for name in ("measured", "target"))
    return Missed(str(stated["metric"]), str(stated["month"]), measured, target)


def month_named(credit: Mapping[str, Json]) -> str:
    """The month that a percentage is of, as 2026-11."""
    return str(cast("JsonObject", credit["period"])["startDateTime"])[:7]


def worth_of(credit: Mapping[str, Json], billed: Money | None) -> Money | None:
    """All that a credit is worth; None while it is not known. `billed` is what its product was billed for its
    month so far, None before there was a bill. Raises Problem(BadRequestData)."""
    if "amount" in credit:
        return money_of(credit["amount"], f"The credit '{credit.get('id')}'")
    return None if billed is None else billed.times(_percent(credit), 100).rounded()


def left_of(credit: Mapping[str, Json], worth: Money) -> Money:
    """What has not come off a bill yet; nothing where more came off than it is worth by now."""
    used = credit.get("used")
    amounts = [cast("JsonObject", item)["amount"] for item in used] if isinstance(used, list) else []
    came_off = total((money_of(amount, "What was used") for amount in amounts), worth.currency)
    return max(worth - came_off, zero(worth.currency))


def taken_off(
    credits: Sequence[tuple[Mapping[str, Json], Money]], lines: Sequence[Charge]
) -> list[Allowance]:
    """What each credit, with what is left of it, takes off these lines."""
    open_amounts: dict[tuple[Tax, str], Money] = {}
    for line in lines:
        place = (line.tax, line.product)
        open_amounts[place] = open_amounts.get(place, zero(line.net.currency)) + line.net
    allowances: list[Allowance] = []
    for credit, worth in sorted(credits, key=lambda pair: str(pair[0]["id"])):
        left, product = worth, str(credit["product"])
        taken: dict[Tax, Money] = {}
        for place in sorted(open_amounts, key=lambda place: place[1] != product):
            part = min(left, open_amounts[place])
            left -= part
            open_amounts[place] -= part
            if part:
                taken[place[0]] = taken.get(place[0], zero(part.currency)) + part
        reason, missed = str(credit.get("reason") or "Service level"), missed_in(credit)
        allowances += [
            Allowance(str(credit["id"]), product, reason, amount, tax, missed)
            for tax, amount in taken.items()
        ]
    return allowances


def used(credit: Mapping[str, Json], worth: Money, taken: Money, bill: str) -> JsonObject:
    """The credit after a bill took `taken` of it."""
    before = credit.get("used")
    pieces: list[Json] = list(before) if isinstance(before, list) else []
    if taken:
        pieces.append({"bill": bill, "amount": money_document(taken)})
    is_used_up = not left_of(credit, worth) - taken
    state = "used" if is_used_up else "open"
    return {**credit, "worth": money_document(worth), "used": pieces, "state": state}


def _percent(credit: Mapping[str, Json]) -> Decimal:
    percent = decimal_of(credit.get("percent"), f"The percentage of the credit '{credit.get('id')}'")
    if not 0 < percent <= 100:
        raise Problem(BadRequestData, f"The credit '{credit.get('id')}' is of {percent} percent.")
    return percent
