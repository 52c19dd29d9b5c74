"""Geo-queries and geometries (clauses 4.7.1, 4.7.2, 4.10, 5.2.13; RFC 7946)."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.geo.distance import around, distance, geodesic, great_circle
from beffroi.broker.rules.geo.geo import geo_matcher, parse_geo, parse_geo_query
from beffroi.broker.rules.geo.geometry import box_of, check_geometry, read_geometry, shape_of
from beffroi.broker.rules.query.query import GeoQuery
from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem

CONTEXT = Context("", {"aire": "ex:aire"}, {})
LOCATION = "https://uri.etsi.org/ngsi-ld/location"
SQUARE: Json = [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]
HOLED: Json = [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]]
BOWTIE: Json = [[[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]]]


def geometry(kind: str, coordinates: Json) -> JsonObject:
    return {"type": kind, "coordinates": coordinates}


def point(longitude: float, latitude: float) -> JsonObject:
    return geometry("Point", [longitude, latitude])


def asked(georel: str, kind: str, coordinates: Json) -> GeoQuery:
    return parse_geo(georel, kind, coordinates, "", CONTEXT)


def metres(one: JsonObject, other: JsonObject) -> float:
    return distance(shape_of(one), shape_of(other))


# --- reading


def test_a_geo_query_is_read_from_its_four_parameters() -> None:
    assert parse_geo("near;maxDistance==2000", "Point", "[8, 40]", "", CONTEXT) == GeoQuery(
        "near", point(8, 40), LOCATION, max_distance=2000.0
    )
    assert parse_geo("near;minDistance==2.5e3", "Point", [8, 40], "aire", CONTEXT) == GeoQuery(
        "near", point(8, 40), "ex:aire", min_distance=2500.0
    )


def test_clause_5_2_13_a_geo_query_is_read_from_json() -> None:
    written: tuple[Json, ...] = ([8, 40], "[8,40]")
    for coordinates in written:
        body: Json = {
            "georel": "within",
            "geometry": "Point",
            "coordinates": coordinates,
            "geoproperty": "aire",
        }
        assert parse_geo_query(body, CONTEXT) == GeoQuery("within", point(8, 40), "ex:aire")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"georel": "within", "geometry": "Point"},
        {"georel": 5, "geometry": "Point", "coordinates": [8, 40]},
        {"georel": "within", "geometry": "Point", "coordinates": [8, 40], "geoproperty": None},
    ],
)
def test_a_geo_query_that_lacks_a_member_is_refused(body: Json) -> None:
    with pytest.raises(Problem) as caught:
        parse_geo_query(body, CONTEXT)
    assert caught.value.kind is BadRequestData


@pytest.mark.parametrize(
    "georel",
    [
        "", "touches", "near", "near;", "near;maxDistance==0", "near;maxDistance==-5", "near;maxDistance==inf",
        "near;maxDistance==1e400", "near;maxDistance==5;minDistance==1", "near;maxDistance=5", "within ",
        "near;maxDistance==05", "near;maxDistance==٥",
    ],
)  # fmt: skip
def test_a_relation_that_the_grammar_does_not_have_is_refused(georel: str) -> None:
    with pytest.raises(Problem) as caught:
        asked(georel, "Point", [8, 40])
    assert caught.value.kind is BadRequestData


@pytest.mark.parametrize("coordinates", ["", "[8,", "8,40", "[8]", "null", '"\ud800"', "[[8,40]]", {"a": 1}])
def test_coordinates_that_do_not_fit_the_geometry_are_refused(coordinates: Json) -> None:
    with pytest.raises(Problem) as caught:
        asked("within", "Point", coordinates)
    assert caught.value.kind is BadRequestData


@pytest.mark.parametrize("name", ["a b", "2nd", "a;b"])
def test_a_geoproperty_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Problem):
        parse_geo("within", "Point", [8, 40], name, CONTEXT)


# --- geometries


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("Point", [180, -90]),
        ("Point", [3.06, 50.63, 20]),
        ("MultiPoint", [[0, 0], [1, 1]]),
        ("LineString", [[0, 0], [1, 1]]),
        ("MultiLineString", [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]),
        ("Polygon", HOLED),
        ("Polygon", BOWTIE),
        ("MultiPolygon", [SQUARE, HOLED]),
    ],
)
def test_every_geometry_but_a_collection_is_one(kind: str, coordinates: Json) -> None:
    check_geometry(geometry(kind, coordinates))
    assert shape_of(geometry(kind, coordinates)).geom_type == kind


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "JSON object"),
        ({}, "null is none of Point"),
        ({"type": "GeometryCollection", "geometries": []}, '"GeometryCollection" is none of'),
        ({"type": "Point"}, "no coordinates"),
        (geometry("Point", [50.63, 123.0]), "latitude 123.0"),
        (geometry("Point", [181, 0]), "longitude 181"),
        (geometry("Point", [1]), "[1] is not two or three numbers"),
        (geometry("Point", [1, "2"]), "two or three numbers"),
        (geometry("Point", [True, 2]), "two or three numbers"),
        (geometry("Point", [math.nan, 2]), "two or three numbers"),
        (geometry("Point", [1, 2, 3, 4]), "two or three numbers"),
        (geometry("LineString", [[0, 0]]), "two positions"),
        (geometry("MultiPoint", []), "an array is expected"),
        (geometry("Polygon", [[0, 0], [1, 1], [1, 0], [0, 0]]), "two or three numbers"),
        (geometry("Polygon", [[[0, 0], [1, 1], [1, 0]]]), "a ring needs four positions"),
        (geometry("Polygon", [[[0, 0], [1, 1], [1, 0], [0, 1]]]), "a ring needs four positions"),
        (geometry("MultiPolygon", [[0, 0]]), "an array is expected"),
    ],
)
def test_what_is_no_geometry_is_refused_with_the_reason(value: Json, reason: str) -> None:
    with pytest.raises(Problem) as caught:
        check_geometry(value)
    assert caught.value.kind is BadRequestData
    assert reason in caught.value.detail


def test_clause_4_7_2_a_geometry_may_be_given_as_text() -> None:
    assert read_geometry('{"type": "Point", "coordinates": [3, 50]}') == point(3, 50)
    for text in ("Lille", "[3, 50]", '{"type": "Point"}'):
        with pytest.raises(Problem):
            read_geometry(text)


def test_a_million_positions_are_refused() -> None:
    positions: Json = [[0.5, 0.5]] * 1_000_000
    with pytest.raises(Problem):
        check_geometry(geometry("LineString", positions))


def test_a_reference_of_ten_thousand_positions_is_the_largest() -> None:
    asked("within", "MultiPoint", [[1, 1]] * 10_000)
    with pytest.raises(Problem):
        asked("within", "MultiPoint", [[1, 1]] * 10_001)


def test_the_box_of_a_geometry_holds_all_its_positions() -> None:
    assert box_of(geometry("MultiPolygon", [SQUARE, [[[20, -5], [21, -5], [21, 0], [20, -5]]]])) == Box(
        0, -5, 21, 10
    )
    assert box_of(geometry("LineString", [[1, 2, 9], [-1, 3, 9]])) == Box(-1, 2, 1, 3)


# --- relations


@pytest.mark.parametrize(
    ("georel", "target", "kind", "coordinates", "holds"),
    [
        ("within", point(2, 2), "Polygon", HOLED, True),
        ("within", point(5, 5), "Polygon", HOLED, False),
        ("within", point(0, 5), "Polygon", SQUARE, False),
        ("intersects", point(0, 5), "Polygon", SQUARE, True),
        ("disjoint", point(5, 5), "Polygon", HOLED, True),
        ("disjoint", point(50, 5), "Polygon", HOLED, True),
        ("disjoint", point(2, 2), "Polygon", HOLED, False),
        ("contains", geometry("Polygon", SQUARE), "Point", [5, 5], True),
        ("contains", point(5, 5), "Polygon", SQUARE, False),
        ("contains", point(5, 5), "Point", [5, 5], True),
        ("equals", point(5, 5), "Point", [5, 5], True),
        ("equals", point(5, 5, ), "Point", [5, 5.000001], False),
        ("equals", geometry("Polygon", SQUARE), "Polygon", [[[10, 0], [10, 10], [0, 10], [0, 0], [10, 0]]], True),
        ("equals", geometry("Polygon", BOWTIE), "Polygon", BOWTIE, True),
        ("overlaps", geometry("Polygon", SQUARE), "Polygon", [[[5, 5], [15, 5], [15, 15], [5, 15], [5, 5]]], True),
        ("overlaps", geometry("Polygon", SQUARE), "Polygon", SQUARE, False),
        ("intersects", geometry("LineString", [[-5, 5], [15, 5]]), "Polygon", BOWTIE, True),
        ("within", point(9, 5), "Polygon", BOWTIE, True),
        ("within", point(5, 9), "Polygon", BOWTIE, False),
        ("intersects", geometry("MultiPoint", [[50, 50], [2, 2]]), "MultiPolygon", [HOLED], True),
        ("intersects", point(1, 1), "Polygon", [[[1, 1], [1, 1], [1, 1], [1, 1]]], True),
    ],
)  # fmt: skip
def test_the_entity_stands_in_the_relation_to_the_reference(
    georel: str, target: JsonObject, kind: str, coordinates: Json, holds: bool
) -> None:
    assert geo_matcher(asked(georel, kind, coordinates))(target) is holds


@pytest.mark.parametrize(
    "georel", ["near;maxDistance==5", "within", "disjoint", "equals", "overlaps", "contains"]
)
def test_what_is_no_geometry_stands_in_no_relation(georel: str) -> None:
    assert not geo_matcher(asked(georel, "Point", [8, 40]))("Lille")


# --- distances


def test_the_distance_of_points_is_the_geodesic() -> None:
    """Flinders Peak to Buninyong, the worked example of Geoscience Australia: 54,972.271 m on GRS 80."""
    flinders = (144 + 25 / 60 + 29.52440 / 3600, -(37 + 57 / 60 + 3.72030 / 3600))
    buninyong = (143 + 55 / 60 + 35.38390 / 3600, -(37 + 39 / 60 + 10.15610 / 3600))
    assert geodesic(*flinders, *buninyong) == pytest.approx(54972.271, abs=0.001)


def test_the_quarter_meridian_and_the_equator_have_their_lengths() -> None:
    assert geodesic(0, 0, 0, 90) == pytest.approx(10_001_965.729, abs=0.01)
    assert geodesic(0, 0, 90, 0) == pytest.approx(6_378_137 * math.pi / 2, abs=0.01)


places = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@settings(deadline=None)
@given(places, places)
def test_the_geodesic_is_symmetric_and_close_to_the_great_circle(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    there, back, rough = geodesic(*one, *other), geodesic(*other, *one), great_circle(*one, *other)
    assert there == pytest.approx(back, abs=0.01)
    assert there == pytest.approx(rough, rel=0.006, abs=1e-6)


def test_clause_4_10_near_includes_the_edge_of_the_buffer_and_min_distance_does_not() -> None:
    target, far = point(3, 50), geodesic(3, 50, 3.1, 50.1)
    assert geo_matcher(asked(f"near;maxDistance=={far!r}", "Point", [3.1, 50.1]))(target)
    assert not geo_matcher(asked(f"near;minDistance=={far!r}", "Point", [3.1, 50.1]))(target)
    assert not geo_matcher(asked(f"near;maxDistance=={far - 0.01!r}", "Point", [3.1, 50.1]))(target)
    assert geo_matcher(asked(f"near;minDistance=={far - 0.01!r}", "Point", [3.1, 50.1]))(target)


@pytest.mark.parametrize(
    ("here", "line"),
    [
        ((10, 60.009), [(0, 60), (10, 60)]),
        ((5, 60.009), [(0, 60), (10, 60)]),
        ((0, 85), [(1, 85), (0, 85.6)]),
        ((0.5, -0.1), [(0, 0), (10, 0)]),
        ((5, 5), [(4, 4), (6, 4), (6, 6), (4, 6), (4, 4)]),
        ((3.06, 50.63), [(3.05, 50.62), (3.07, 50.63), (3.08, 50.7)]),
        ((179.95, -17), [(-179.9, -18), (-179.9, -16)]),
        ((3, 50), [(-60, 10), (60, 30)]),
    ],
)
def test_the_distance_to_a_line_is_that_to_its_nearest_place(
    here: tuple[float, float], line: list[tuple[float, float]]
) -> None:
    places_on_it = [
        (x1 + (x2 - x1) * step / 2000, y1 + (y2 - y1) * step / 2000)
        for (x1, y1), (x2, y2) in pairwise(line)
        for step in range(2001)
    ]
    nearest = min(geodesic(*here, *place) for place in places_on_it)
    reference = geometry("LineString", [list(place) for place in line])
    assert metres(point(*here), reference) == pytest.approx(nearest, rel=1e-4, abs=0.1)
    assert metres(reference, point(*here)) == pytest.approx(nearest, rel=1e-4, abs=0.1)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (point(5, 5), geometry("Polygon", SQUARE), 0.0),
        (point(5, 5), geometry("Polygon", HOLED), geodesic(5, 5, 5, 4)),
        (
            geometry("Polygon", SQUARE),
            geometry("Polygon", [[[10.1, 0], [11, 0], [11, 1], [10.1, 0]]]),
            geodesic(10, 0, 10.1, 0),
        ),
        (
            geometry("MultiPoint", [[50, 50], [10, 0]]),
            geometry("LineString", [[10.1, -5], [10.1, 5]]),
            geodesic(10, 0, 10.1, 0),
        ),
        (geometry("Polygon", SQUARE), geometry("Polygon", BOWTIE), 0.0),
    ],
)
def test_the_distance_of_areas_is_that_of_their_nearest_places(
    one: JsonObject, other: JsonObject, expected: float
) -> None:
    assert metres(one, other) == pytest.approx(expected, rel=1e-3, abs=0.05)
    assert metres(other, one) == pytest.approx(expected, rel=1e-3, abs=0.05)


def test_distances_go_across_the_antimeridian_and_the_poles() -> None:
    assert metres(point(179.9, 0), point(-179.9, 0)) == pytest.approx(22263.9, abs=0.1)
    line = geometry("LineString", [[-179.9, -5], [-179.9, 5]])
    assert metres(point(179.9, 0), line) == pytest.approx(22263.9, abs=0.5)
    assert metres(geometry("LineString", [[179.9, -5], [179.9, 5]]), line) == pytest.approx(22181, rel=0.001)
    assert metres(point(0, 89.9), point(180, 89.9)) == pytest.approx(22338.8, abs=0.1)
    assert geo_matcher(asked("near;maxDistance==23000", "Point", [-179.9, 0]))(point(179.9, 0))
    assert geo_matcher(asked("near;maxDistance==23000", "Point", [180, 89.9]))(point(0, 89.9))


@pytest.mark.parametrize("kind", ["LineString", "MultiLineString", "Polygon", "MultiPolygon"])
@pytest.mark.parametrize("still", [[2.0, 50.0], [2.0, 50.0001]])
def test_lines_without_length_are_where_they_are(kind: str, still: list[float]) -> None:
    """The process died of the first of these pairs, and of the second the still part was not seen."""
    line: Json = [[*still], [*still]]
    ring: Json = [[*still] for _ in range(4)]
    coordinates: dict[str, Json] = {
        "LineString": line,
        "MultiLineString": [line, line],
        "Polygon": [ring],
        "MultiPolygon": [[ring]],
    }
    nothing = geometry(kind, coordinates[kind])
    road = geometry("LineString", [[3, 49], [3, 51]])
    expected = metres(point(*still), road)
    assert metres(nothing, road) == pytest.approx(expected, rel=1e-3)
    assert metres(road, nothing) == pytest.approx(expected, rel=1e-3)
    both = geometry("MultiLineString", [line, [[1, 10], [2, 10]]])
    assert metres(both, road) == pytest.approx(expected, rel=1e-3)
    assert metres(road, both) == pytest.approx(expected, rel=1e-3)


def test_a_line_from_pole_to_pole_by_name_only_is_a_place() -> None:
    pole, road = geometry("LineString", [[0, 90], [180, 90]]), geometry("LineString", [[10, 80], [20, 80]])
    assert metres(pole, road) == pytest.approx(metres(point(0, 90), road), rel=0.01)
    assert metres(road, pole) == pytest.approx(metres(point(0, 90), road), rel=0.01)


@pytest.mark.parametrize("tiny", [5e-324, 1e-300, 1e-170])
def test_differences_without_a_square_are_none(tiny: float) -> None:
    """GEOS divided by it, which is a warning."""
    corners: Json = [[[1, 0], [3, 0], [3, tiny], [1, tiny], [1, 0]]]
    sliver, road = geometry("Polygon", corners), geometry("LineString", [[1, 51], [1, 52]])
    expected = metres(geometry("LineString", [[1, 0], [3, 0]]), road)
    assert metres(sliver, road) == pytest.approx(expected, rel=1e-3)
    assert metres(road, sliver) == pytest.approx(expected, rel=1e-3)


def test_a_polygon_that_crosses_itself_by_differences_without_a_square_is_refused() -> None:
    thin: Json = [[-123, 5e-324], [3, 5e-324], [-123, 0], [-123, 5e-324]]
    zero: list[Json] = [[0, 0] for _ in range(16)]
    speck: Json = [*zero, [0, 1e-300], *zero, [1e-300, 1e-300], *zero]
    with pytest.raises(Problem, match="crosses itself"):
        check_geometry(geometry("MultiPolygon", [[thin], [speck]]))


def test_heights_do_not_matter_however_high() -> None:
    """GEOS computed the heights between these, which overflowed."""
    high, flat = geometry("LineString", [[3, 51, 1e308], [3.1, 51, -1e308]]), [[3, 51], [3.1, 51]]
    assert metres(high, point(3, 50)) == metres({**high, "coordinates": flat}, point(3, 50))  # type: ignore[dict-item]
    bow: Json = [[0, 0, 1e308], [10, 10, -1e308], [10, 0, 0], [0, 10, 1e308], [0, 0, 1e308]]
    assert geo_matcher(asked("contains", "Point", [1, 5]))(geometry("Polygon", [bow]))


@settings(deadline=None)
@given(places, places, st.floats(0.001, 25_000_000))
def test_the_boxes_around_a_place_hold_all_that_is_near(
    centre: tuple[float, float], other: tuple[float, float], reach: float
) -> None:
    boxes = around(Box(*centre, *centre), reach)
    assert all(-180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90 for box in boxes)
    if geodesic(*centre, *other) <= reach:
        x, y = other
        assert any(box.west <= x <= box.east and box.south <= y <= box.north for box in boxes)


@settings(deadline=None)
@given(places, st.floats(0, 2 * math.pi), st.floats(0.001, 1))
def test_a_place_just_inside_the_reach_is_in_the_boxes(
    centre: tuple[float, float], bearing: float, part: float
) -> None:
    x, y = centre[0] + math.cos(bearing) * part, max(-90.0, min(90.0, centre[1] + math.sin(bearing) * part))
    x = (x + 180) % 360 - 180
    reach = geodesic(*centre, x, y)
    assert any(
        box.west <= x <= box.east and box.south <= y <= box.north
        for box in around(Box(*centre, *centre), reach)
    )


coordinates = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.floats(allow_nan=True), st.integers(-200, 200), st.text(max_size=3)
    ),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    st.sampled_from(["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]),
    coordinates,
)
def test_any_coordinates_are_a_geometry_or_refused_with_a_problem(kind: str, given_coordinates: Json) -> None:
    value = geometry(kind, given_coordinates)
    try:
        check_geometry(value)
    except Problem:
        return
    assert shape_of(value).bounds == pytest.approx(tuple(box_of(value)))
    for georel in ("near;maxDistance==5", "equals", "overlaps"):
        geo_matcher(asked(georel, "Polygon", BOWTIE))(value)
        geo_matcher(asked(georel, kind, given_coordinates))(geometry("Polygon", BOWTIE))
