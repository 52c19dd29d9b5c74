"""A short forecast by hand: what is free now, moved by the time of day and by what has just happened.

    f(t + h) = now + SEASON × (p(t + h) - p(t)) + PULL(h) × (p(t) - now) + TREND(h) × slope × h

within 0 and the capacity. p is the mean of the thing at this quarter of an hour in the days before,
slope what the last half hour says (the trend); PULL says how much of what is unusual now has gone by then.
The naive forecast, against which the error is stated, is: nothing changes.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

HORIZONS = (15, 30, 60)
QUARTER_S = 900
DAY_S = 86_400
SLOTS = DAY_S // QUARTER_S
RECENT_S = 1_800
SEASON = 0.9
PULL = {15: 0.2, 30: 0.4, 60: 0.5}
TREND = {15: 0.1, 30: 0.05, 60: 0.0}
FORGETTING = 0.3
MOST_RECENT = 200
MOST_OPEN = 400


@dataclass
class Thing:
    """What is known of one station: (sum, weight) of each quarter of the day, the last half hour, forecasts
    that wait for their hour."""

    profile: list[float | None] = field(default_factory=lambda: [None] * SLOTS)
    recent: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MOST_RECENT))
    slot: int = -1
    total: float = 0.0
    seen: int = 0


@dataclass
class Score:
    """Sums of absolute errors of the forecast and of the naive one, by horizon."""

    count: int = 0
    ours: float = 0.0
    naive: float = 0.0

    def said(self) -> dict[str, float | int]:
        if not self.count:
            return {"count": 0}
        return {
            "count": self.count,
            "meanAbsoluteError": round(self.ours / self.count, 4),
            "naive": round(self.naive / self.count, 4),
        }


def observe(thing: Thing, at: float, value: float) -> None:
    """Take in what was free at a moment (seconds since 1970); an older one than the last is not news."""
    if thing.recent and at <= thing.recent[-1][0]:
        return
    thing.recent.append((at, value))
    while thing.recent and thing.recent[0][0] < at - RECENT_S:
        thing.recent.popleft()
    slot = _slot(at)
    if slot != thing.slot:
        _close(thing)
        thing.slot, thing.total, thing.seen = slot, 0.0, 0
    thing.total += value
    thing.seen += 1


def forecast(thing: Thing, capacity: float, minutes: int) -> float:
    """What will be free in so many minutes. Raises IndexError if nothing was ever observed."""
    at, now = thing.recent[-1]
    ahead = at + minutes * 60
    expected = now + TREND[minutes] * _slope(thing) * minutes * 60
    before, after = _at(thing, at), _at(thing, ahead)
    if before is not None and after is not None:
        expected += SEASON * (after - before) + PULL[minutes] * (before - now)
    return min(max(expected, 0.0), capacity)


def as_state(thing: Thing) -> dict[str, Any]:
    """What is kept on disk."""
    return {
        "profile": thing.profile,
        "recent": list(thing.recent),
        "slot": thing.slot,
        "total": thing.total,
        "seen": thing.seen,
    }


def from_state(said: dict[str, Any]) -> Thing:
    recent = deque([(float(at), float(value)) for at, value in said["recent"]], maxlen=MOST_RECENT)
    return Thing(list(said["profile"]), recent, int(said["slot"]), float(said["total"]), int(said["seen"]))


def _close(thing: Thing) -> None:
    """A quarter of an hour is over: its mean goes into the profile."""
    if thing.seen:
        mean, known = thing.total / thing.seen, thing.profile[thing.slot]
        thing.profile[thing.slot] = mean if known is None else known + FORGETTING * (mean - known)


def _at(thing: Thing, at: float) -> float | None:
    """The profile between the middles of two quarters."""
    place = (at % DAY_S) / QUARTER_S - 0.5
    low = int(place // 1)
    first, second = thing.profile[low % SLOTS], thing.profile[(low + 1) % SLOTS]
    return None if first is None or second is None else first + (second - first) * (place - low)


def _slope(thing: Thing) -> float:
    """The change in a second over the last half hour, by least squares."""
    if len(thing.recent) < 3:
        return 0.0
    middle = sum(at for at, _ in thing.recent) / len(thing.recent)
    mean = sum(value for _, value in thing.recent) / len(thing.recent)
    below = sum((at - middle) ** 2 for at, _ in thing.recent)
    return sum((at - middle) * (value - mean) for at, value in thing.recent) / below if below else 0.0


def _slot(at: float) -> int:
    return int(at % DAY_S) // QUARTER_S
