"""Calculator: what an offer would cost, by the function that writes the bills."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import Instant
from beffroi.market.rules.prices.calendar import (
    ONE_DAY,
    Days,
    day_of,
    later,
    month_name,
    month_of,
    months_later,
    start_of,
)
from beffroi.market.rules.prices.money import Money, total, zero
from beffroi.market.rules.prices.preview import Preview, preview
from beffroi.market.rules.prices.pricing import Plan, currency_of

METRICS: Final = ("requests", "entities", "notifications", "megabytes")
USUAL: Final[Mapping[str, int]] = {"requests": 10_000, "entities": 100_000, "months": 12}
GREATEST: Final = 10_000_000_000
MOST_MONTHS: Final = 36
MEGABYTE: Final = 1_000_000
DAYS_OF_A_MONTH: Final = 30


@dataclass(frozen=True, slots=True)
class Expected:
    """What a visitor expects to use in a month, and for how many months."""

    requests: int = 0
    entities: int = 0
    notifications: int = 0
    megabytes: int = 0
    months: int = 12

    def counts(self) -> dict[str, int]:
        """By the metrics of the gate."""
        return {
            "requests": self.requests,
            "entities": self.entities,
            "notifications": self.notifications,
            "bytes": self.megabytes * MEGABYTE,
        }


@dataclass(frozen=True, slots=True)
class Agreed:
    """What an agreement of a stated duration comes to, ordered now: its end, and what each month's bill comes
    to with tax, by the first moment of the month."""

    until: Instant
    bills: tuple[tuple[Instant, Money], ...]
    gross: Money


@dataclass(frozen=True, slots=True)
class Estimate:
    """The bill of the first month, and what all months come to. `beyond` are quotas that are too small.
    `agreed` is None where the agreement has no end, or a far one."""

    begins: Instant
    first: Preview
    net: Money
    tax: Money
    gross: Money
    beyond: tuple[Quota, ...]
    agreed: Agreed | None = None


def expected_of(
    parameters: Mapping[str, str], quotas: Sequence[Quota] = ()
) -> tuple[Expected, frozenset[str]]:
    """What the form says, and the names of the fields that hold no number that can be. An empty field stands
    for what is usual, or for a smaller quota of a month."""
    wrong = set[str]()
    numbers = dict[str, int]()
    for name in (*METRICS, "months"):
        written = re.sub(r"[\s\u00a0\u202f,.']", "", parameters.get(name, ""))
        least, most = (1, MOST_MONTHS) if name == "months" else (0, GREATEST)
        if name not in parameters or not written:
            most_given = [each.amount for each in quotas if (each.metric, each.period) == (name, "month")]
            numbers[name] = min([USUAL.get(name, 0), *most_given])
        elif re.fullmatch(r"\d{1,12}", written, re.ASCII) and least <= int(written) <= most:
            numbers[name] = int(written)
        else:
            wrong.add(name)
    return Expected(**numbers), frozenset(wrong)


def estimate(
    plans: Sequence[Plan],
    quotas: Sequence[Quota],
    expected: Expected,
    now: Instant,
    duration: tuple[int, str] | None = None,
) -> Estimate:
    """The bills of so many whole months from the next one on, and of an agreement of this duration. Raises
    Problem(BadRequestData)."""
    first = _next_month(now)
    begins = start_of(first.first)
    months = [_later(first, n) for n in range(expected.months)]
    bills = [preview(plans, expected.counts(), month, begins) for month in months]
    currency = currency_of(plans)
    net, tax, gross = zero(currency), zero(currency), zero(currency)
    for bill in bills:
        net, tax, gross = net + bill.sums.net, tax + bill.sums.tax, gross + bill.sums.gross
    agreed = _agreed(plans, expected, now, duration) if duration else None
    return Estimate(begins, bills[0], net, tax, gross, _beyond(quotas, expected), agreed)


def _agreed(
    plans: Sequence[Plan], expected: Expected, now: Instant, duration: tuple[int, str]
) -> Agreed | None:
    """The bills of a product that is ordered now, with the part of what is expected in each of its months."""
    until = later(now, *duration)
    months = [_later(_month_of(now), n) for n in range(MOST_MONTHS + 2)]
    held = [month for month in months if start_of(month.first) < until]
    if len(held) == len(months):
        return None
    bills = list[tuple[Instant, Money]]()
    for month in held:
        part = [day for day in month if start_of(day + ONE_DAY) > now and start_of(day) < until]
        used = {name: count * len(part) // len(month) for name, count in expected.counts().items()}
        bill = preview(plans, used, month, now, until)
        if bill.lines:
            bills.append((start_of(month.first), bill.sums.gross))
    return Agreed(until, tuple(bills), total((amount for _, amount in bills), currency_of(plans)))


def metrics_of(plans: Sequence[Plan], quotas: Sequence[Quota]) -> tuple[str, ...]:
    """The fields of the form that something depends on."""
    metrics = {plan.unit.metric for plan in plans if plan.unit} | {quota.metric for quota in quotas}
    return tuple(name for name in METRICS if {"megabytes": "bytes"}.get(name, name) in metrics)


def _beyond(quotas: Sequence[Quota], expected: Expected) -> tuple[Quota, ...]:
    counts = expected.counts()
    return tuple(
        quota
        for quota in quotas
        if counts.get(quota.metric, 0) > quota.amount * (DAYS_OF_A_MONTH if quota.period == "day" else 1)
    )


def _next_month(now: Instant) -> Days:
    return _later(_month_of(now), 1)


def _month_of(now: Instant) -> Days:
    return month_of(month_name(Days(day_of(now), day_of(now))))


def _later(month: Days, months: int) -> Days:
    first = months_later(month.first, months)
    return Days(first, months_later(first, 1) - ONE_DAY)
