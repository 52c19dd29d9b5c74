"""Geo-queries (clause 4.10): read them, and say whether a geometry stands so to the reference."""

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias, cast

import shapely
from shapely.geometry.base import BaseGeometry

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import LOCATION
from beffroi.broker.rules.geo.distance import around, nearness_to
from beffroi.broker.rules.geo.effort import Bound
from beffroi.broker.rules.geo.geometry import MOST_REFERENCE_POSITIONS, box_of, check_geometry, even, shape_of
from beffroi.broker.rules.query.cursor import is_name
from beffroi.broker.rules.query.query import GeoQuery, Relation
from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject, decode, encode
from beffroi.kernel.problem import BadRequestData, Problem

GeoHolds: TypeAlias = Callable[[Json], bool]

_PLAIN: dict[str, Relation] = {
    "equals": "equals",
    "disjoint": "disjoint",
    "intersects": "intersects",
    "within": "within",
    "contains": "contains",
    "overlaps": "overlaps",
}
_NEAR = re.compile(r"near;(max|min)Distance==((?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)", re.ASCII)


def parse_geo(georel: str, geometry: str, coordinates: Json, geoproperty: str, context: Context) -> GeoQuery:
    """Read the four parameters of a geo-query; `coordinates` as an array or as the text of one.

    `geoproperty` is a name or a URI; an empty one means location. Raises Problem(BadRequestData).

    >>> parse_geo("near;maxDistance==2000", "Point", "[8,40]", "", Context("", {}, {})).max_distance
    2000.0
    """
    relation, nearest, farthest = _parse_relation(georel)
    reference: JsonObject = {"type": geometry, "coordinates": _parse_coordinates(coordinates)}
    check_geometry(reference, MOST_REFERENCE_POSITIONS)
    return GeoQuery(relation, reference, _parse_attribute(geoproperty, context), farthest, nearest)


def parse_geo_query(query: Json, context: Context) -> GeoQuery:
    """Read a GeoQuery of clause 5.2.13 from JSON. Raises Problem(BadRequestData)."""
    if not isinstance(query, dict):
        raise Problem(BadRequestData, "A geo-query is a JSON object.")
    for name in ("georel", "geometry", "geoproperty"):
        if not isinstance(query.get(name, ""), str):
            raise Problem(BadRequestData, f"The member '{name}' of the geo-query is not a string.")
    for name in ("georel", "geometry", "coordinates"):
        if name not in query:
            raise Problem(BadRequestData, f"The geo-query has no member '{name}'.")
    georel, geometry, attribute = (str(query.get(name, "")) for name in ("georel", "geometry", "geoproperty"))
    return parse_geo(georel, geometry, query["coordinates"], attribute, context)


def geo_matcher(query: GeoQuery) -> GeoHolds:
    """Compile a geo-query into a test of a stored geometry; remembered by value."""
    distance = query.max_distance if query.min_distance is None else query.min_distance
    return _compiled(query.relation, encode(query.geometry), distance or 0.0, query.min_distance is not None)


def _parse_relation(georel: str) -> tuple[Relation, float | None, float | None]:
    """The relation, the least and the greatest distance in metres."""
    if georel in _PLAIN:
        return _PLAIN[georel], None, None
    found = _NEAR.fullmatch(georel)
    if found is None:
        detail = (
            f"The georel '{georel[:100]}' is none of near;maxDistance==x, near;minDistance==x (metres), "
            f"{', '.join(_PLAIN)}."
        )
        raise Problem(BadRequestData, detail)
    metres = float(found[2])
    if not 0 < metres < math.inf:
        raise Problem(BadRequestData, f"The distance '{found[2][:50]}' is not a positive number.")
    return ("near", None, metres) if found[1] == "max" else ("near", metres, None)


def _parse_coordinates(coordinates: Json) -> Json:
    if not isinstance(coordinates, str):
        return coordinates
    try:
        return decode(coordinates.encode("utf-8", "surrogatepass"))
    except Problem as failure:
        detail = f"The coordinates '{coordinates[:50]}' are not a JSON array."
        raise Problem(BadRequestData, detail) from failure


def _parse_attribute(geoproperty: str, context: Context) -> str:
    if not geoproperty:
        return LOCATION
    if ":" not in geoproperty and not is_name(geoproperty):
        raise Problem(BadRequestData, f"The geoproperty '{geoproperty[:100]}' is not a name.")
    return context.expand(geoproperty)


@lru_cache(maxsize=64)
def _compiled(relation: Relation, geometry: bytes, metres: float, beyond: bool) -> GeoHolds:  # noqa: FBT001
    reference = cast("JsonObject", decode(geometry))
    if relation == "near":
        return _near(reference, metres, beyond=beyond)
    return _related(relation, _repaired(shape_of(reference)))


def _near(reference: JsonObject, metres: float, *, beyond: bool) -> GeoHolds:
    """Within the buffer, its edge included, or disjoint from it."""
    boxes = around(box_of(reference), metres)
    near = nearness_to(shape_of(reference), metres)

    def holds(geometry: Json) -> bool:
        if not isinstance(geometry, dict):
            return False
        box = box_of(geometry)
        within = any(_touch(box, other) for other in boxes) and near(shape_of(geometry))
        return within is not beyond

    return holds


def _related(relation: Relation, reference: BaseGeometry) -> GeoHolds:
    """The target is the subject: "within" means that the target lies within the reference.

    Raises Problem(TooComplexQuery), and so does the test, where to compare takes too long.
    """
    shapely.prepare(reference)
    tests: dict[Relation, Callable[[BaseGeometry], bool]] = {
        "equals": lambda target: bool(target.equals(reference)),
        "disjoint": lambda target: bool(reference.disjoint(target)),
        "intersects": lambda target: bool(reference.intersects(target)),
        "within": lambda target: bool(reference.contains(target)),
        "contains": lambda target: bool(reference.within(target)),
        "overlaps": lambda target: bool(reference.overlaps(target)),
    }
    test, apart = tests[relation], relation == "disjoint"
    bounds, bound = Box(*reference.bounds), Bound(relation, reference)

    def holds(geometry: Json) -> bool:
        if not isinstance(geometry, dict):
            return False
        if not _touch(bounds, box_of(geometry)):
            return apart
        target = _repaired(shape_of(geometry))
        if geometry["type"] != "Point":
            bound.check(target)
        return test(target)

    return holds


def _repaired(shape: BaseGeometry) -> BaseGeometry:
    """A polygon that crosses itself as the area that it covers, since predicates are undefined else."""
    if isinstance(shape, shapely.Point) or shapely.is_valid(shape):
        return shape
    return shapely.make_valid(even(shape), method="structure", keep_collapsed=True)


def _touch(one: Box, other: Box) -> bool:
    return (
        one.west <= other.east
        and other.west <= one.east
        and one.south <= other.north
        and other.south <= one.north
    )
