"""Instant: a moment in UTC, written so that text order is time order (ISO 8601, RFC 3339)."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NewType

Instant = NewType("Instant", str)
"""Shape `2026-11-22T13:49:00.000000Z`: always UTC, always microseconds."""

NO_INSTANT = Instant("")
"""Earlier than every moment."""

_DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:(\d{2})(?:[.,]\d{1,9})?(?:[Zz]|[+-]\d{2}:?\d{2})", re.ASCII
)


def parse_instant(text: str) -> Instant | None:
    """Read a date-time with a zone; None if `text` is not one.

    >>> parse_instant("2022-11-29T11:47:16.181+01:00")
    '2022-11-29T10:47:16.181000Z'
    >>> parse_instant("2022-11-29T11:47:16") is None
    True
    """
    moment = _moment(text)
    return None if moment is None else instant_of(moment)


@lru_cache(maxsize=1_024)
def is_date_time(text: str) -> bool:
    """Whether `parse_instant` reads this.

    >>> is_date_time("2022-11-29T11:47:16Z"), is_date_time("2022-11-31T11:47:16Z")
    (True, False)
    """
    return _moment(text) is not None


def _moment(text: str) -> datetime | None:
    found = _DATE_TIME.fullmatch(text) if len(text) >= 20 else None
    if found is None:
        return None
    try:
        if found[1] != "60":
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        before = datetime.fromisoformat(f"{text[:17]}59{text[19:]}".upper())  # a datetime has no leap second
        return (before + timedelta(seconds=1)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def instant_of(moment: datetime) -> Instant:
    """Write an aware datetime as an Instant."""
    return Instant(moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z")


def datetime_of(instant: Instant) -> datetime:
    """Read an Instant back as an aware datetime in UTC.

    >>> datetime_of(Instant("2022-11-29T10:47:16.181000Z")).minute
    47
    """
    return datetime.fromisoformat(instant)


def plus_seconds(instant: Instant, seconds: float) -> Instant:
    """The Instant that many seconds later (earlier, if negative).

    >>> plus_seconds(Instant("2022-11-29T10:47:16.181000Z"), 1.5)
    '2022-11-29T10:47:17.681000Z'
    """
    return instant_of(datetime_of(instant) + timedelta(seconds=seconds))


def seconds_between(earlier: Instant, later: Instant) -> float:
    """Seconds from `earlier` to `later`; negative if they stand the other way round."""
    return (datetime_of(later) - datetime_of(earlier)).total_seconds()


def shortened(instant: Instant) -> str:
    """The same moment without trailing zeros of a second, as people and most clients write it.

    >>> shortened(Instant("2022-11-29T10:47:16.181000Z")), shortened(Instant("2022-11-29T10:47:16.000000Z"))
    ('2022-11-29T10:47:16.181Z', '2022-11-29T10:47:16Z')
    """
    whole, _, fraction = instant[:-1].partition(".")
    fraction = fraction.rstrip("0")
    fraction += "0" * (-len(fraction) % 3)
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"
