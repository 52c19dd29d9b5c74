"""Duration: the length of the periods of an aggregation (clause 4.5.19.1, ISO 8601)."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from beffroi.broker.rules.names import bad
from beffroi.kernel.instant import Instant, datetime_of, instant_of

_DURATION: Final = re.compile(
    r"P(?:(\d{1,6})W|(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})D)?"
    r"(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10}(?:[.,]\d{1,6})?)S)?)?)",
    re.ASCII,
)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_MONTH_S: Final = 2_629_746.0
"""The mean length of a month, to guess at a period before it is looked up."""


class Duration(NamedTuple):
    """Months have no length of their own. Nothing of both: one period that spans everything."""

    months: int
    seconds: float

    @property
    def is_everything(self) -> bool:
        return not self.months and not self.seconds


WHOLE: Final = Duration(0, 0.0)


def parse_duration(text: str) -> Duration:
    """Read a duration. Raises Problem(BadRequestData).

    >>> parse_duration("P1Y2M10DT2H30M")
    Duration(months=14, seconds=873000.0)
    """
    found = _DURATION.fullmatch(text)
    if found is None or text == "P":
        bad(f"The aggrPeriodDuration '{text[:50]}' is no duration such as PT1H, P1D or P1M.")
    weeks, years, months, days, hours, minutes, seconds = (part or "0" for part in found.groups())
    fine = float(seconds.replace(",", "."))
    length = int(weeks) * 604_800 + int(days) * 86_400 + int(hours) * 3_600 + int(minutes) * 60 + fine
    return Duration(int(years) * 12 + int(months), float(length))


def period_of(moment: Instant, first: Instant, duration: Duration) -> tuple[Instant, Instant]:
    """Beginning and end of the period that a moment lies in, where the first period begins at `first`.

    >>> day = Duration(0, 86_400.0)
    >>> period_of(Instant("2026-03-02T10:00:00.000000Z"), Instant("2026-03-01T12:00:00.000000Z"), day)
    ('2026-03-01T12:00:00.000000Z', '2026-03-02T12:00:00.000000Z')
    """
    begin, at = datetime_of(first), datetime_of(moment)
    length = duration.months * _MONTH_S + duration.seconds
    count = int((at - begin).total_seconds() // length)
    while _start(begin, count, duration) > at:
        count -= 1
    while _start(begin, count + 1, duration) <= at < _LAST:
        count += 1
    return instant_of(_start(begin, count, duration)), instant_of(_start(begin, count + 1, duration))


def _start(begin: datetime, count: int, duration: Duration) -> datetime:
    """Where the period with this number begins; the last moment of all where that is out of reach."""
    try:
        months = begin.year * 12 + begin.month - 1 + count * duration.months
        year, month = divmod(months, 12)
        day = min(begin.day, monthrange(year, month + 1)[1])
        moved = begin.replace(year=year, month=month + 1, day=day)
        return moved + timedelta(seconds=count * duration.seconds)
    except (ValueError, OverflowError):
        return _LAST
