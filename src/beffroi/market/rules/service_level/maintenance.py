"""Announced maintenance: times that count neither way, and how much of a month may be such time.

A month is a calendar month in UTC. Once an offering could be ordered, maintenance is announced before it
begins, and what has begun stays announced while its month lasts: else the same hours were had twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.instant import Instant, seconds_between, shortened
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.market.rules.prices.calendar import ONE_DAY, month_of, start_of

NOTICE_S: Final = 24 * 3600
"""How long before its beginning a maintenance window has to be announced."""
MOST_IN_MONTH_S: Final = 24 * 3600
"""How much of a calendar month may be maintenance; what is above counts as every other time."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time of announced maintenance, its end not included."""

    since: Instant
    until: Instant


def is_excluded(windows: Sequence[Window], at: Instant) -> bool:
    """Whether a moment lies in maintenance, as far as a month may have it: the first MOST_IN_MONTH_S."""
    if not any(window.since <= at < window.until for window in windows):
        return False
    return seconds_in(windows, start_of(month_of(at[:7]).first), at) < MOST_IN_MONTH_S


def seconds_in(windows: Iterable[Window], since: Instant, until: Instant) -> float:
    """Seconds of maintenance from one moment to another; where windows lie upon each other, once.

    >>> at = "2026-11-12T0{}:00:00.000000Z".format
    >>> one, two = (Window(Instant(at(n)), Instant(at(n + 2))) for n in (1, 2))
    >>> seconds_in([two, one], Instant(at(0)), Instant(at(3)))
    7200.0
    """
    total, done = 0.0, since
    for window in sorted(windows, key=lambda each: each.since):
        first, last = max(window.since, done), min(window.until, until)
        if first < last:
            total, done = total + seconds_between(first, last), last
    return total


def check_months(windows: Sequence[Window]) -> None:
    """Raise Problem(BadRequestData) for the first month with more maintenance than a month may have."""
    for name in sorted({edge[:7] for window in windows for edge in (window.since, window.until)}):
        days = month_of(name)
        seconds = seconds_in(windows, start_of(days.first), start_of(days.last + ONE_DAY))
        if seconds > MOST_IN_MONTH_S:
            raise Problem(
                BadRequestData,
                f"The maintenance of {name} comes to {seconds / 3600:.6g} hours; a calendar month has "
                f"{MOST_IN_MONTH_S // 3600} at most.",
            )


def check_announced(old: Sequence[Window], new: Sequence[Window], now: Instant) -> None:
    """Raise Problem for windows of buyers: BadRequestData for one that is announced too late, Conflict where
    one that has begun is taken back in its month."""
    for window in new:
        if window not in old and seconds_between(now, window.since) < NOTICE_S:
            raise Problem(
                BadRequestData,
                f"The maintenance of {shortened(window.since)} is announced less than "
                f"{NOTICE_S // 3600} hours before.",
            )
    for window in old:
        if window not in new and window.since <= now and now[:7] <= window.until[:7]:
            raise Problem(
                Conflict,
                f"The maintenance of {shortened(window.since)} has begun; it stays announced until its month "
                "is over.",
            )
