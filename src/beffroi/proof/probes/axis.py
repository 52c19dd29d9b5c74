"""Axis order: longitude comes first, and not only after swapping x and y."""

from __future__ import annotations

from dataclasses import dataclass

from beffroi.proof.exchange import Area, Json
from beffroi.proof.probes.geojson import centre
from beffroi.proof.probes.reading import number
from beffroi.proof.verdict import Finding

Point = tuple[float, float]

SHARE = 0.95
EUROPE = Area(-25.0, 34.0, 45.0, 72.0)
_PAIRS = (("x", "y"), ("X", "Y"), ("lon", "lat"), ("lng", "lat"), ("longitude", "latitude"), ("long", "lat"))


@dataclass(frozen=True, slots=True)
class Places:
    """The positions of one collection or type: from geometries, and from x and y attributes."""

    name: str
    geometry: tuple[Point, ...]
    attributes: tuple[tuple[str, str, Point, Point | None], ...]
    extent: Area | None
    evidence: tuple[int, ...]


def places_of(
    name: str,
    rows: list[tuple[Json, dict[str, Json]]],
    extent: Area | None,
    evidence: tuple[int, ...],
) -> Places:
    """Gather positions from pairs of a geometry and its plain attributes."""
    points: list[Point] = []
    attributes: list[tuple[str, str, Point, Point | None]] = []
    for geometry, values in rows:
        point = centre(geometry)
        if point is not None:
            points.append(point)
        for x, y in _PAIRS:
            lon, lat = number(values.get(x)), number(values.get(y))
            if lon is not None and lat is not None and abs(lon) <= 180 and abs(lat) <= 180:
                attributes.append((x, y, (lon, lat), point))
                break
    return Places(name, tuple(points), tuple(attributes), extent, evidence)


def axis_findings(groups: list[Places], area: Area | None) -> list[Finding]:
    """Judge the axis order of every group that has positions; without any, say so once."""
    located = [group for group in groups if group.geometry]
    found = [_geometry_finding(group, located, area) for group in located]
    found.extend(finding for group in groups if (finding := _attribute_finding(group, groups, area)))
    return found or [
        Finding("axis-order", "no-positions", tuple(n for group in groups for n in group.evidence))
    ]


def _geometry_finding(group: Places, groups: list[Places], area: Area | None) -> Finding:
    values = {"name": group.name, "count": str(len(group.geometry))}
    if not all(abs(lon) <= 180 and abs(lat) <= 180 for lon, lat in group.geometry):
        return Finding("axis-order", "not-degrees", group.evidence, values)
    case = _order(group.geometry, group, groups, area)
    if case == "unknown" and any(abs(lat) > 90 for _, lat in group.geometry):
        case = "swapped"
    return Finding("axis-order", case, group.evidence, values)


def _order(points: tuple[Point, ...], group: Places, groups: list[Places], area: Area | None) -> str:
    """`right`, `swapped`, `outside` or `unknown`: the given area first, then the other
    collections of the same portal, then the extent that the collection declares.
    """
    if area is not None:
        return _within(points, area.widened(0.1))
    by_others = _by_neighbours(points, group, groups)
    if by_others != "unknown":
        return by_others
    if group.extent is None or _is_vague(group.extent):
        return "unknown"
    case = _within(points, group.extent.widened(0.1))
    # An extent is a claim of the same server: where its mirror image lies in Europe, it proves nothing.
    return "unknown" if case == "outside" or (case == "right" and _looks_mirrored(group.extent)) else case


def _by_neighbours(points: tuple[Point, ...], group: Places, groups: list[Places]) -> str:
    """Compare with the other groups: one city lies in one place, and a mirror image betrays a swap."""
    others = [other for other in groups if other.name != group.name and other.geometry]
    alike = [other for other in others if _within(points, _around(other.geometry)) == "right"]
    mirrored = [other for other in others if _within(points, _around(other.geometry)) == "swapped"]
    if not mirrored:
        return "unknown"
    for_us, for_them = 1 + len(alike), len(mirrored)
    if for_us == for_them:
        here = _within(points, EUROPE)
        return here if here != "outside" else "unknown"
    return "right" if for_us > for_them else "swapped"


def _around(points: tuple[Point, ...]) -> Area:
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return Area(min(lons), min(lats), max(lons), max(lats)).widened(0.3)


def _within(points: tuple[Point, ...], area: Area) -> str:
    right = sum(area.holds(lon, lat) for lon, lat in points) / len(points)
    swapped = sum(area.holds(lat, lon) for lon, lat in points) / len(points)
    if right >= SHARE:
        return "right"
    return "swapped" if swapped >= SHARE else "outside"


def _is_vague(area: Area) -> bool:
    """An extent of half the world tells nothing about the order of two numbers."""
    return area.east - area.west > 60 or area.north - area.south > 60 or area.north > 90 or area.south < -90


def _looks_mirrored(area: Area) -> bool:
    in_europe = EUROPE.holds(area.west, area.south) and EUROPE.holds(area.east, area.north)
    mirrored = EUROPE.holds(area.south, area.west) and EUROPE.holds(area.north, area.east)
    return mirrored and not in_europe


def _attribute_finding(group: Places, groups: list[Places], area: Area | None) -> Finding | None:
    """x and y attributes against the geometry of the same item, or against the known area."""
    if not group.attributes:
        return None
    x, y, _, _ = group.attributes[0]
    values = {"name": group.name, "x": x, "y": y, "count": str(len(group.attributes))}
    with_geometry = [(given, point) for _, _, given, point in group.attributes if point is not None]
    if with_geometry:
        case = _against_geometry(with_geometry)
    else:
        points = tuple(given for _, _, given, _ in group.attributes)
        case = _order(points, group, [*_by_attributes(groups)], area)
    if case == "swapped":
        case = _who_is_swapped(group, groups, area) if with_geometry else case
    return Finding("axis-attributes", case, group.evidence, values)


def _who_is_swapped(group: Places, groups: list[Places], area: Area | None) -> str:
    """Attributes that disagree with a geometry which is itself the wrong way round are right."""
    located = [other for other in groups if other.geometry]
    return "right" if _order(group.geometry, group, located, area) == "swapped" else "swapped"


def _by_attributes(groups: list[Places]) -> list[Places]:
    """The groups with their x and y attributes in place of a geometry they lack."""
    return [
        group
        if group.geometry or not group.attributes
        else Places(
            group.name, tuple(given for _, _, given, _ in group.attributes), (), group.extent, group.evidence
        )
        for group in groups
    ]


def _against_geometry(pairs: list[tuple[Point, Point]]) -> str:
    same = sum(_near(given, point) for given, point in pairs) / len(pairs)
    mirrored = sum(_near((given[1], given[0]), point) for given, point in pairs) / len(pairs)
    if same >= SHARE:
        return "right"
    return "swapped" if mirrored >= SHARE else "outside"


def _near(one: Point, two: Point) -> bool:
    return abs(one[0] - two[0]) < 0.01 and abs(one[1] - two[1]) < 0.01
