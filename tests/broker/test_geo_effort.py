"""Geometries that take long to compare are refused before anybody compares them; ordinary ones never are."""

import math
import random
from itertools import pairwise
from typing import Any

import pytest
import shapely

from beffroi.broker.rules.geo.effort import MOST_NODES, Edges
from beffroi.broker.rules.geo.geo import geo_matcher
from beffroi.broker.rules.geo.geometry import check_geometry
from beffroi.broker.rules.granted import area_test
from beffroi.broker.rules.query.query import GeoQuery, Relation
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Problem, TooComplexQuery
from tests.broker.client import Client


def scattered(count: int, seed: int = 1) -> list[list[float]]:
    """A ring that crosses itself nearly everywhere."""
    chance = random.Random(seed)
    places = [[chance.uniform(0, 100), chance.uniform(0, 80)] for _ in range(count)]
    return [*places, places[0]]


def coast(count: int) -> list[list[float]]:
    """A ring with as many positions as the border of a country, which does not cross itself."""
    chance = random.Random(1)
    turns = [2 * math.pi * number / count for number in range(count)]
    reach = [40 + chance.gauss(0, 0.01) for _ in turns]
    places = [[50 + r * math.cos(t), 40 + r * math.sin(t)] for t, r in zip(turns, reach, strict=True)]
    return [*places, places[0]]


def hatched(count: int, shift: float = 0.0) -> JsonObject:
    """Parallel lines across each other's boxes, no two of which meet."""
    lines = [[[shift + n * 1e-3, 0], [shift + n * 1e-3 + 30, 30]] for n in range(count)]
    return {"type": "MultiLineString", "coordinates": lines}  # type: ignore[dict-item]


def polygon(*rings: Any) -> JsonObject:
    return {"type": "Polygon", "coordinates": [*rings]}


def line(places: list[list[float]]) -> JsonObject:
    return {"type": "LineString", "coordinates": places}  # type: ignore[dict-item]


BOW = [[0.0, 0.0], [10.0, 10.0], [10.0, 0.0], [0.0, 10.0], [0.0, 0.0]]


@pytest.mark.parametrize("ring", [BOW, scattered(30), coast(300), coast(3_000), coast(20_000)])
def test_a_polygon_of_a_city_or_a_country_and_one_that_crosses_itself_seldom_are_taken(
    ring: list[list[float]],
) -> None:
    check_geometry(polygon(ring))


def test_a_large_polygon_may_cross_itself_here_and_there() -> None:
    ring = coast(5_000)
    for at in range(100, 4_900, 100):
        ring[at], ring[at + 1] = ring[at + 1], ring[at]
    assert not shapely.Polygon(ring).is_valid
    check_geometry(polygon(ring))


@pytest.mark.parametrize("count", [150, 600, 5_000, 40_000])
def test_a_polygon_that_crosses_itself_everywhere_is_refused(count: int) -> None:
    with pytest.raises(Problem) as caught:
        check_geometry(polygon(scattered(count)))
    assert caught.value.kind is BadRequestData
    assert (
        "crosses itself at more than 500 places" in caught.value.detail or "intricate" in caught.value.detail
    )


def test_each_polygon_of_several_counts() -> None:
    with pytest.raises(Problem):
        check_geometry({"type": "MultiPolygon", "coordinates": [[coast(50)], [scattered(200)]]})  # type: ignore[list-item]


@pytest.mark.parametrize("inside", [[5.0, 2.0], [5.0, 8.0]])
def test_of_a_bow_both_halves_are_covered(inside: list[float]) -> None:
    point: JsonObject = {"type": "Point", "coordinates": inside}  # type: ignore[dict-item]
    assert not geo_matcher(GeoQuery("intersects", polygon(BOW), "loc"))(point)
    assert geo_matcher(GeoQuery("intersects", polygon(BOW), "loc"))({"type": "Point", "coordinates": [2, 5]})


@pytest.mark.parametrize("relation", ["intersects", "disjoint", "within", "contains", "equals", "overlaps"])
def test_geometries_whose_edges_are_close_everywhere_are_not_compared(relation: Relation) -> None:
    with pytest.raises(Problem) as caught:
        geo_matcher(GeoQuery(relation, hatched(5_000), "loc"))(hatched(5_000, 5e-4))
    assert caught.value.kind is TooComplexQuery


def test_nor_is_their_distance_measured() -> None:
    near = geo_matcher(GeoQuery("near", hatched(5_000), "loc", 10.0))
    with pytest.raises(Problem) as caught:
        near(hatched(5_000, 5e-4))
    assert caught.value.kind is TooComplexQuery


def test_a_line_that_crosses_itself_everywhere_is_compared_unless_all_crossings_have_to_be_known() -> None:
    tangle, straight = line(scattered(2_000)), line([[0, 0], [100, 70]])
    assert geo_matcher(GeoQuery("intersects", straight, "loc"))(tangle)
    assert not geo_matcher(GeoQuery("within", straight, "loc"))(tangle)
    for reference, target in ((straight, tangle), (tangle, straight)):
        with pytest.raises(Problem) as caught:
            geo_matcher(GeoQuery("overlaps", reference, "loc"))(target)
        assert caught.value.kind is TooComplexQuery


