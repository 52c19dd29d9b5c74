"""Distances of geometries that span the world, against a slow calculation that knows no projection."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from beffroi.broker.rules.geo.distance import distance
from beffroi.broker.rules.geo.geometry import shape_of
from beffroi.kernel.json import JsonObject

Floats = NDArray[np.float64]
Segment = tuple[Floats, Floats]
RADIUS = 6_371_008.8
EDGES = [-180.0, -179.9, 0.0, 179.9, 180.0]

longitudes = st.one_of(st.sampled_from(EDGES), st.floats(-180, 180))
latitudes = st.one_of(st.sampled_from([-90.0, -89.0, 0.1, 90.0]), st.floats(-90, 90), st.floats(80, 90))
lines = st.lists(st.tuples(longitudes, latitudes), min_size=2, max_size=4)


def geometry(kind: str, coordinates: Any) -> JsonObject:
    return {"type": kind, "coordinates": coordinates}


geometries = st.one_of(
    lines.map(lambda places: geometry("MultiPoint", places)),
    lines.map(lambda places: geometry("LineString", places)),
    st.lists(lines, min_size=1, max_size=2).map(lambda parts: geometry("MultiLineString", parts)),
)


def segments(found: JsonObject) -> list[Segment]:
    coordinates: Any = found["coordinates"]
    match found["type"]:
        case "MultiPoint":
            parts = [[place, place] for place in coordinates]
        case "LineString":
            parts = [coordinates]
        case _:
            parts = coordinates
    return [(np.array(a, float), np.array(b, float)) for part in parts for a, b in pairwise(part)]


def slowly(one: JsonObject, other: JsonObject) -> float:
    """Metres on the sphere: the nearest of many places of both, then of many around these, and so on."""
    return min(nearest(a, b) for a in segments(one) for b in segments(other))


def nearest(one: Segment, other: Segment) -> float:
    """Ends are looked at one by one: beside a line that is almost parallel no step of both meets the nearest."""
    ends = [((end, end), other) for end in one] + [(one, (end, end)) for end in other]
    return min(refined(a, b) for a, b in [(one, other), *ends])


def refined(one: Segment, other: Segment) -> float:
    here, there = (np.linspace(0, 1, 150 if (s[0] != s[1]).any() else 1) for s in (one, other))
    chords = np.zeros((1, 1))
    for _ in range(7):
        chords = ((vectors(one, here)[:, None] - vectors(other, there)[None]) ** 2).sum(axis=2)
        i, j = np.unravel_index(chords.argmin(), chords.shape)
        here, there = around(here, int(i)), around(there, int(j))
    return 2 * math.asin(min(1.0, math.sqrt(chords.min()) / 2)) * RADIUS


def around(parts: Floats, at: int) -> Floats:
    return np.linspace(parts[max(0, at - 2)], parts[min(len(parts) - 1, at + 2)], 40)


def vectors(segment: Segment, parts: Floats) -> Floats:
    start, end = segment
    turn, phi = np.radians(start + (end - start) * parts[:, None]).T
    return np.column_stack((np.cos(phi) * np.cos(turn), np.cos(phi) * np.sin(turn), np.sin(phi)))


@settings(deadline=None, max_examples=60)
@given(geometries, geometries)
def test_distances_across_the_world_are_those_of_a_slow_calculation(
    one: JsonObject, other: JsonObject
) -> None:
    """Within a hundredth, and the bend of the pieces that long lines are cut into."""
    there, back = distance(shape_of(one), shape_of(other)), distance(shape_of(other), shape_of(one))
    assert there == pytest.approx(back, rel=0.01, abs=2_000)
    if there:  # what crosses in degrees is found by no steps
        assert there == pytest.approx(slowly(one, other), rel=0.01, abs=2_000)


WRONG = {
    "almost parallel beside a pole": (
        geometry("LineString", [[-180.0, -90.0], [-179.9, 0.0]]),
        geometry("LineString", [[-180.0, -89.0], [-180.0, 0.1]]),
    ),
    "the nearest in degrees are not": (
        geometry("MultiPoint", [[-171.0942, 85.0772], [180, 0.1], [-44.9141, -89], [-179.9, -89]]),
        geometry("MultiPoint", [[0, 72.9059], [-53.7705, 30]]),
    ),
    "one is the opposite place": (
        geometry("LineString", [[0, 0.1], [0, -89]]),
        geometry("MultiPoint", [[179.9, 81.5683], [-180, 83.5042], [180, 0.1]]),
    ),
    "a piece goes by the opposite place": (
        geometry("LineString", [[0, 90], [179.9, 87.2881]]),
        geometry(
            "MultiLineString", [[[-179.9, 0.1], [76.3226, 0.1], [0, -89]], [[0, 0.1], [0, -89], [179.9, -89]]]
        ),
    ),
    "long lines near a pole": (
        geometry("MultiPoint", [[-179.9, 0.1]]),
        geometry("MultiLineString", [[[0, -89], [-180, 82.1892], [13.3556, -89]], [[0, -89], [0, -42.9639]]]),
    ),
}


@pytest.mark.parametrize("pair", WRONG)
def test_distances_that_a_projection_may_take_for_others(pair: str) -> None:
    one, other = WRONG[pair]
    expected = slowly(one, other)
    assert distance(shape_of(one), shape_of(other)) == pytest.approx(expected, rel=0.01, abs=2_000)
    assert distance(shape_of(other), shape_of(one)) == pytest.approx(expected, rel=0.01, abs=2_000)
