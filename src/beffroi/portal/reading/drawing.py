"""A line through the points of a series, for pages without scripts (SVG path data)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.instant import seconds_between
from beffroi.portal.reading.series import Point

WIDTH: Final = 600
HEIGHT: Final = 120
EDGE: Final = 6


@dataclass(frozen=True, slots=True)
class Drawing:
    """A path within `WIDTH` by `HEIGHT`; time goes to the right, larger numbers stand higher."""

    path: str
    width: int = WIDTH
    height: int = HEIGHT


def drawn(points: Sequence[Point], broken_at: int = 0) -> Drawing:
    """A stepped line: a value holds until the next one was seen. It begins anew with the point `broken_at`,
    if there is one.

    >>> from beffroi.kernel.instant import Instant
    >>> drawn([Point(Instant("2026-01-01T00:00:00Z"), 1.0), Point(Instant("2026-01-01T00:00:10Z"), 3.0)]).path
    'M0 114H600V6'
    """
    whole = max(seconds_between(points[0].at, points[-1].at), 1e-6)
    low, high = min(p.number for p in points), max(p.number for p in points)
    tall = (high - low) or 1.0
    steps = list[str]()
    for number, point in enumerate(points):
        x = round(WIDTH * seconds_between(points[0].at, point.at) / whole, 1)
        y = round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (point.number - low) / tall, 1)
        steps.append(f"H{x:g}V{y:g}" if number not in {0, broken_at} else f"M{x:g} {y:g}")
    return Drawing("".join(steps))
