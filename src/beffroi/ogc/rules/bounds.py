"""Bounds: the bbox parameter, and whether a geometry meets it (17-069r4, 7.15.3)."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from beffroi.broker.rules.entity.entity import LOCATION
from beffroi.broker.rules.geo.geo import geo_matcher
from beffroi.broker.rules.geo.geometry import box_of
from beffroi.broker.rules.names import bad
from beffroi.broker.rules.query.query import GeoQuery
from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject

LONGEST: Final = 200
_ROUND: Final = 360.0

Meets: TypeAlias = Callable[[JsonObject], bool]


@dataclass(frozen=True, slots=True)
class Bounds:
    """One box, or two where the bbox crosses the antimeridian; heights in metres if they were given."""

    boxes: tuple[Box, ...]
    heights: tuple[float, float] | None = None


def read_bounds(text: str) -> Bounds:
    """Read west,south,east,north, or with heights west,south,low,east,north,high (CRS84, CRS84h).

    West may be greater than east, and longitudes may go on beyond 180 degrees, as maps that are turned
    around the world write them: both mean the antimeridian. Raises Problem(BadRequestData).

    >>> read_bounds("3,50.5,3.2,50.7").boxes
    (Box(west=3.0, south=50.5, east=3.2, north=50.7),)
    >>> len(read_bounds("177,-20,-178,-16").boxes)
    2
    """
    if len(text) > LONGEST:
        bad(f"The parameter 'bbox' is longer than {LONGEST} characters.")
    numbers = [_number(part, text) for part in text.split(",")]
    if len(numbers) == 4:
        west, south, east, north = numbers
        return Bounds(_boxes(west, south, east, north))
    if len(numbers) != 6:
        bad(f"The parameter 'bbox' has {len(numbers)} numbers; it needs 4 or 6.")
    west, south, low, east, north, high = numbers
    if low > high:
        bad(f"The parameter 'bbox' has the lower height {low} above the upper height {high}.")
    return Bounds(_boxes(west, south, east, north), (low, high))


def meeter(bounds: Bounds) -> Meets:
    """A test whether a geometry has a point in common with the bounds.

    A geometry without heights lies at every height.
    """
    tests = tuple(map(_box_test, bounds.boxes))
    heights = bounds.heights

    def meets(geometry: JsonObject) -> bool:
        if not any(test(geometry) for test in tests):
            return False
        return heights is None or _overlaps(list(_heights(geometry["coordinates"])), heights)

    return meets


def encloses(bounds: Bounds, box: Box) -> bool:
    """Whether whatever lies in the box meets the bounds."""
    west, south, east, north = box
    return bounds.heights is None and any(
        each.west <= west and east <= each.east and each.south <= south and north <= each.north
        for each in bounds.boxes
    )


def _boxes(west: float, south: float, east: float, north: float) -> tuple[Box, ...]:
    if not -90 <= south <= north <= 90:
        bad(f"The parameter 'bbox' has the latitudes {south} and {north}: not south to north within ±90.")
    if abs(west) > 540 or abs(east) > 540:
        bad(f"The parameter 'bbox' has the longitudes {west} and {east}, which are no degrees.")
    if east - west >= _ROUND:
        return (Box(-180.0, south, 180.0, north),)
    west, east = _within(west), _within(east)
    if west <= east:
        return (Box(west, south, east, north),)
    return Box(west, south, 180.0, north), Box(-180.0, south, east, north)


def _within(longitude: float) -> float:
    """The same meridian between -180 and 180."""
    if -180 <= longitude <= 180:
        return longitude
    return (longitude + 180) % _ROUND - 180


def _box_test(box: Box) -> Meets:
    crosses = geo_matcher(GeoQuery("intersects", _shape(box), LOCATION))

    def meets(geometry: JsonObject) -> bool:
        other = box_of(geometry)
        apart = (
            other.west > box.east
            or box.west > other.east
            or other.south > box.north
            or box.south > other.north
        )
        return not apart and (geometry["type"] == "Point" or crosses(geometry))

    return meets


def _shape(box: Box) -> JsonObject:
    """The box as a geometry; a box without width or height is a line or a point."""
    west, south, east, north = box
    if (west, south) == (east, north):
        return {"type": "Point", "coordinates": [west, south]}
    if west == east or south == north:
        return {"type": "LineString", "coordinates": [[west, south], [east, north]]}
    ring: Json = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _heights(coordinates: Json) -> Iterator[float]:
    parts = cast("list[Json]", coordinates)
    if parts and isinstance(parts[0], list):
        for part in parts:
            yield from _heights(part)
    elif len(parts) > 2:
        yield cast("float", parts[2])


def _overlaps(found: list[float], asked: tuple[float, float]) -> bool:
    return not found or (min(found) <= asked[1] and asked[0] <= max(found))


def _number(part: str, text: str) -> float:
    try:
        number = float(part)
    except ValueError:
        bad(f"The parameter 'bbox' is '{text}': '{part}' is not a number.")
    if not math.isfinite(number) or "_" in part:
        bad(f"The parameter 'bbox' is '{text}': '{part}' is not a number.")
    return number