def test_two_coasts_are_compared() -> None:
    moved = [[x + 1, y] for x, y in coast(10_000)]
    for relation in ("intersects", "overlaps"):
        assert geo_matcher(GeoQuery(relation, polygon(coast(9_000)), "loc"))(polygon(moved))
    assert not geo_matcher(GeoQuery("within", polygon(coast(9_000)), "loc"))(polygon(moved))


RELATIONS: list[Relation] = ["intersects", "disjoint", "within", "contains", "equals", "overlaps", "near"]


@pytest.mark.parametrize("relation", RELATIONS)
def test_geometries_of_very_many_parts_are_not_compared(relation: Relation) -> None:
    """Each part was looked for in the other geometry: of 10,000 points among 50,000 that took 11 s."""
    points: list[JsonObject] = [
        {"type": "MultiPoint", "coordinates": scattered(count, count)}  # type: ignore[dict-item]
        for count in (10_000, 20_000)
    ]
    with pytest.raises(Problem) as caught:
        geo_matcher(GeoQuery(relation, points[0], "loc", 10.0))(points[1])
    assert caught.value.kind is TooComplexQuery
    assert "too large" in caught.value.detail


def test_many_points_are_looked_for_in_a_large_polygon() -> None:
    points: JsonObject = {"type": "MultiPoint", "coordinates": scattered(20_000)}  # type: ignore[dict-item]
    assert geo_matcher(GeoQuery("intersects", polygon(coast(9_000)), "loc"))(points)
    assert not geo_matcher(GeoQuery("within", polygon(coast(9_000)), "loc"))(points)


def test_the_distance_of_a_district_from_a_coast_is_measured() -> None:
    district = [[50 + x / 1_000, 85 + y / 1_000] for x, y in coast(300)]
    far, near = (GeoQuery("near", polygon(district), "loc", metres) for metres in (1_000.0, 1e6))
    assert not geo_matcher(far)(polygon(coast(40_000)))
    assert geo_matcher(near)(polygon(coast(40_000)))


def test_pairs_are_counted_as_a_slow_count_says() -> None:
    ring, other = scattered(60), scattered(40, 2)
    boxes = [[shapely.box(*shapely.LineString(ends).bounds) for ends in pairwise(r)] for r in (ring, other)]
    close = sum(one.intersects(two) for at, one in enumerate(boxes[0]) for two in boxes[0][at + 2 :])
    found = Edges(shapely.Polygon(ring)).close(MOST_NODES)
    assert found is not None
    assert found.shape[1] == close
    both = sum(one.intersects(two) for one in boxes[0] for two in boxes[1])
    assert Edges(shapely.LineString(ring)).pairs_with(Edges(shapely.LineString(other)), MOST_NODES) == both
    assert Edges(shapely.Polygon(ring)).close(close - 1) is None


def test_what_is_too_intricate_to_compare_lies_in_no_area_that_was_sold() -> None:
    entity: Any = {"id": "urn:x:1", "type": ["T"], "attrs": {}}
    entity["attrs"]["https://uri.etsi.org/ngsi-ld/location"] = [
        {"type": "GeoProperty", "value": hatched(5_000, 5e-4)}
    ]
    assert not area_test(encode(hatched(5_000)).decode())(entity)


def test_the_node_answers_with_the_reason(memory_node: Client) -> None:
    def asked(shape: JsonObject, georel: str) -> JsonObject:
        query = {"geometry": shape["type"], "coordinates": shape["coordinates"], "georel": georel}
        return {"type": "Query", "entities": [{"type": "Lane"}], "geoQ": query}

    lane = {"id": "urn:ngsi-ld:Lane:1", "type": "Lane", "location": {"type": "GeoProperty"}}
    stored = {**lane, "location": {"type": "GeoProperty", "value": line(scattered(2_000))}}
    assert memory_node.post("/entities", stored).status == 201
    got = memory_node.post("/entityOperations/query", asked(line([[0, 0], [100, 70]]), "overlaps"))
    assert (got.status, got.json["type"].rpartition("/")[2]) == (403, "TooComplexQuery"), got.text
    got = memory_node.post("/entityOperations/query", asked(line([[0, 0], [100, 70]]), "intersects"))
    assert [each["id"] for each in got.json] == ["urn:ngsi-ld:Lane:1"]
    got = memory_node.post("/entityOperations/query", asked(polygon(scattered(500)), "intersects"))
    assert (got.status, "crosses itself" in got.json["detail"]) == (400, True), got.text
    area = {
        "id": "urn:ngsi-ld:Area:1",
        "type": "Area",
        "location": {"type": "GeoProperty", "value": polygon(scattered(500))},
    }
    got = memory_node.post("/entities", area)
    assert (got.status, "crosses itself" in got.json["detail"]) == (400, True), got.text
    assert memory_node.get("/entities/urn:ngsi-ld:Area:1").status == 404
