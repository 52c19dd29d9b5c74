"""Where a thing stands: from fields to a GeoJSON geometry in WGS 84 (RFC 7946), swapped axes found out."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from beffroi.kernel.geometry import WORLD, Box
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.rules.mapping.number import number_of, plain
from beffroi.sources.rules.mapping.path import Path, value_at
from beffroi.sources.rules.quoting import quoted

Axes: TypeAlias = Literal["detect", "given", "swapped"]
Order: TypeAlias = Literal["lon-lat", "lat-lon"]

MOST_POSITIONS = 10_000
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


@dataclass(frozen=True, slots=True)
class Located:
    """A geometry, and whether its axes were swapped to get it or it lies outside the stated area."""

    geometry: JsonObject
    swapped: bool = False
    outside: bool = False


def locate(record: JsonObject, ways: tuple[Whereabouts, ...], axes: Axes, area: Box | None) -> Located | None:
    """The place of a record by the first way that its fields allow; None if they allow none.

    With "detect", a place that lies outside `area`, and inside it once longitude and latitude change
    places, is turned round. Raises Problem(BadRequestData).
    """
    for way in ways:
        found = _read(record, way)
        if found is not None:
            return _judged(found, axes, area)
    return None


def widened(area: Box) -> Box:
    """The area with its tolerance."""
    west, south, east, north = area
    return Box(west - TOLERANCE, south - TOLERANCE, east + TOLERANCE, north + TOLERANCE)


def is_swapped(longitude: float, latitude: float, area: Box | None) -> bool:
    """Whether a position makes sense only with its axes exchanged.

    >>> is_swapped(50.64, 3.07, Box(2.9, 50.5, 3.2, 50.8)), is_swapped(3.07, 50.64, None)
    (True, False)
    """
    place = WORLD if area is None else widened(area)
    return not _within(longitude, latitude, place) and _within(latitude, longitude, place)


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


def _judged(geometry: JsonObject, axes: Axes, area: Box | None) -> Located:
    x, y = _first(geometry)
    swapped = axes == "swapped" or (axes == "detect" and is_swapped(x, y, area))
    if swapped:
        geometry = {"type": geometry["type"], "coordinates": _turned(geometry)}
        x, y = y, x
    if not _within(x, y, WORLD):
        raise Problem(
            BadRequestData,
            f"{x}, {y} is no longitude and latitude: is this a projected reference system?",
        )
    return Located(geometry, swapped, area is not None and not _within(x, y, widened(area)))


def _first(geometry: JsonObject) -> tuple[float, float]:
    depth = DEPTH[str(geometry["type"])]
    coordinates = geometry["coordinates"]
    position = next(_positions(coordinates, depth)) if isinstance(coordinates, list) else []
    x, y = position[:2]
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        raise _no_place(geometry)
    return x, y


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


def _within(x: float, y: float, box: Box) -> bool:
    return box.west <= x <= box.east and box.south <= y <= box.north


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _empty(value: Json) -> bool:
    return value is None or value == ""


def _no_place(value: Json) -> Problem:
    return Problem(BadRequestData, f"{quoted(value, 80)} is not a place.")
