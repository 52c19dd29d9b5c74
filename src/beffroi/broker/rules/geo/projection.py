"""The azimuthal equidistant projection around a place (Snyder, USGS Professional Paper 1395, chapter 25)."""

import math
from collections.abc import Callable
from typing import Final, TypeAlias, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from beffroi.broker.rules.geo.effort import Lines

EQUATOR: Final = 6_378_137.0
FLATTENING: Final = 1 / 298.257223563
"""Of the WGS 84 ellipsoid."""

_BEYOND = 2.8
"""So many radians from the centre of the projection lies what is on the other side of the Earth."""

Floats: TypeAlias = NDArray[np.float64]


def projected(geometry: BaseGeometry, longitude: float, latitude: float) -> BaseGeometry:
    """A geometry in metres from the place."""
    sin_0, cos_0 = math.sin(math.radians(latitude)), math.cos(math.radians(latitude))

    def project(places: Floats) -> Floats:
        turn, phi = np.radians(places[:, 0] - longitude), np.radians(places[:, 1])
        sin_phi, cos_phi = np.sin(phi), np.cos(phi)
        x = cos_phi * np.sin(turn)
        y = cos_0 * sin_phi - sin_0 * cos_phi * np.cos(turn)
        sin_c = np.hypot(x, y)
        c = np.arctan2(sin_c, sin_0 * sin_phi + cos_0 * cos_phi * np.cos(turn))
        scale = np.divide(c, sin_c, out=np.zeros_like(c), where=sin_c > 0)
        x = np.where(sin_c > 0, x * scale, c)  # the opposite place is a circle
        farthest.append(c.max())
        return np.column_stack((x * east, y * scale * north))

    farthest: list[float] = []
    east, north = _radii(latitude)
    flat = shapely.transform(geometry, project)
    if max(farthest) > _BEYOND:
        return _without_pieces_beyond(flat, _BEYOND * east)
    return lines_with_length(flat, lambda line: line)


def unprojected(x: float, y: float, longitude: float, latitude: float) -> tuple[float, float]:
    """Longitude and latitude again."""
    sin_0, cos_0 = math.sin(math.radians(latitude)), math.cos(math.radians(latitude))
    east, north = _radii(latitude)
    x, y = x / east, y / north
    c = math.hypot(x, y)
    x, y = (x / c, y / c) if c else (0.0, 0.0)
    sin_c, cos_c = math.sin(c), math.cos(c)
    phi = math.asin(max(-1.0, min(1.0, cos_c * sin_0 + y * sin_c * cos_0)))
    turn = math.atan2(x * sin_c, cos_0 * cos_c - y * sin_c * sin_0)
    return longitude + math.degrees(turn), math.degrees(phi)


def lines_with_length(geometry: BaseGeometry, to: Callable[[BaseGeometry], BaseGeometry]) -> BaseGeometry:
    """Each line as `to` makes it, one without length as a point.

    GEOS cannot cut a line without length, and its index of pieces steps over it: the nearest place is then
    sought elsewhere, and where nothing else is there, the process dies (seen with 3.14.1).
    """
    if geometry.geom_type.endswith("Point"):
        return geometry
    parts = [
        to(part) if part.length else shapely.Point(part.coords[0])
        for part in getattr(geometry, "geoms", (geometry,))
    ]
    return parts[0] if len(parts) == 1 else shapely.GeometryCollection(parts)


def _without_pieces_beyond(flat: BaseGeometry, reach: float) -> BaseGeometry:
    """Lines in a projection as they are within `reach` of its centre; of what lies beyond, the positions. On
    the other side of the Earth two that follow each other may stand on opposite sides: the piece between them
    would go through the centre."""
    places, part = shapely.get_coordinates(shapely.get_parts(flat), return_index=True)
    beyond = np.hypot(places[:, 0], places[:, 1]) > reach
    begins = beyond | np.diff(part, prepend=-1).astype(bool)
    begins[1:] |= beyond[:-1]
    run = np.cumsum(begins) - 1
    is_line = (np.bincount(run) > 1)[run]
    _, line = np.unique(run[is_line], return_inverse=True)
    lines = cast("Lines", shapely.linestrings(places[is_line], indices=line))
    runs = cast("list[BaseGeometry]", list(lines))
    parts = [run if run.length else shapely.Point(run.coords[0]) for run in runs]
    if not is_line.all():
        parts.append(shapely.MultiPoint(places[~is_line]))
    return shapely.GeometryCollection(parts)


def _radii(latitude: float) -> tuple[float, float]:
    """The ellipsoid's radii of curvature eastwards and northwards, so that the middle has true scale."""
    eccentricity = FLATTENING * (2 - FLATTENING)
    shrunk = 1 - eccentricity * math.sin(math.radians(latitude)) ** 2
    return EQUATOR / math.sqrt(shrunk), EQUATOR * (1 - eccentricity) / shrunk**1.5
