"""Ids that can be undone, and places with their axes the right way round."""

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.sources.rules.mapping.identity import check_name, entity_id, foreign_id, name_from
from beffroi.sources.rules.mapping.place import Coordinates, Geometry, Pair, locate

LILLE = Box(2.9, 50.5, 3.2, 50.8)
XY = (Coordinates(("x",), ("y",)),)


@given(st.text(min_size=1, max_size=200))
def test_an_id_can_be_undone(text: str) -> None:
    assume(text.strip())
    assume(not any("\ud800" <= each <= "\udfff" for each in text))
    found = entity_id("Streetlight", "lampes-2", foreign_id(text))
    *_, kind, source, foreign = found.split(":", 4)
    assert (kind, source, unquote(foreign)) == ("Streetlight", "lampes-2", text.strip())
    assert found.isascii()
    assert not set(found) & set(" <>\"'()/?#[]{}|\\^`")


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_different_things_have_different_ids(one: str, other: str) -> None:
    assume(one.strip() and other.strip() and one.strip() != other.strip())
    assume(not any("\ud800" <= each <= "\udfff" for each in one + other))
    assert entity_id("A", "s", foreign_id(one)) != entity_id("A", "s", foreign_id(other))


def test_a_number_and_its_text_are_the_same_id() -> None:
    assert foreign_id(129) == foreign_id("129") == foreign_id(129.0)


@pytest.mark.parametrize("value", [None, "", "  ", True, 1.5, [], {}, "x" * 257])
def test_what_names_nothing_is_no_id(value: Any) -> None:
    with pytest.raises(Problem):
        foreign_id(value)


def test_names_stand_in_ids() -> None:
    assert name_from("https://x/velos temps réel") == "velos-temps-reel"
    for name in ("a:b", "", "-a", "é", "a b", "a" * 101):
        with pytest.raises(Problem):
            check_name(name, "name")


def test_axes_that_are_right_stay() -> None:
    found = locate({"x": 3.07, "y": 50.64}, XY, "detect", LILLE)
    assert found is not None
    assert (found.geometry["coordinates"], found.swapped, found.outside) == ([3.07, 50.64], False, False)


def test_axes_that_only_make_sense_the_other_way_round_are_turned_and_said() -> None:
    found = locate({"x": "50,64", "y": "3,07"}, XY, "detect", LILLE)
    assert found is not None
    assert (found.geometry["coordinates"], found.swapped) == ([3.07, 50.64], True)


def test_without_an_area_nothing_is_guessed() -> None:
    found = locate({"x": 50.64, "y": 3.07}, XY, "detect", None)
    assert found is not None
    assert not found.swapped


def test_a_latitude_over_ninety_is_a_longitude_even_without_an_area() -> None:
    found = locate({"x": -33.8, "y": 151.2}, XY, "detect", None)
    assert found is not None
    assert found.geometry["coordinates"] == [151.2, -33.8]


def test_what_is_far_away_is_said_to_be_outside() -> None:
    found = locate({"x": 2.35, "y": 48.85}, XY, "detect", LILLE)
    assert found is not None
    assert found.outside
    assert not found.swapped


@pytest.mark.parametrize(
    "value",
    ["50.64, 3.07", "50.64,3.07", "50,64 3,07", "[50.64, 3.07]", [50.64, 3.07], {"lon": 3.07, "lat": 50.64}],
)
def test_a_pair_comes_in_many_shapes(value: Any) -> None:
    found = locate({"geo": value}, (Pair(("geo",), "lat-lon"),), "detect", LILLE)
    assert found is not None
    assert found.geometry == {"type": "Point", "coordinates": [3.07, 50.64]}


def test_foreign_members_of_a_geometry_are_left_out() -> None:
    geometry: JsonObject = {
        "type": "Point",
        "@name": "geom",
        "@srs": "EPSG:4326",
        "coordinates": [3.07, 50.64],
    }
    found = locate({"g": geometry}, (Geometry(("g",)),), "detect", LILLE)
    assert found is not None
    assert found.geometry == {"type": "Point", "coordinates": [3.07, 50.64]}


def test_a_polygon_is_turned_whole() -> None:
    ring: list[Any] = [[50.6, 3.0], [50.7, 3.0], [50.7, 3.1], [50.6, 3.0]]
    found = locate({"g": {"type": "Polygon", "coordinates": [ring]}}, (Geometry(("g",)),), "detect", LILLE)
    assert found is not None
    assert found.geometry["coordinates"] == [[[y, x] for x, y in ring]]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"type": "Point", "coordinates": [704000, 7059000]}, "projected"),
        ({"type": "Point", "@srs": "EPSG:2154", "coordinates": [3, 50]}, "not in WGS 84"),
        ({"type": "Point", "coordinates": []}, "not a place"),
        ({"type": "Point", "coordinates": ["a", "b"]}, "not a place"),
        ({"type": "Polygon", "coordinates": [3, 50]}, "not a place"),
        ({"type": "Sphere", "coordinates": [3, 50]}, "not a place"),
        ({"type": "LineString", "coordinates": [[3, 50]] * 10_001}, "more than"),
        ("nowhere", "not a place"),
    ],
)
def test_what_is_no_place_is_refused(value: Any, why: str) -> None:
    with pytest.raises(Problem, match=why):
        locate({"g": value}, (Geometry(("g",)),), "detect", LILLE)


def test_null_island_is_no_place() -> None:
    assert locate({"x": 0, "y": 0}, XY, "detect", LILLE) is None


def test_the_next_way_is_tried_where_the_first_has_nothing() -> None:
    found = locate({"x": 3.07, "y": 50.64, "g": None}, (Geometry(("g",)), *XY), "detect", LILLE)
    assert found is not None
