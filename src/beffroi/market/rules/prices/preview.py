"""What an offering would cost: a bill of one month, by the same function that bills use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.access.usage_chain import METRICS, MOST
from beffroi.market.rules.bills.totals import Totals, totals
from beffroi.market.rules.prices.calendar import ONE_DAY, Days, start_of
from beffroi.market.rules.prices.charging import Charge, Counted, Subscription, Usage, charges
from beffroi.market.rules.prices.pricing import Plan, currency_of


@dataclass(frozen=True, slots=True)
class Preview:
    """The lines of a month, and what they come to."""

    lines: tuple[Charge, ...]
    sums: Totals


def preview(
    plans: Sequence[Plan],
    expected: Mapping[str, int],
    month: Days,
    since: Instant,
    until: Instant = NO_INSTANT,
) -> Preview:
    """The bill of `month` for a product that begins at `since`, and ends at `until` if ever, used as
    `expected` in the month, the same on every day. Raises Problem(BadRequestData) for usage that cannot
    be."""
    for metric, count in expected.items():
        if metric not in METRICS or not 0 <= count < MOST:
            raise Problem(BadRequestData, f"{count} {metric} cannot be expected in a month.")
    subscription = Subscription("preview", "", tuple(plans), since, until)
    after = start_of(month.last + ONE_DAY)
    lines = tuple(charges(subscription, Usage(_spread(expected, month, since, until)), month, after))
    return Preview(lines, totals(lines, (), currency_of(plans)))


def _spread(expected: Mapping[str, int], month: Days, since: Instant, until: Instant) -> list[Counted]:
    """Usage day by day; what does not divide comes first."""
    days = [day for day in month if start_of(day + ONE_DAY) > since and (not until or start_of(day) < until)]
    return [
        Counted(start_of(day), {m: (n + len(days) - 1 - at) // len(days) for m, n in expected.items()})
        for at, day in enumerate(days)
    ]
