"""The axis order is judged only where the area is known, and never wrongly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.proof.checking import checked, outcomes
from tests.proof.controls import EXTENT, LdCity, OgcCity

from beffroi.proof import Area
from beffroi.proof.exchange import area_of_text
from beffroi.proof.probes.axis import Places, axis_findings, places_of

LILLE = Area(2.9, 50.5, 3.3, 50.8)
SETS: dict[str, list[float] | None] = {"stations": None, "lamps": None}


def group(name: str, points: list[tuple[float, float]], extent: Area | None = None) -> Places:
    return places_of(name, [({"type": "Point", "coordinates": [x, y]}, {}) for x, y in points], extent, ())


def cases(*groups: Places, area: Area | None = None) -> dict[str, str]:
    found = axis_findings(list(groups), area)
    return {finding.values["name"]: finding.case for finding in found if finding.test == "axis-order"}


def test_without_any_area_the_order_stays_open() -> None:
    assert cases(group("a", [(50.6, 3.0), (50.7, 3.1)])) == {"a": "unknown"}
    assert cases(group("a", [(3.0, 50.6), (3.1, 50.7)])) == {"a": "unknown"}


@pytest.mark.parametrize("swap", [False, True])
def test_a_given_area_decides(swap: bool) -> None:
    for control, path in ((OgcCity(extents=SETS, swap=swap), "/ogc"), (LdCity(swap=swap), "/ngsi-ld/v1")):
        report = checked(control, path, area=LILLE)
        assert outcomes(report)["7.C5.R5.1"] == ("FAIL" if swap else "PASS")


def test_a_declared_extent_decides_when_no_area_is_given() -> None:
    extent = Area(*EXTENT)
    assert cases(group("a", [(3.0, 50.6)], extent)) == {"a": "right"}
    assert cases(group("a", [(50.6, 3.0)], extent)) == {"a": "swapped"}


def test_an_extent_swapped_like_its_data_proves_nothing() -> None:
    swapped = {name: [50.5, 2.9, 50.8, 3.3] for name in ("stations", "lamps")}
    report = checked(OgcCity(swap=True, extents={**swapped}))
    assert outcomes(report)["7.C5.R5.1"] == "INCONCLUSIVE"


def test_an_extent_of_the_world_decides_nothing() -> None:
    assert cases(group("a", [(50.6, 3.0)], Area(-180, -90, 180, 90))) == {"a": "unknown"}


def test_one_swapped_set_among_several_is_found_without_any_area() -> None:
    here = [(3.0, 50.6), (3.1, 50.7)]
    there = [(50.62, 3.05), (50.66, 3.08)]
    found = cases(group("a", here), group("b", here), group("c", there))
    assert found == {"a": "right", "b": "right", "c": "swapped"}


def test_one_of_two_sets_is_swapped_and_the_one_in_europe_is_right() -> None:
    assert cases(group("a", [(3.0, 50.6)]), group("b", [(50.6, 3.0)])) == {"a": "right", "b": "swapped"}


def test_two_mirrored_sets_far_from_europe_stay_open() -> None:
    assert cases(group("a", [(100.5, 13.7)]), group("b", [(13.7, 100.5)]))["a"] == "unknown"


def test_a_latitude_over_90_can_only_be_a_longitude() -> None:
    assert cases(group("a", [(1.3, 103.8)])) == {"a": "swapped"}


def test_metres_are_no_degrees() -> None:
    assert cases(group("a", [(704000.0, 7059000.0)])) == {"a": "not-degrees"}


def test_a_place_outside_the_area_both_ways_is_no_failure() -> None:
    assert cases(group("a", [(-74.0, 40.7)]), area=LILLE) == {"a": "outside"}


def test_attributes_in_another_reference_system_are_no_failure() -> None:
    rows = [({"type": "Point", "coordinates": [3.0, 50.6]}, {"x": 12.0, "y": 13.0})]
    found = axis_findings([places_of("a", rows, None, ())], LILLE)  # type: ignore[arg-type]
    assert [(f.test, f.case) for f in found] == [("axis-order", "right"), ("axis-attributes", "outside")]


def test_right_attributes_beside_a_swapped_geometry_are_not_blamed() -> None:
    rows = [({"type": "Point", "coordinates": [50.6, 3.0]}, {"x": 3.0, "y": 50.6})]
    found = axis_findings([places_of("a", rows, None, ())], LILLE)  # type: ignore[arg-type]
    assert [(f.test, f.case) for f in found] == [("axis-order", "swapped"), ("axis-attributes", "right")]


@given(st.lists(st.tuples(st.floats(2.95, 3.25), st.floats(50.55, 50.75)), min_size=1, max_size=20))
def test_sound_data_never_fails_whatever_is_known(points: list[tuple[float, float]]) -> None:
    for area in (None, LILLE):
        for extent in (None, LILLE, Area(-180, -90, 180, 90)):
            assert cases(group("a", points, extent), area=area)["a"] in {"right", "unknown"}


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "3,51,2,50", "200,0,201,1"])
def test_a_text_that_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Area"):
        area_of_text(text)
