"""Usage rows on their way to a bill (TMF635): received, guided, rated, billed.

What a row is rated at is what the product's usage prices ask for it alone, tiers counted from the beginning
of its month, before discounts and not rounded to the minor unit; the bill rounds the sum.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.charging import Counted, Subscription, Usage, priced
from beffroi.market.rules.money import Money, money_document
from beffroi.market.rules.pricing import USAGE, currency_of
from beffroi.market.rules.usage_chain import METRICS, began, counted_in, totals_in

_TO_BILLED: Mapping[str, str] = {
    "received": "guided", "recycled": "guided", "guided": "rated", "rerated": "rated", "rated": "billed",
}  # fmt: skip
_PLACES, _LARGE = Decimal("0.000001"), Decimal(10**8)
"""Decimals of what a row is rated at; one above the second is said to the minor unit (15 digits in all)."""


def is_counted(row: Mapping[str, Json]) -> bool:
    """Whether a row goes into a bill: every one that was not rejected."""
    return row.get("status") != "rejected"


def usage_of(rows: Sequence[Mapping[str, Json]]) -> Usage:
    """The usage of one product in one month, of all its rows of that month in order."""
    counted = [Counted(began(row), counted_in(row)) for row in rows if is_counted(row)]
    if not rows:
        return Usage(counted)
    own, totals = counted_in(rows[0]), totals_in(rows[0])
    return Usage(counted, {metric: totals[metric] - own[metric] for metric in METRICS})


def path_to_billed(status: str) -> list[str]:
    """The states that a row goes through to be billed; none from where there is no way.

    >>> path_to_billed("received")
    ['guided', 'rated', 'billed']
    """
    path: list[str] = []
    while status in _TO_BILLED:
        status = _TO_BILLED[status]
        path.append(status)
    return path


def billed_rows(
    of: Subscription, rows: Sequence[JsonObject], usage: Usage, now: Instant
) -> Iterator[JsonObject]:
    """The rows that were not billed yet, as they are after it; they share one commit with the bill."""
    amounts = _amounts(of, usage)
    for row in rows:
        if not is_counted(row):
            continue
        amount = next(amounts)
        if path_to_billed(str(row.get("status"))):
            yield {**row, "status": "billed", "ratedProductUsage": [_rating(of, amount, now)]}


def _amounts(of: Subscription, usage: Usage) -> Iterator[Money]:
    """What each row is rated at."""
    before = Money(Decimal(0), currency_of(of.plans))
    plans = [plan for plan in of.plans if plan.kind == USAGE]
    sums = [0] * len(plans)
    for row in usage.rows:
        after = Money(Decimal(0), before.currency)
        for at, plan in enumerate(plans):
            cost, sums[at] = priced(of, plan, usage, sums[at], row)
            after += cost
        yield after - before
        before = after


def _rating(of: Subscription, amount: Money, now: Instant) -> JsonObject:
    fine = amount.amount < _LARGE
    shown = (
        Money(amount.amount.quantize(_PLACES, ROUND_HALF_UP), amount.currency) if fine else amount.rounded()
    )
    return {
        "productRef": {"id": of.product, "@referredType": "Product"},
        "isBilled": True,
        "ratingAmountType": "Total",
        "ratingDate": now,
        "taxExcludedRatingAmount": money_document(shown),
    }
