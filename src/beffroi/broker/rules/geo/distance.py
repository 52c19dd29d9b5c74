"""Distances in metres on the Earth between geometries in degrees (clause 4.10, near).

Points: the geodesic on the WGS 84 ellipsoid. Lines and polygons: the nearest pair of points is sought in
an azimuthal equidistant projection around the place; its length is then the geodesic. The line between two
positions is straight in degrees, as RFC 7946 section 3.1.1 has it.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from beffroi.broker.rules.geo.effort import Bound, check_distance
from beffroi.broker.rules.geo.geometry import even
from beffroi.kernel.geometry import Box

_RADIUS = 6_371_008.8
_EQUATOR = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_POLAR = _EQUATOR * (1 - _FLATTENING)
_SHORTEST_DEGREE = 110_000.0
"""A degree of latitude is nowhere shorter than that, in metres (it is 110,574 at the equator)."""

_SPHERE_ERROR = 0.006
"""The sphere and the ellipsoid differ by less than this part of a distance."""

_STEP = 0.02
"""Straight pieces of a line are not cut shorter than that when it is projected, in degrees."""

_MOST_PIECES = 2_000

Floats: TypeAlias = NDArray[np.float64]
Between: TypeAlias = Callable[[float, float, float, float], float]
"""Metres between two places, each as longitude and latitude in degrees."""


def distance(a: BaseGeometry, b: BaseGeometry) -> float:
    """The shortest distance between two geometries in metres; 0 where they meet."""
    return distance_to(b)(a)


def distance_to(reference: BaseGeometry, between: Between | None = None) -> Callable[[BaseGeometry], float]:
    """The distance to one geometry from many; `between` measures two places, the geodesic if not given.

    What is returned raises Problem(TooComplexQuery) where to compare takes too long.
    """
    metres = between or geodesic
    shapely.prepare(reference)
    edge, bound = _edge(reference), Bound("near", reference)

    def measure(geometry: BaseGeometry) -> float:
        if isinstance(geometry, shapely.Point) and isinstance(reference, shapely.Point):
            return metres(geometry.x, geometry.y, reference.x, reference.y)
        check_distance(geometry, edge)
        own_edge = _edge(geometry)
        check_distance(own_edge, edge)
        bound.check(geometry)
        if reference.intersects(geometry):
            return 0.0
        shapely.prepare(own_edge)
        longitude, latitude = _centre(own_edge, edge)
        here, there = (_projected(each, longitude, latitude) for each in (own_edge, edge))
        shapely.prepare(here)
        one, other = nearest_points(here, there)
        return metres(
            *_unprojected(one.x, one.y, longitude, latitude),
            *_unprojected(other.x, other.y, longitude, latitude),
        )

    return measure


def nearness_to(reference: BaseGeometry, metres: float) -> Callable[[BaseGeometry], bool]:
    """Whether the distance to one geometry is at most `metres`."""
    measure = distance_to(reference)
    if not isinstance(reference, shapely.Point):
        return lambda geometry: measure(geometry) <= metres
    x, y = reference.x, reference.y

    def near(geometry: BaseGeometry) -> bool:
        if isinstance(geometry, shapely.Point):
            rough = great_circle(geometry.x, geometry.y, x, y)
            if abs(rough - metres) > rough * _SPHERE_ERROR:
                return rough < metres
        return measure(geometry) <= metres

    return near


def great_circle(longitude: float, latitude: float, to_longitude: float, to_latitude: float) -> float:
    """Metres between two places in degrees on a sphere (haversine)."""
    phi, to_phi = math.radians(latitude), math.radians(to_latitude)
    half = math.sin((to_phi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(to_phi) * math.sin(math.radians(to_longitude - longitude) / 2) ** 2
    return 2 * _RADIUS * math.asin(min(1.0, math.sqrt(half)))


def geodesic(longitude: float, latitude: float, to_longitude: float, to_latitude: float) -> float:
    """Metres between two places in degrees on the ellipsoid (Vincenty, Survey Review 23/176, 1975).

    Within a millimetre, but for nearly opposite places, for which the great circle stands in.

    >>> round(geodesic(2.3522, 48.8566, 3.0573, 50.6292))  # Paris, Lille
    203598
    """
    if longitude == to_longitude and latitude == to_latitude:
        return 0.0
    u1 = math.atan((1 - _FLATTENING) * math.tan(math.radians(latitude)))
    u2 = math.atan((1 - _FLATTENING) * math.tan(math.radians(to_latitude)))
    su1, cu1, su2, cu2 = math.sin(u1), math.cos(u1), math.sin(u2), math.cos(u2)
    difference = math.radians(math.remainder(to_longitude - longitude, 360.0))
    turn = difference
    for _ in range(100):
        s_turn, c_turn = math.sin(turn), math.cos(turn)
        s_sigma = math.hypot(cu2 * s_turn, cu1 * su2 - su1 * cu2 * c_turn)
        if s_sigma == 0:
            return 0.0
        c_sigma = su1 * su2 + cu1 * cu2 * c_turn
        sigma = math.atan2(s_sigma, c_sigma)
        s_alpha = cu1 * cu2 * s_turn / s_sigma
        c2_alpha = 1 - s_alpha * s_alpha
        c_2m = c_sigma - 2 * su1 * su2 / c2_alpha if c2_alpha > 1e-15 else 0.0
        c = _FLATTENING / 16 * c2_alpha * (4 + _FLATTENING * (4 - 3 * c2_alpha))
        before = turn
        bend = c_2m + c * c_sigma * (2 * c_2m * c_2m - 1)
        turn = difference + (1 - c) * _FLATTENING * s_alpha * (sigma + c * s_sigma * bend)
        if abs(turn - before) < 1e-12:
            return _arc(sigma, s_sigma, c_sigma, c_2m, c2_alpha)
    return great_circle(longitude, latitude, to_longitude, to_latitude)


def _arc(sigma: float, s_sigma: float, c_sigma: float, c_2m: float, c2_alpha: float) -> float:
    u2 = c2_alpha * (_EQUATOR**2 - _POLAR**2) / _POLAR**2
    a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    inner = c_sigma * (2 * c_2m * c_2m - 1)
    inner -= b / 6 * c_2m * (4 * s_sigma * s_sigma - 3) * (4 * c_2m * c_2m - 3)
    return _POLAR * a * (sigma - b * s_sigma * (c_2m + b / 4 * inner))


def around(box: Box, metres: float) -> tuple[Box, ...]:
    """Boxes that hold every place within `metres` of a box: one, or two if it meets the antimeridian.

    >>> around(Box(179.9, 0, 179.9, 0), 55_000)[1].west
    -180.0
    """
    reach = metres / _SHORTEST_DEGREE + 1e-9
    south, north = max(-90.0, box.south - reach), min(90.0, box.north + reach)
    farthest = max(abs(box.south), abs(box.north))
    if reach + farthest >= 90:
        return (Box(-180.0, south, 180.0, north),)
    aside = math.degrees(math.asin(math.sin(math.radians(reach)) / math.cos(math.radians(farthest)))) + 1e-9
    west, east = box.west - aside, box.east + aside
    if east - west >= 360 or (west < -180 and east > 180):
        return (Box(-180.0, south, 180.0, north),)
    if west < -180:
        return Box(-180.0, south, east, north), Box(west + 360, south, 180.0, north)
    if east > 180:
        return Box(west, south, 180.0, north), Box(-180.0, south, east - 360, north)
    return (Box(west, south, east, north),)


def _centre(a: BaseGeometry, b: BaseGeometry) -> tuple[float, float]:
    """Where to put the centre of the projection: at a point, else where the two are nearest in degrees."""
    for geometry in (a, b):
        if isinstance(geometry, shapely.Point):
            return geometry.x, geometry.y
    place, other = nearest_points(a, b)
    apart = place.distance(other)
    for degrees in (-360.0, 360.0):
        turned = _turned(b, degrees)
        if shapely.box(*a.bounds).distance(shapely.box(*turned.bounds)) < apart:
            nearer, other = nearest_points(a, turned)
            if nearer.distance(other) < apart:
                place, apart = nearer, nearer.distance(other)
    return place.x, place.y


def _turned(geometry: BaseGeometry, degrees: float) -> BaseGeometry:
    """The same place named by other longitudes, for the antimeridian."""
    return shapely.transform(geometry, lambda places: places + np.array((degrees, 0.0)))


def _edge(geometry: BaseGeometry) -> BaseGeometry:
    """Points and lines as they are, polygons as their rings; straight pieces are cut to be short."""
    flat = even(geometry.boundary if geometry.geom_type.endswith("Polygon") else geometry)
    step = max(_STEP, flat.length / _MOST_PIECES)
    return _lines_with_length(flat, lambda line: shapely.segmentize(line, step))


def _lines_with_length(geometry: BaseGeometry, to: Callable[[BaseGeometry], BaseGeometry]) -> BaseGeometry:
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


def _projected(geometry: BaseGeometry, longitude: float, latitude: float) -> BaseGeometry:
    """Azimuthal equidistant, in metres (Snyder, USGS Professional Paper 1395, chapter 25)."""
    sin_0, cos_0 = math.sin(math.radians(latitude)), math.cos(math.radians(latitude))

    def project(places: Floats) -> Floats:
        turn, phi = np.radians(places[:, 0] - longitude), np.radians(places[:, 1])
        sin_phi, cos_phi = np.sin(phi), np.cos(phi)
        x = cos_phi * np.sin(turn)
        y = cos_0 * sin_phi - sin_0 * cos_phi * np.cos(turn)
        sin_c = np.hypot(x, y)
        c = np.arctan2(sin_c, sin_0 * sin_phi + cos_0 * cos_phi * np.cos(turn))
        scale = np.divide(c, sin_c, out=np.ones_like(c), where=sin_c > 0)
        return np.column_stack((x * scale * east, y * scale * north))

    east, north = _radii(latitude)
    return _lines_with_length(shapely.transform(geometry, project), lambda line: line)


def _unprojected(x: float, y: float, longitude: float, latitude: float) -> tuple[float, float]:
    sin_0, cos_0 = math.sin(math.radians(latitude)), math.cos(math.radians(latitude))
    east, north = _radii(latitude)
    x, y = x / east, y / north
    c = math.hypot(x, y)
    x, y = (x / c, y / c) if c else (0.0, 0.0)
    sin_c, cos_c = math.sin(c), math.cos(c)
    phi = math.asin(max(-1.0, min(1.0, cos_c * sin_0 + y * sin_c * cos_0)))
    turn = math.atan2(x * sin_c, cos_0 * cos_c - y * sin_c * sin_0)
    return longitude + math.degrees(turn), math.degrees(phi)


def _radii(latitude: float) -> tuple[float, float]:
    """The ellipsoid's radii of curvature eastwards and northwards, so that the middle has true scale."""
    eccentricity = _FLATTENING * (2 - _FLATTENING)
    shrunk = 1 - eccentricity * math.sin(math.radians(latitude)) ** 2
    return _EQUATOR / math.sqrt(shrunk), _EQUATOR * (1 - eccentricity) / shrunk**1.5
