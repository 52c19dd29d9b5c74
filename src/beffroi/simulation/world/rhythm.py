"""The shapes of a day: curves that go through given hours."""

from bisect import bisect_right
from math import exp
from typing import TypeAlias

Curve: TypeAlias = tuple[tuple[float, float], ...]


def along(curve: Curve, hour: float) -> float:
    """Read a curve of (hour, value) points, straight between two points; it starts at 0 and ends at 24.

    >>> along(((0, 0.0), (12, 6.0), (24, 0.0)), 6)
    3.0
    """
    place = min(bisect_right(curve, hour, key=_hour), len(curve) - 1)
    (from_hour, start), (to_hour, end) = curve[place - 1], curve[place]
    return start + (end - start) * (hour - from_hour) / (to_hour - from_hour)


def _hour(point: tuple[float, float]) -> float:
    return point[0]


def rush(hour: float) -> float:
    """Tell how much of a working day's traffic is on the move, from 0 at night to about 1 at both peaks."""
    return _hill(hour, 8.2, 1.1) + _hill(hour, 17.8, 1.5) + 0.25 * _hill(hour, 13, 3)


def _hill(hour: float, top: float, width: float) -> float:
    return exp(-(((hour - top) / width) ** 2))
