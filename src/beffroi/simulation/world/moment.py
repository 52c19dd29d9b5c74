"""Ticks, moments (seconds since 1970) and the local time by which people live."""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

TICK_SECONDS = 5
REPORT_TICKS = 14  # about 7 % of the live things report at each tick
DAY = 86_400
HOUR = 3_600


def tick_of(moment: float) -> int:
    return int(moment // TICK_SECONDS)


def moment_of(tick: int) -> int:
    return tick * TICK_SECONDS


def last_report(key: int, tick: int) -> int:
    """Find the tick at which this thing reported last: its turn comes every REPORT_TICKS ticks."""
    return tick - (tick + key) % REPORT_TICKS


def utc_offset(moment: float) -> int:
    """Give the seconds that clocks in France are ahead of UTC (directive 2000/84/EC).

    Written out, because a small system may have no time zone database.
    """
    opens, closes = _summer(datetime.fromtimestamp(moment, UTC).year)
    return 2 * HOUR if opens <= moment < closes else HOUR


@lru_cache(maxsize=16)
def _summer(year: int) -> tuple[float, float]:
    return _last_sunday(year, 3), _last_sunday(year, 10)


def _last_sunday(year: int, month: int) -> float:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return (last - timedelta(days=(last.weekday() + 1) % 7)).timestamp()


def local_hour(moment: float) -> float:
    """Give the local hour, 0 to 24, with its fraction."""
    return ((moment + utc_offset(moment)) % DAY) / HOUR


def at_work(moment: float) -> bool:
    """Tell whether the local day is one from Monday to Friday."""
    return (int((moment + utc_offset(moment)) // DAY) + 3) % 7 < 5  # 1 January 1970 was a Thursday


def local_midnight(moment: float) -> int:
    offset = utc_offset(moment)
    return int((moment + offset) // DAY) * DAY - offset


def day_of_year(moment: float) -> float:
    """Give the day of the year from 0, with its fraction, by the mean length of a year."""
    return (moment / DAY) % 365.2425


def in_utc(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def in_local_time(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, timezone(timedelta(seconds=utc_offset(moment))))
