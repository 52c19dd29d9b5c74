"""GeoJSON geometries as values of GeoProperties (clause 4.7.1, RFC 7946): check them, box them."""

import math
from collections.abc import Iterator
from typing import NoReturn, cast

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from beffroi.broker.rules.geo.effort import check_area
from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject, decode
from beffroi.kernel.json_size import check_values
from beffroi.kernel.problem import BadRequestData, Problem

MOST_POSITIONS = 50_000
MOST_REFERENCE_POSITIONS = 10_000
"""Of a geometry that others are compared with: it is kept prepared, so it costs memory for longer."""
LONGEST_TEXT = 64 * MOST_POSITIONS
"""Characters of a geometry that comes as a text: it is refused by its length before it is parsed."""

_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How many arrays stand around a position."""

_DECIMALS = 12
"""Of degrees: every number with so many stays as it is."""

_AREAS = frozenset({"Polygon", "MultiPolygon"})
_NUMBERS = frozenset({int, float})


def check_geometry(geometry: Json, most_positions: int = MOST_POSITIONS) -> None:
    """Raise Problem(BadRequestData) unless this is a geometry other than a GeometryCollection.

    Positions are two or three numbers, longitude and latitude in degrees of WGS 84; rings are closed.
    A polygon may cross itself, within bounds (`effort.py`).

    >>> check_geometry({"type": "Point", "coordinates": [3.06, 50.63]})
    >>> check_geometry({"type": "Point", "coordinates": [3.06, 95]})
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The Point is not valid: the latitude 95 is not between -90 and 90.
    """
    if not isinstance(geometry, dict):
        raise Problem(BadRequestData, "A geometry is a JSON object with the members type and coordinates.")
    kind = geometry.get("type")
    if not isinstance(kind, str) or kind not in _DEPTH:
        detail = f"The geometry type {_shown(kind)} is none of {', '.join(_DEPTH)}."
        raise Problem(BadRequestData, detail)
    if "coordinates" not in geometry:
        raise Problem(BadRequestData, f"The {kind} has no coordinates.")
    positions = 0
    for line in _lines(kind, geometry["coordinates"], _DEPTH[kind]):
        positions += len(line)
        if positions > most_positions:
            raise Problem(BadRequestData, f"The {kind} has more than {most_positions} positions.")
        for position in line:
            if not _is_position(position):
                _refuse_position(kind, position)
        _check_line(kind, line)
    if kind in _AREAS:
        check_area(even(shape_of(geometry)))


def read_geometry(value: Json) -> JsonObject:
    """A checked geometry from the value of a GeoProperty: an object, or the text of one (clause 4.7.2).

    Raises Problem(BadRequestData).

    >>> read_geometry('{"type": "Point", "coordinates": [3, 50]}')["coordinates"]
    [3, 50]
    """
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            length = f"it has {len(value):,} characters; {LONGEST_TEXT:,} are the most."
            raise Problem(BadRequestData, f"The text '{value[:50]}' is no geometry: {length}")
        try:
            text = value.encode("utf-8", "surrogatepass")
            check_values(text, 5 * MOST_POSITIONS)
            return _checked(decode(text))
        except Problem as failure:
            detail = f"The text '{value[:50]}' is no geometry: {failure.detail}"
            raise Problem(BadRequestData, detail) from failure
    return _checked(value)


def _checked(value: Json) -> JsonObject:
    check_geometry(value)
    return cast("JsonObject", value)


def box_of(geometry: JsonObject) -> Box:
    """The bounding box of a checked geometry; one that was cut at the antimeridian spans the world."""
    coordinates = cast("list[Json]", geometry["coordinates"])
    if geometry["type"] == "Point":
        x, y = cast("list[float]", coordinates)[:2]
        return Box(x, y, x, y)
    positions = list(_positions(coordinates, _DEPTH[str(geometry["type"])]))
    xs = [position[0] for position in positions]
    ys = [position[1] for position in positions]
    return Box(min(xs), min(ys), max(xs), max(ys))


def shape_of(geometry: JsonObject) -> BaseGeometry:
    """A checked geometry as shapely has it, in degrees."""
    if geometry["type"] == "Point":
        x, y = cast("list[float]", geometry["coordinates"])[:2]
        return shapely.Point(x, y)
    return shapely.from_geojson(
        orjson.dumps({"type": geometry["type"], "coordinates": geometry["coordinates"]})
    )


def even(shape: BaseGeometry) -> BaseGeometry:
    """The same without heights, its positions rounded to a ten-millionth of a metre: where GEOS makes new
    positions of those that are given, it computes with heights, too, which overflow, and with the squares of
    differences, which vanish."""
    if isinstance(shape, shapely.Point):
        return shape
    return shapely.transform(shape, lambda places: np.round(places, _DECIMALS))


def _positions(coordinates: list[Json], depth: int) -> Iterator[list[float]]:
    if depth == 1:
        yield from cast("list[list[float]]", coordinates)
        return
    for part in coordinates:
        yield from _positions(cast("list[Json]", part), depth - 1)


def _lines(kind: str, coordinates: Json, depth: int) -> Iterator[list[Json]]:
    """The arrays of positions in the coordinates, a single position as an array of one."""
    if depth == 0:
        yield [coordinates]
        return
    if not isinstance(coordinates, list) or not coordinates:
        detail = f"The {kind} is not valid: {_shown(coordinates)} stands where an array is expected."
        raise Problem(BadRequestData, detail)
    if depth == 1:
        yield coordinates
        return
    for part in coordinates:
        yield from _lines(kind, part, depth - 1)


def _is_position(position: Json) -> bool:
    """Two or three numbers, the first two within the world; asked of every position of every geometry."""
    if position.__class__ is not list:
        return False
    numbers = cast("list[float]", position)
    if len(numbers) != 2 and not (len(numbers) == 3 and _is_finite(numbers[2])):
        return False
    longitude, latitude = numbers[0], numbers[1]
    return (
        longitude.__class__ in _NUMBERS
        and latitude.__class__ in _NUMBERS
        and -180 <= longitude <= 180
        and -90 <= latitude <= 90
    )


def _refuse_position(kind: str, position: Json) -> NoReturn:
    if not isinstance(position, list) or not 2 <= len(position) <= 3 or not all(map(_is_finite, position)):
        detail = f"The {kind} is not valid: the position {_shown(position)} is not two or three numbers."
        raise Problem(BadRequestData, detail)
    longitude, latitude = cast("list[float]", position)[:2]
    if not -90 <= latitude <= 90:
        detail = f"The {kind} is not valid: the latitude {latitude} is not between -90 and 90."
        raise Problem(BadRequestData, detail)
    detail = f"The {kind} is not valid: the longitude {longitude} is not between -180 and 180."
    raise Problem(BadRequestData, detail)


def _is_finite(number: Json) -> bool:
    return number.__class__ in _NUMBERS and math.isfinite(cast("float", number))


def _check_line(kind: str, line: list[Json]) -> None:
    if kind.endswith("LineString") and len(line) < 2:
        raise Problem(BadRequestData, f"The {kind} is not valid: a line needs two positions.")
    if kind.endswith("Polygon") and (len(line) < 4 or line[0] != line[-1]):
        detail = f"The {kind} is not valid: a ring needs four positions, and its last is its first."
        raise Problem(BadRequestData, detail)


def _shown(value: Json) -> str:
    """The value as JSON, short enough for a sentence."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."
