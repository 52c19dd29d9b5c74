"""A draft of a mapping can always be read, and says what the columns show and no more."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.sources.operations.catalogue import read_mapping
from beffroi.sources.rules.mapping.apply import Setting
from beffroi.sources.rules.mapping.draft import draft
from beffroi.sources.rules.mapping.tally import dry_run

CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=20)
    | st.lists(st.text(max_size=3))
)


def made(*records: JsonObject) -> Any:
    """What the draft of these records makes of the first of them."""
    mapping = read_mapping(draft("d", "D", "Thing", records))
    run = dry_run(mapping, records, Setting("s"))
    assert run.tally.mapped == len(records)
    return run.examples[0]


@given(
    st.lists(st.dictionaries(st.text(max_size=12), CELLS, min_size=1, max_size=12), min_size=1, max_size=4)
)
def test_a_draft_of_any_columns_is_a_mapping(sample: list[JsonObject]) -> None:
    read_mapping(draft("d", "D", "Thing", [{**each, "ref": 1} for each in sample]))


def test_no_columns_make_no_draft() -> None:
    with pytest.raises(Problem, match="has no columns"):
        draft("d", "D", "Thing", [{}, {"\x00": 1}])


def test_codes_stay_text_and_numbers_become_numbers() -> None:
    entity = made({"id": "1", "post": "06000", "Nombre de places": "1 200,5", "n": 3, "open": True})
    assert entity["post"]["value"] == "06000"
    assert entity["nombreDePlaces"]["value"] == 1200.5
    assert (entity["n"]["value"], entity["open"]["value"]) == (3, True)


def test_a_moment_without_a_zone_is_left_as_it_is_written() -> None:
    entity = made({"id": "1", "a": "2026-11-22T10:00:00", "b": "2026-11-22T10:00:00+01:00"})
    assert entity["a"]["value"] == "2026-11-22T10:00:00"
    assert entity["b"]["value"] != "2026-11-22T10:00:00+01:00"


@pytest.mark.parametrize(
    "place",
    [
        {"Longitude": "3,07", "LATITUDE": "50,63"},
        {"geo_point_2d": {"lon": 3.07, "lat": 50.63}},
        {"coords": "50.63, 3.07"},
        {"@geometry": {"type": "Point", "coordinates": [3.07, 50.63]}},
    ],
    ids=["two columns", "object", "pair", "geometry"],
)
def test_places_are_found(place: JsonObject) -> None:
    entity = made({"id": "1", "name": "A", **place})
    assert entity["location"]["value"] == {"type": "Point", "coordinates": [3.07, 50.63]}
    assert set(entity) == {"id", "type", "location", "id2", "name"}


def test_two_prices_are_no_place() -> None:
    assert "location" not in made({"id": "1", "prices": "2,3"})


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ([{"n": 1, "code_station": "A"}, {"n": 1, "code_station": "B"}], "code_station"),
        ([{"ref": "A", "name": "x"}, {"ref": "A", "name": "y"}], "name"),
        ([{"pm2.5": 1, "id": 7}], "id"),
        ([{"2024": 1}], "2024"),
    ],
)
def test_what_names_a_record_does_not_come_twice(records: list[JsonObject], wanted: str) -> None:
    assert read_mapping(draft("d", "D", "Thing", records)).id.paths == ((wanted,),)


def test_columns_that_lose_their_difference_as_attributes_stay_apart() -> None:
    entity = made({"id": "1", "é t": "a", "e-t": "b", "type": "c", "été": "d"})
    assert {name: entity[name]["value"] for name in ("eT", "eT2", "type2", "ete")} == {
        "eT": "a", "eT2": "b", "type2": "c", "ete": "d",
    }  # fmt: skip
