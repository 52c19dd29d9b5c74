"""The records that monitoring keeps, all without a tenant.

- `watch`, by offering: the moment of the last probe, the month with its counts so far, where each objective
  stands, the months that are not settled, the oldest hour whose probes are kept;
- `level`, by offering and day: the hours of the day (`rollup.py`), for good;
- `probe`, by offering and hour: the probes themselves, the newest MOST_PROBES of each hour, for KEPT_HOURS;
- `breach` (`breach.py`), for good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from beffroi.kernel.instant import Instant, instant_of
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.service_level.promise import Promise

WATCH: Final = "watch"
LEVEL: Final = "level"
PROBE: Final = "probe"
KEPT_HOURS: Final = 72
MOST_PROBES: Final = 240
MOST_SETTLED: Final = 60
"""Months that are remembered as settled."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is watched: an offering with its promise, and the seconds between its probes."""

    offering: JsonObject
    promise: Promise
    interval: float

    @property
    def id(self) -> str:
        return str(self.offering["id"])


def watch_key(offering: str) -> Key:
    return Key("", WATCH, offering)


def level_key(offering: str, day: str) -> Key:
    """The hours of one day, such as 2026-11-22."""
    return Key("", LEVEL, f"{offering}|{day}")


def probes_key(offering: str, hour: str) -> Key:
    """The probes of one hour, such as 2026-11-22T10."""
    return Key("", PROBE, f"{offering}|{hour}")


def watched_at(watch: Record | None) -> str:
    """The moment of the last probe; empty before the first one."""
    return str(watch.body["last"]) if watch is not None else ""


def new_watch(at: Instant) -> JsonObject:
    """A watch that begins."""
    return {
        "last": "",
        "month": at[:7],
        "counts": {},
        "runs": {},
        "samples": {},
        "unsettled": {},
        "settled": [],
        "oldest": at[:13],
    }


def in_month(watch: JsonObject, month: str) -> JsonObject:
    """The watch in another month, which begins at nothing; the one before waits to be settled."""
    unsettled = {**cast("JsonObject", watch["unsettled"]), str(watch["month"]): watch["samples"]}
    return {**watch, "month": month, "counts": {}, "samples": {}, "unsettled": unsettled}


def months_to_settle(watch: Mapping[str, Json], now: Instant) -> Sequence[str]:
    """The months of a watch that are over and not settled yet."""
    months = {*cast("JsonObject", watch["unsettled"]), str(watch["month"])}
    return sorted(month for month in months - {*_settled(watch)} if month < now[:7])


def samples_of(watch: Mapping[str, Json], month: str) -> Mapping[str, Sequence[JsonObject]]:
    """The last probes of a month that missed, by metric."""
    unsettled = cast("dict[str, dict[str, list[JsonObject]]]", watch["unsettled"])
    own = cast("dict[str, list[JsonObject]]", watch["samples"])
    return own if month == watch["month"] else unsettled.get(month, {})


def settled(watch: JsonObject, month: str) -> JsonObject:
    """The watch once a month of it is settled."""
    unsettled = {name: each for name, each in cast("JsonObject", watch["unsettled"]).items() if name != month}
    done: list[Json] = [*_settled(watch), month]
    return {**watch, "unsettled": unsettled, "settled": done[-MOST_SETTLED:]}


def hours_after(hour: str, hours: int) -> str:
    """The name of an hour so many hours later.

    >>> hours_after("2026-11-30T23", 1)
    '2026-12-01T00'
    """
    moment = datetime.fromisoformat(f"{hour}:00:00").replace(tzinfo=UTC)
    return instant_of(moment + timedelta(hours=hours))[:13]


def _settled(watch: Mapping[str, Json]) -> list[str]:
    return cast("list[str]", watch["settled"])
