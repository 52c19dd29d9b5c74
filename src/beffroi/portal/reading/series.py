"""Series: each number of an entity over time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from beffroi.broker.rules.temporal.evolution import Event
from beffroi.broker.rules.temporal.window import Placed
from beffroi.kernel.instant import NO_INSTANT, Instant, datetime_of, plus_seconds, seconds_between
from beffroi.portal.reading.values import number_of

MOST_POINTS: Final = 400
MOST_OF_ALL: Final = 8_000
"""Points of all series of a page."""

FEWEST: Final = 40
PERIODS: Final[Mapping[str, float]] = {
    "hour": 3_600.0,
    "day": 86_400.0,
    "week": 7 * 86_400.0,
    "month": 30 * 86_400.0,
    "year": 365 * 86_400.0,
}
"""Seconds before the newest value, for those who look at a part."""


@dataclass(frozen=True, slots=True)
class Point:
    at: Instant
    number: float


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of one attribute and dataset, oldest first; `thinned` counts those left out. Between the
    last point before `known_since` and that moment there may be more that nobody read."""

    uri: str
    unit: str = ""
    points: Sequence[Point] = field(default_factory=list[Point])
    thinned: int = 0
    dataset: str = ""
    known_since: Instant = NO_INSTANT

    @property
    def lowest(self) -> float:
        return min(point.number for point in self.points)

    @property
    def highest(self) -> float:
        return max(point.number for point in self.points)

    @property
    def broken_at(self) -> int:
        """The number of the first point after what nobody read; 0 where there is no such point."""
        at = next((n for n, point in enumerate(self.points) if point.at >= self.known_since), 0)
        return at if self.known_since else 0


def is_number(event: Event) -> bool:
    return number_of(event.instance) is not None


def series_of(placed: Iterable[Placed], known_since: Instant = NO_INSTANT) -> list[Series]:
    """One series for each attribute and dataset of these numbers, in the order of time, one value a moment:
    the one that was written last. `known_since` is since when all that was written is there."""
    found = dict[tuple[str, str], list[Placed]]()
    for each in placed:
        found.setdefault((each.event.name, each.event.dataset), []).append(each)
    return [_series(name, dataset, of, known_since) for (name, dataset), of in found.items()]


def cut_to(series: Series, seconds: float, newest: Instant) -> Series:
    """The part of a series from so many seconds before a moment on."""
    since = plus_seconds(newest, -seconds)
    return replace(series, points=[point for point in series.points if point.at >= since])


def periods_of(many: Sequence[Series]) -> list[str]:
    """The names of the PERIODS that show less than everything and something at all."""
    if not many:
        return []
    newest, oldest = newest_of(many), min(one.points[0].at for one in many)
    whole = seconds_between(oldest, newest)
    return [
        name
        for name, seconds in PERIODS.items()
        if seconds < whole and any(len(cut_to(one, seconds, newest).points) > 1 for one in many)
    ]


def newest_of(many: Sequence[Series]) -> Instant:
    return max(one.points[-1].at for one in many)


def thinned(many: Sequence[Series]) -> list[Series]:
    """With no more points than charts can show: the lowest and the highest of each bit of time."""
    most = max(FEWEST, min(MOST_POINTS, MOST_OF_ALL // max(1, len(many))))
    return [_thinned(one, most) for one in many]


def _series(name: str, dataset: str, of: list[Placed], known_since: Instant) -> Series:
    of.sort(key=lambda each: (each.moment, each.event.at))
    numbers = {each.moment: number_of(each.event.instance) for each in of}
    points = [Point(moment, number) for moment, number in numbers.items() if number is not None]
    units = (each.event.instance.get("unitCode", "") for each in reversed(of))
    read = (each.moment for each in of if not each.event.id and each.event.at >= known_since)
    since = min(known_since, min(read, default=known_since))
    return Series(name, next(filter(None, units), ""), points, 0, dataset, since)


def _thinned(series: Series, most: int) -> Series:
    points = series.points
    if len(points) <= most:
        return series
    begin = datetime_of(points[0].at)
    whole = seconds_between(points[0].at, points[-1].at) or 1.0
    bits = dict[int, list[Point]]()
    for point in points[1:-1]:
        share = (datetime_of(point.at) - begin).total_seconds() / whole
        bits.setdefault(int(share * (most - 2) / 2), []).append(point)
    kept = {points[0], points[-1]}
    for bit in bits.values():
        kept |= {min(bit, key=lambda each: each.number), max(bit, key=lambda each: each.number)}
    left = sorted(kept, key=lambda each: each.at)
    return replace(series, points=left, thinned=len(points) - len(left))
