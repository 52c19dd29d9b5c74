"""Usage rows on their way to a bill (TMF635): received, guided, rated, billed.

What a row is rated at is what the product's usage prices ask for it alone, tiers counted from the beginning
of its month, before discounts and not rounded to the minor unit; the bill rounds the sum.

Rows are rated before the bill is made and marked as billed after it. A row that is rated cannot be rejected
any more, so that a bill is of rows that stay. A row names its product from the first moment on: guiding it
is nothing by itself, and one commit takes it from received over guided to rated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.access.usage_chain import METRICS, began, counted_in, totals_in, verify
from beffroi.market.rules.prices.charging import Counted, Subscription, Usage, priced
from beffroi.market.rules.prices.money import Money, money_document
from beffroi.market.rules.prices.pricing import USAGE, currency_of

TO_BE_RATED = frozenset({"received", "guided", "recycled", "rerated"})
"""The states from which a row comes to be rated, over guided where it was not."""

RATED, BILLED, REJECTED = "rated", "billed", "rejected"
_PLACES, _LARGE = Decimal("0.000001"), Decimal(10**8)
"""Decimals of what a row is rated at; one above the second is said to the minor unit (15 digits in all)."""


@dataclass(frozen=True, slots=True)
class Rating:
    """The rows of one product and month up to one of them: what they counted on each day, by the plans of
    usage, and what they come to. `before` is what the product counted before the month; `last` is the row
    that the next one has to follow."""

    amount: Money
    sums: tuple[int, ...]
    days: Mapping[str, Counted] = field(default_factory=dict[str, Counted])
    before: Mapping[str, int] | None = None
    last: JsonObject | None = None

    @property
    def usage(self) -> Usage:
        """What charges are made of."""
        return Usage(tuple(self.days.values()), self.before)


def unrated(of: Subscription) -> Rating:
    """Nothing yet."""
    plans = sum(plan.kind == USAGE for plan in of.plans)
    return Rating(Money(Decimal(0), currency_of(of.plans)), (0,) * plans)


def rate(
    of: Subscription, rating: Rating, rows: Sequence[JsonObject], now: Instant
) -> tuple[Rating, list[JsonObject]]:
    """Go on with the rows that follow, all of one month and in order; the rows that are rated by it.

    A rejected row counts nothing, nor does one that begins after `now`. Raises Problem(BadRequestData) for
    rows that do not hold.
    """
    _refuse_broken(of.product, rating.last, rows)
    changed: list[JsonObject] = []
    for row in rows:
        if rating.before is None:
            rating = replace(rating, before=_before(row))
        if row.get("status") == REJECTED or began(row) > now:
            continue
        counted = Counted(began(row), counted_in(row))
        amount, sums = _amount(of, rating, counted)
        if row.get("status") in TO_BE_RATED:
            said = _rated_usage(of, amount - rating.amount, now)
            changed.append({**row, "status": RATED, "ratedProductUsage": [said]})
        rating = replace(rating, amount=amount, sums=sums, days=_with(rating.days, counted))
    return replace(rating, last=rows[-1] if rows else rating.last), changed


def billed(row: JsonObject) -> JsonObject | None:
    """A rated row once its bill is made; None for one that is not rated."""
    if row.get("status") != RATED:
        return None
    told = objects_in(row.get("ratedProductUsage"))
    return {**row, "status": BILLED, "ratedProductUsage": [{**each, "isBilled": True} for each in told]}


def _before(row: JsonObject) -> dict[str, int]:
    own, totals = counted_in(row), totals_in(row)
    return {metric: totals[metric] - own[metric] for metric in METRICS}


def _with(days: Mapping[str, Counted], row: Counted) -> Mapping[str, Counted]:
    """The days with one more row; those of one day are one, since nothing is charged by the hour."""
    day = row.since[:10]
    known = days.get(day)
    if known is None:
        return {**days, day: row}
    counts = {metric: known.counts[metric] + row.counts[metric] for metric in METRICS}
    return {**days, day: Counted(known.since, counts)}


def _amount(of: Subscription, rating: Rating, row: Counted) -> tuple[Money, tuple[int, ...]]:
    """What the rows up to this one come to, and what they counted by each plan of usage."""
    amount, sums = Money(Decimal(0), rating.amount.currency), list(rating.sums)
    plans = (plan for plan in of.plans if plan.kind == USAGE)
    for at, plan in enumerate(plans):
        cost, sums[at] = priced(of, plan, rating.before, sums[at], row)
        amount += cost
    return amount, tuple(sums)


def _rated_usage(of: Subscription, amount: Money, now: Instant) -> JsonObject:
    fine = amount.amount < _LARGE
    shown = (
        Money(amount.amount.quantize(_PLACES, ROUND_HALF_UP), amount.currency) if fine else amount.rounded()
    )
    return {
        "productRef": {"id": of.product, "@referredType": "Product"},
        "isBilled": False,
        "ratingAmountType": "Total",
        "ratingDate": now,
        "taxExcludedRatingAmount": money_document(shown),
    }


def _refuse_broken(product: str, last: JsonObject | None, rows: Sequence[Mapping[str, Json]]) -> None:
    found = verify([last, *rows] if last is not None else rows, whole=False)
    if found is not None:
        raise Problem(
            BadRequestData,
            f"The usage of the product '{product[:80]}' does not hold at row {found.number}: {found.reason}",
        )
