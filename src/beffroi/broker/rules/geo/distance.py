"""Distances in metres on the Earth between geometries in degrees (clause 4.10, near).

Points: the geodesic on the WGS 84 ellipsoid. Lines and polygons: the nearest pair of points is sought in
an azimuthal equidistant projection around where their positions are nearest; its length is then the
geodesic. The line between two positions is straight in degrees, as RFC 7946 section 3.1.1 has it.
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
from beffroi.broker.rules.geo.projection import (
    EQUATOR,
    FLATTENING,
    Floats,
    lines_with_length,
    projected,
    unprojected,
)
from beffroi.kernel.geometry import Box

_RADIUS = 6_371_008.8
_POLAR = EQUATOR * (1 - FLATTENING)
_SHORTEST_DEGREE = 110_000.0
"""A degree of latitude is nowhere shorter than that, in metres (it is 110,574 at the equator)."""

_SPHERE_ERROR = 0.006
"""The sphere and the ellipsoid differ by less than this part of a distance."""

_STEP = 0.02
"""Straight pieces of a line are not cut shorter than that when it is projected, in degrees."""

_MOST_PIECES = 2_000

_COMPARED = 500_000
"""Pairs of positions that are compared at a time."""

_NEAR = 100_000.0
"""Metres from the centre of the projection within which it is true to a ten-thousandth."""

_ROUNDS = 4

Directions: TypeAlias = NDArray[np.float32]
Between: TypeAlias = Callable[[float, float, float, float], float]
"""Metres between two places, each as longitude and latitude in degrees."""
Place: TypeAlias = tuple[float, float]


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
    directions = _directions(shapely.get_coordinates(edge))

    def measure(geometry: BaseGeometry) -> float:
        if isinstance(geometry, shapely.Point) and isinstance(reference, shapely.Point):
            return metres(geometry.x, geometry.y, reference.x, reference.y)
        check_distance(geometry, edge)
        own_edge = _edge(geometry)
        check_distance(own_edge, edge)
        bound.check(geometry)
        if reference.intersects(geometry):
            return 0.0
        return _shortest(own_edge, edge, _centre(own_edge, edge, directions), metres)

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
    u1 = math.atan((1 - FLATTENING) * math.tan(math.radians(latitude)))
    u2 = math.atan((1 - FLATTENING) * math.tan(math.radians(to_latitude)))
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
        c = FLATTENING / 16 * c2_alpha * (4 + FLATTENING * (4 - 3 * c2_alpha))
        before = turn
        bend = c_2m + c * c_sigma * (2 * c_2m * c_2m - 1)
        turn = difference + (1 - c) * FLATTENING * s_alpha * (sigma + c * s_sigma * bend)
        if abs(turn - before) < 1e-12:
            return _arc(sigma, s_sigma, c_sigma, c_2m, c2_alpha)
    return great_circle(longitude, latitude, to_longitude, to_latitude)


def _arc(sigma: float, s_sigma: float, c_sigma: float, c_2m: float, c2_alpha: float) -> float:
    u2 = c2_alpha * (EQUATOR**2 - _POLAR**2) / _POLAR**2
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


def _shortest(a: BaseGeometry, b: BaseGeometry, centre: Place, metres: Between) -> float:
    """The distance of the nearest places that are found around `centre`. What is far from there looks farther
    apart than it is: it is sought again around what was found, until that is no nearer."""
    shortest = math.inf
    for _ in range(_ROUNDS):
        one, other = _nearest(a, b, centre)
        found = metres(*one, *other)
        aside = min(great_circle(*centre, *one), great_circle(*centre, *other))
        if found >= shortest or aside < _NEAR:
            return min(found, shortest)
        shortest, centre = found, one
    return shortest


def _nearest(a: BaseGeometry, b: BaseGeometry, centre: Place) -> tuple[Place, Place]:
    """A place of each, which are the nearest in a projection around `centre`."""
    here, there = projected(a, *centre), projected(b, *centre)
    shapely.prepare(here)
    one, other = nearest_points(here, there)
    return unprojected(one.x, one.y, *centre), unprojected(other.x, other.y, *centre)


def _centre(a: BaseGeometry, b: BaseGeometry, directions: Directions) -> Place:
    """Where to put the centre of the projection: at a point, else at the position of `a` that is nearest to
    those of `b`, which have these directions."""
    for geometry in (a, b):
        if isinstance(geometry, shapely.Point):
            return geometry.x, geometry.y
    places = shapely.get_coordinates(a)
    step = max(1, _COMPARED // len(directions))
    nearest, place = -2.0, places[0]
    for start in range(0, len(places), step):
        cosines = (_directions(places[start : start + step]) @ directions.T).max(axis=1)
        best = int(cosines.argmax())
        if cosines[best] > nearest:
            nearest, place = float(cosines[best]), places[start + best]
    return float(place[0]), float(place[1])


def _directions(places: Floats) -> Directions:
    """Unit vectors from the middle of the Earth: the nearer two places, the greater the product of theirs. In
    half of the digits, which is some kilometres, they are compared in half of the time."""
    longitudes, latitudes = np.radians(places).T
    across = np.cos(latitudes)
    found = np.column_stack((across * np.cos(longitudes), across * np.sin(longitudes), np.sin(latitudes)))
    return found.astype(np.float32)


def _edge(geometry: BaseGeometry) -> BaseGeometry:
    """Points and lines as they are, polygons as their rings; straight pieces are cut to be short."""
    flat = even(geometry.boundary if geometry.geom_type.endswith("Polygon") else geometry)
    step = max(_STEP, flat.length / _MOST_PIECES)
    return lines_with_length(flat, lambda line: shapely.segmentize(line, step))
