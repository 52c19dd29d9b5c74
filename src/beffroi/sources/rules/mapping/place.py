"""Where a thing stands: from fields to a GeoJSON geometry in WGS 84 (RFC 7946), swapped axes found out."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from beffroi.kernel.geometry import WORLD, Box
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.rules.mapping.number import number_of, plain
from beffroi.sources.rules.mapping.path import Path, value_at
from beffroi.sources.rules.quoting import quoted

Axes: TypeAlias = Literal["check", "detect", "given", "swapped"]
"""What to do with places that lie where they should only with longitude and latitude exchanged: take none of
them, turn those, do not look, or turn every place."""
Order: TypeAlias = Literal["lon-lat", "lat-lon"]

MOST_POSITIONS = 10_000
AXES: tuple[Axes, ...] = ("check", "detect", "given", "swapped")
TOLERANCE = 0.1  # degrees around the stated area
DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
WGS_84 = ("4326", "CRS84", "WGS84", "WGS 84")

_BRACKETS = re.compile(r"[\[\]()]")
_BETWEEN = (re.compile(r"\s*;\s*"), re.compile(r"\s*,\s+"), re.compile(r"\s+"), re.compile(r","))
"""What may stand between two numbers; a comma only where none of the others does."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Two fields."""

    longitude: Path
    latitude: Path


@dataclass(frozen=True, slots=True)
class Pair:
    """One field that holds both: a list, a text such as "50.6, 3.1", or an object with lon and lat."""

    field: Path
    order: Order


@dataclass(frozen=True, slots=True)
class Geometry:
    """One field that holds a GeoJSON geometry."""

    field: Path


Whereabouts: TypeAlias = Coordinates | Pair | Geometry


class Position(NamedTuple):
    """Degrees in WGS 84."""

    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Located:
    """A geometry, and whether its axes were swapped to get it or it lies outside the stated area."""

    geometry: JsonObject
    swapped: bool = False
    outside: bool = False


def locate(
    record: JsonObject,
    ways: tuple[Whereabouts, ...],
    axes: Axes,
    area: Box | None,
    around: Sequence[Box] = (),
) -> Located | None:
    """The place of a record by the first way that its fields allow; None if they allow none.

    It should lie in `area`, or, without one, in one of the boxes `around`. Where it lies so only with
    longitude and latitude exchanged, "detect" turns it and "check" refuses it; "swapped" turns each, and
    refuses those that lie right as they are written. Raises Problem(BadRequestData).
    """
    found = written(record, ways)
    if found is None:
        return None
    return _judged(found, axes, area, around if area is None else (widened(area),))


def written(record: JsonObject, ways: tuple[Whereabouts, ...]) -> JsonObject | None:
    """The geometry of a record as its fields have it; raises Problem(BadRequestData)."""
    return next((found for way in ways if (found := _read(record, way)) is not None), None)


def widened(area: Box, by: float = TOLERANCE) -> Box:
    """The area with its tolerance."""
    west, south, east, north = area
    return Box(west - by, south - by, east + by, north + by)


def is_swapped(at: Position, around: Sequence[Box]) -> bool:
    """Whether a position lies in one of these boxes, or in the world, only with its axes exchanged.

    >>> lille = Box(2.9, 50.5, 3.2, 50.8)
    >>> is_swapped(Position(50.64, 3.07), [lille]), is_swapped(Position(3.07, 50.64), [])
    (True, False)
    >>> is_swapped(Position(-33.8, 151.2), [])
    True
    """
    turned = Position(at.latitude, at.longitude)
    if not is_within(at, WORLD):
        return is_within(turned, WORLD)
    return not any(is_within(at, each) for each in around) and any(is_within(turned, each) for each in around)


def is_within(at: Position, box: Box) -> bool:
    """Whether a position lies in a box, or on its edge."""
    return box.west <= at.longitude <= box.east and box.south <= at.latitude <= box.north


def first_position(geometry: JsonObject) -> Position:
    """Where a geometry begins."""
    coordinates = geometry["coordinates"]
    depth = DEPTH[str(geometry["type"])]
    position = next(_positions(coordinates, depth)) if isinstance(coordinates, list) else []
    x, y = position[:2]
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        raise _no_place(geometry)
    return Position(x, y)


