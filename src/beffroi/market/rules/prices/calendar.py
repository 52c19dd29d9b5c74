"""Months of bills and periods of prices: whole days in UTC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from beffroi.kernel.instant import Instant, datetime_of, instant_of
from beffroi.kernel.problem import BadRequestData, Problem

ONE_DAY = timedelta(days=1)
PERIOD_TYPES = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "quarter": (3, 0), "year": (12, 0)}
"""Months and days of each recurringChargePeriodType."""


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """Whole days from `first` to `last`, both included; none if `last` is before `first`."""

    first: date
    last: date

    def __len__(self) -> int:
        return max((self.last - self.first).days + 1, 0)

    def __iter__(self) -> Iterator[date]:
        return (self.first + ONE_DAY * n for n in range(len(self)))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def month_of(text: str) -> Days:
    """The days of a month. Raises Problem(BadRequestData).

    >>> len(month_of("2028-02"))
    29
    """
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text, re.ASCII) or not "1971" <= text[:4] <= "9997":
        raise Problem(BadRequestData, f"'{text[:40]}' is no month; write 2026-11.")
    first = date(int(text[:4]), int(text[5:]), 1)
    return Days(first, months_later(first, 1) - ONE_DAY)


def month_name(days: Days) -> str:
    """As `month_of` reads it.

    >>> month_name(month_of("2026-11"))
    '2026-11'
    """
    return days.first.isoformat()[:7]


def months_later(first: date, months: int) -> date:
    """The first day of the month so many months later.

    >>> months_later(date(2026, 11, 20), 3)
    datetime.date(2027, 2, 1)
    """
    whole = first.year * 12 + first.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)


def day_of(instant: Instant) -> date:
    """The day (UTC) that holds a moment."""
    return date.fromisoformat(instant[:10])


def start_of(day: date) -> Instant:
    """The first moment of a day."""
    return Instant(f"{day.isoformat()}T00:00:00.000000Z")


def periods(begin: date, months: int, days: int, around: Days) -> Iterator[Days]:
    """The periods of a price that have a day in `around`, for a product that begins on `begin`.

    Periods of months are calendar months, counted from the month of `begin`; others count from that day.

    >>> [p.last.isoformat() for p in periods(date(2026, 11, 20), 1, 0, month_of("2026-11"))]
    ['2026-11-30']
    """
    if months:
        anchor = begin.replace(day=1)
        apart = (around.first.year - anchor.year) * 12 + around.first.month - anchor.month
        first = months_later(anchor, max(apart, 0) // months * months)
        while first <= around.last:
            after = months_later(first, months)
            yield Days(first, after - ONE_DAY)
            first = after
        return
    first = begin + timedelta(days=max((around.first - begin).days, 0) // days * days)
    while first <= around.last:
        after = first + timedelta(days=days)
        yield Days(first, after - ONE_DAY)
        first = after


def later(at: Instant, amount: int, unit: str) -> Instant:
    """The moment so many days, weeks, months or years later; a day that the month lacks is its last.

    Raises Problem(BadRequestData) beyond the year 9999.

    >>> later(Instant("2027-01-31T10:00:00.000000Z"), 1, "month")
    '2027-02-28T10:00:00.000000Z'
    """
    months, days = (part * amount for part in PERIOD_TYPES[unit])
    moment = datetime_of(at)
    try:
        first = months_later(moment.date().replace(day=1), months)
        last = (months_later(first, 1) - ONE_DAY).day
        return instant_of(moment.replace(first.year, first.month, min(moment.day, last)) + timedelta(days))
    except (ValueError, OverflowError) as failure:
        raise Problem(BadRequestData, f"{amount} {unit}s end after the year 9999.") from failure
