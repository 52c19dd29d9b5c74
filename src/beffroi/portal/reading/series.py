"""Series: each number of an entity over time, from the traces that its changes left."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from beffroi.broker.rules.entity.entity import Instance
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import decode_object
from beffroi.portal.reading.values import number_of
from beffroi.portal.words.language import instant_or_none
from beffroi.store.port import Trace

MOST_TRACES: Final = 2_000
MOST_POINTS: Final = 400


@dataclass(frozen=True, slots=True)
class Point:
    at: Instant
    number: float


@dataclass(slots=True)
class Series:
    """The numbers of one attribute, oldest first, at most `MOST_POINTS`; `thinned` counts those left out."""

    uri: str
    unit: str = ""
    points: list[Point] = field(default_factory=list[Point])
    thinned: int = 0

    @property
    def lowest(self) -> float:
        return min(point.number for point in self.points)

    @property
    def highest(self) -> float:
        return max(point.number for point in self.points)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a trace says: the instances of each changed attribute after the change."""

    attributes: dict[str, list[Instance]]
    deleted: bool


def changed_by(trace: Trace) -> Changed:
    """Read the body that the context plane wrote into a trace."""
    body = decode_object(trace.body)
    changed = body.get("changed", {})
    return Changed(cast("dict[str, list[Instance]]", cast("object", changed)), body.get("deleted") is True)


def series_of(traces: Sequence[Trace]) -> list[Series]:
    """One series for each attribute that was ever a number, in the order in which they appeared."""
    found = dict[str, Series]()
    for trace in traces:
        for uri, instances in changed_by(trace).attributes.items():
            for instance in instances[:1]:
                number = number_of(instance)
                if number is not None:
                    series = found.setdefault(uri, Series(uri))
                    series.unit = instance.get("unitCode", series.unit)
                    at = instant_or_none(instance.get("observedAt")) or trace.at
                    series.points.append(Point(at, number))
    return [_thinned(series) for series in found.values()]


def _thinned(series: Series) -> Series:
    """In the order of time, one value a moment, and no more points than a chart can show."""
    by_moment = {point.at: point for point in series.points}
    ordered = sorted(by_moment.values(), key=lambda point: point.at)
    step = -(-len(ordered) // MOST_POINTS)
    kept = ordered if step <= 1 else ordered[::-1][::step][::-1]
    return Series(series.uri, series.unit, kept, len(ordered) - len(kept))
