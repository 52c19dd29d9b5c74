"""Interval: the datetime parameter (17-069r4, 7.15.4)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from beffroi.broker.rules.names import bad
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant

EVER: Final = Instant("9999-12-31T23:59:59.999999Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST = 100
_OPEN = frozenset({"", ".."})


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends belong to it; NO_INSTANT and EVER are open ends."""

    first: Instant
    last: Instant

    def holds(self, moment: Instant) -> bool:
        """Whether a feature with this time is in the interval; one without a time is not."""
        return bool(moment) and self.first <= moment <= self.last


def read_interval(text: str) -> Interval:
    """Read a date-time, or two with a slash; `..` or nothing is an open end, and one alone; a day stands for
    all of it.

    Raises Problem(BadRequestData).

    >>> read_interval("2026-11-22T12:00:00Z/..").first
    '2026-11-22T12:00:00.000000Z'
    >>> read_interval("2026-11-22").last
    '2026-11-22T23:59:59.999999Z'
    """
    first, slash, last = text.partition("/")
    if len(text) > _LONGEST or "/" in last:
        bad(f"The parameter 'datetime' is '{text[:_LONGEST]}', which is no moment and no interval.")
    if not slash:
        return Interval(_first(first), _last(first))
    if {first, last} <= _OPEN:
        bad(f"The parameter 'datetime' is '{text}', which has neither a beginning nor an end.")
    interval = Interval(
        NO_INSTANT if first in _OPEN else _first(first), EVER if last in _OPEN else _last(last)
    )
    if interval.first > interval.last:
        bad(f"The parameter 'datetime' is '{text}', which ends before it begins.")
    return interval


def _first(text: str) -> Instant:
    return _moment(text + "T00:00:00.000000Z" if _is_day(text) else text)


def _last(text: str) -> Instant:
    return _moment(text + "T23:59:59.999999Z" if _is_day(text) else text)


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _moment(text: str) -> Instant:
    found = parse_instant(text)
    if found is None:
        # In an address a plus sign is a space: `+01:00` must be written `%2B01:00`.
        found = parse_instant(text.replace(" ", "+"))
    if found is None:
        bad(f"The parameter 'datetime' has '{text[:_LONGEST]}', no date-time such as 2026-11-22T13:00:00Z.")
    return found