def _read(record: JsonObject, way: Whereabouts) -> JsonObject | None:
    match way:
        case Coordinates(east, north):
            x, y = value_at(record, east), value_at(record, north)
            return None if _empty(x) or _empty(y) else _point(x, y)
        case Pair(field, order):
            return _from_pair(value_at(record, field), order)
        case Geometry(field):
            value = value_at(record, field)
            return None if _empty(value) else _geometry(value)


def _from_pair(value: Json, order: Order) -> JsonObject | None:
    match value:
        case None | "":
            return None
        case {"lon": x, "lat": y} | {"longitude": x, "latitude": y} | {"lng": x, "lat": y}:
            return _point(x, y)
        case {"type": "Point", "coordinates": _}:
            return _geometry(value)
        case list() if len(value) == 2:
            first, second = value
        case str() if len(value) <= 100:
            first, second = _two(value)
        case _:
            raise _no_place(value)
    return _point(first, second) if order == "lon-lat" else _point(second, first)


def _two(text: str) -> tuple[str, str]:
    bare = _BRACKETS.sub(" ", text).strip()
    for between in _BETWEEN:
        parts = between.split(bare)
        if len(parts) == 2:
            return parts[0], parts[1]
    raise _no_place(text)


def _point(x: Json, y: Json) -> JsonObject | None:
    position: list[Json] = [plain(number_of(x)), plain(number_of(y))]
    return None if position == [0, 0] else {"type": "Point", "coordinates": position}


def _geometry(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise _no_place(value)
    kind, coordinates = value.get("type"), value.get("coordinates")
    if not isinstance(kind, str) or kind not in DEPTH or not isinstance(coordinates, list):
        raise _no_place(value)
    _check_reference(value)
    counted = 0
    for position in _positions(coordinates, DEPTH[kind]):
        counted += 1
        if counted > MOST_POSITIONS:
            raise Problem(BadRequestData, f"The geometry has more than {MOST_POSITIONS} positions.")
        if not 2 <= len(position) <= 4 or not all(_is_number(each) for each in position):
            raise _no_place(value)
    if counted == 0:
        raise _no_place(value)
    return {"type": kind, "coordinates": coordinates}


def _check_reference(geometry: JsonObject) -> None:
    """RFC 7946 knows WGS 84 only; portals that say another system mean it."""
    match geometry.get("@srs") or geometry.get("crs"):
        case None:
            return
        case str(name) | {"properties": {"name": str(name)}} if any(each in name for each in WGS_84):
            return
        case str(name) | {"properties": {"name": str(name)}}:
            raise Problem(BadRequestData, f"The geometry is not in WGS 84 but in {quoted(name, 100)}.")
        case other:
            raise Problem(BadRequestData, f"The geometry is in a reference system that is {quoted(other)}.")


def _judged(geometry: JsonObject, axes: Axes, area: Box | None, around: Sequence[Box]) -> Located:
    at = first_position(geometry)
    swapped = axes == "swapped" or (axes == "detect" and is_swapped(at, around))
    if swapped:
        geometry = {"type": geometry["type"], "coordinates": _turned(geometry)}
        at = Position(at.latitude, at.longitude)
    if axes in ("check", "swapped") and is_swapped(at, around):
        raise Problem(
            BadRequestData,
            f"Longitude {at.longitude} and latitude {at.latitude} stand in each other's place.",
        )
    if not is_within(at, WORLD):
        raise Problem(
            BadRequestData,
            f"{at.longitude}, {at.latitude} is no longitude and latitude: is this a projected reference "
            "system?",
        )
    return Located(geometry, swapped, area is not None and not is_within(at, widened(area)))


def _turned(geometry: JsonObject) -> Json:
    def exchange(position: list[Json]) -> list[Json]:
        return [position[1], position[0], *position[2:]]

    return _mapped(geometry["coordinates"], DEPTH[str(geometry["type"])], exchange)


def _mapped(coordinates: Json, depth: int, change: Callable[[list[Json]], list[Json]]) -> Json:
    if not isinstance(coordinates, list):
        return coordinates
    return change(coordinates) if depth == 0 else [_mapped(each, depth - 1, change) for each in coordinates]


def _positions(coordinates: list[Json], depth: int) -> Iterator[list[Json]]:
    if depth == 0:
        yield coordinates
        return
    for each in coordinates:
        if not isinstance(each, list):
            raise _no_place(each)
        yield from _positions(each, depth - 1)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _empty(value: Json) -> bool:
    return value is None or value == ""


def _no_place(value: Json) -> Problem:
    return Problem(BadRequestData, f"{quoted(value, 80)} is not a place.")
