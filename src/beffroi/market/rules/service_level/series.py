"""What was measured as a series: hours with the percentage of each objective, for a chart."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.market.rules.prices.calendar import Days
from beffroi.market.rules.service_level.breach import measured_number
from beffroi.market.rules.service_level.rollup import tallies_in, unknown_seconds


def hours_of(days: Days, levels: Mapping[date, JsonObject], now: Instant) -> list[JsonObject]:
    """Every hour of these days that has begun, those that nobody watched too: the percentage by metric, the
    seconds that are unknown, the probes in maintenance, the slowest answer in milliseconds."""
    return [
        _hour(name, hour, now)
        for day in days
        for name, hour in _named(day, levels.get(day))
        if name <= now[:13]
    ]


def _named(day: date, level: JsonObject | None) -> Iterator[tuple[str, JsonObject | None]]:
    hours = cast("dict[str, JsonObject]", level["hours"]) if level is not None else {}
    for number in range(24):
        yield f"{day.isoformat()}T{number:02}", hours.get(f"{number:02}")


def _hour(name: str, hour: JsonObject | None, now: Instant) -> JsonObject:
    passed = 3600.0 if name < now[:13] else 60.0 * int(now[14:16]) + float(now[17:-1])
    percents: JsonObject = {
        metric: measured_number(tally) for metric, tally in tallies_in(hour or {}).items()
    }
    return {
        "hour": f"{name}:00:00Z",
        "measured": percents,
        "probes": (hour or {}).get("probes", 0),
        "maintenance": (hour or {}).get("maintenance", 0),
        "slowestMilliseconds": (hour or {}).get("slowest"),
        "unknownSeconds": round(unknown_seconds(hour, passed)),
    }
