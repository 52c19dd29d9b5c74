"""Judge GeoJSON by RFC 7946: structure, ids, positions, and members that do not belong there."""

from __future__ import annotations

from collections.abc import Iterator

from beffroi.proof.exchange import Json
from beffroi.proof.probes.reading import mapping, mappings, text

_DEPTH = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
_GEOMETRY_MEMBERS = frozenset({"type", "coordinates", "geometries", "bbox"})


def features_of(value: Json) -> list[dict[str, Json]] | None:
    """The features of a FeatureCollection; None when the value is none."""
    collection = mapping(value)
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list):
        return None
    return mappings(features)


def fault_of_feature(feature: dict[str, Json]) -> str | None:
    """What makes an object no Feature of RFC 7946, in a few words; None when it is one.

    >>> fault_of_feature({"type": "Feature", "properties": {}})
    'geometry'
    """
    if feature.get("type") != "Feature":
        return "type"
    if "properties" not in feature or not isinstance(feature["properties"], dict | None):
        return "properties"
    if "geometry" not in feature:
        return "geometry"
    geometry = feature["geometry"]
    return None if geometry is None else fault_of_geometry(geometry)


def fault_of_geometry(geometry: Json) -> str | None:
    shape = mapping(geometry)
    kind = text(shape.get("type"))
    if kind == "GeometryCollection":
        parts = shape.get("geometries")
        if not isinstance(parts, list):
            return "geometries"
        return next((fault for part in parts if (fault := fault_of_geometry(part))), None)
    if kind not in _DEPTH:
        return "geometry"
    return None if _nested(shape.get("coordinates"), _DEPTH[kind]) else "coordinates"


def _nested(coordinates: Json, depth: int) -> bool:
    if not isinstance(coordinates, list):
        return False
    if depth:
        return all(_nested(inner, depth - 1) for inner in coordinates)
    numbers = [c for c in coordinates if isinstance(c, int | float) and not isinstance(c, bool)]
    return len(numbers) == len(coordinates) >= 2


def foreign_members(feature: dict[str, Json]) -> list[str]:
    """Members inside the geometry that RFC 7946 does not know, in order of their names."""
    return sorted(set(mapping(feature.get("geometry"))) - _GEOMETRY_MEMBERS)


def positions(geometry: Json) -> Iterator[tuple[float, float]]:
    """The first two numbers of every position in a geometry, at most 5,000."""
    stack: list[Json] = [mapping(geometry).get("coordinates"), *_parts(geometry)]
    given = 0
    while stack and given < 5000:
        current = stack.pop()
        if not isinstance(current, list) or not current:
            continue
        match current:
            case [int() | float() as first, int() | float() as second, *_]:
                given += 1
                yield float(first), float(second)
            case _:
                stack.extend(inner for inner in current if isinstance(inner, list))


def _parts(geometry: Json) -> list[Json]:
    return [part.get("coordinates") for part in mappings(mapping(geometry).get("geometries"))]


def bounds(geometry: Json) -> tuple[float, float, float, float] | None:
    """The smallest box around a geometry: least first, least second, most first, most second."""
    found = list(positions(geometry))
    if not found:
        return None
    firsts = [first for first, _ in found]
    seconds = [second for _, second in found]
    return min(firsts), min(seconds), max(firsts), max(seconds)


def centre(geometry: Json) -> tuple[float, float] | None:
    box = bounds(geometry)
    return None if box is None else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
