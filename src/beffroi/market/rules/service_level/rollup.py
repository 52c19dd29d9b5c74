"""Roll probes up into hours, and hours into a month: counts only, so that any sum of them is exact.

An hour is `{"probes", "maintenance", "interval", "slowest", "counts": {metric: [met, missed]}}`; `interval`
is the seconds between probes that it was measured with.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple, cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.service_level.probe import Outcome


class Tally(NamedTuple):
    """How much met an objective and how much missed it."""

    met: int = 0
    missed: int = 0

    def plus(self, other: "Tally | Outcome") -> "Tally":
        return Tally(self.met + other.met, self.missed + other.missed)

    def is_below(self, target: Decimal) -> bool:
        """Whether less than `target` percent is met; what was never measured is not below."""
        return self.met * 100 < target * (self.met + self.missed)


def percent_of(tally: Tally) -> Decimal | None:
    """The measured percentage with four decimals, never rounded up; None for what was never measured.

    >>> percent_of(Tally(999_999, 1)), percent_of(Tally(2, 1)), percent_of(Tally())
    (Decimal('99.9999'), Decimal('66.6666'), None)
    """
    whole = tally.met + tally.missed
    if not whole:
        return None
    return (Decimal(tally.met * 100) / whole).quantize(Decimal("0.0001"), ROUND_FLOOR)


def with_probe(
    hour: Mapping[str, Json], probe: Mapping[str, Json], found: Mapping[str, Outcome], interval: float
) -> JsonObject:
    """The hour after one more probe."""
    counts = tallies_in(hour)
    for metric, outcome in found.items():
        counts[metric] = counts.get(metric, Tally()).plus(outcome)
    return {
        "probes": _count(hour, "probes") + 1,
        "maintenance": _count(hour, "maintenance") + int(bool(probe.get("maintenance"))),
        "interval": interval,
        "slowest": max(_count(hour, "slowest"), _count(probe, "milliseconds")),
        "counts": {metric: [tally.met, tally.missed] for metric, tally in counts.items()},
    }


def tallies_in(hour: Mapping[str, Json]) -> dict[str, Tally]:
    """The counts of an hour, or of a month so far, by metric."""
    counts = cast("dict[str, list[int]]", hour.get("counts") or {})
    return {metric: Tally(met, missed) for metric, (met, missed) in counts.items()}


def summed(hours: Iterable[Mapping[str, Json]]) -> dict[str, Tally]:
    """The counts of all these hours together, by metric."""
    sums = dict[str, Tally]()
    for hour in hours:
        for metric, tally in tallies_in(hour).items():
            sums[metric] = sums.get(metric, Tally()).plus(tally)
    return sums


def unknown_seconds(hour: Mapping[str, Json] | None, seconds: float = 3600) -> float:
    """How much of an hour nobody watched; `seconds` is how much of it has passed."""
    if hour is None:
        return seconds
    interval = hour.get("interval")
    watched = _count(hour, "probes") * (interval if isinstance(interval, int | float) else 0)
    return max(0.0, seconds - watched)


def _count(of: Mapping[str, Json], name: str) -> int:
    value = of.get(name)
    return value if isinstance(value, int) else 0
