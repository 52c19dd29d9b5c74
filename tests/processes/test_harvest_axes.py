"""Harvest: a source with longitude and latitude exchanged stops, unless somebody has said what to do."""

from typing import Any

import pytest
from tests.conftest import Run
from tests.processes.city import STATIONS, City
from tests.sources.fakes import bike, data

from beffroi.sources.operations.registry import add_sources, change_source, find_source
from beffroi.sources.rules.run import noticed
from beffroi.sources.rules.source import changed, source_of
from beffroi.store.port import Store

LILLE = [2.9, 50.5, 3.2, 50.8]
DUBAI: list[Any] = [55.0, 24.9, 55.6, 25.4]


def right(first: int, last: int) -> list[dict[str, Any]]:
    return [bike(n, x=round(3.06 + n / 10_000, 4), y=50.63) for n in range(first, last + 1)]


def exchanged(first: int, last: int) -> list[dict[str, Any]]:
    return [bike(n, x=50.63, y=round(3.06 + n / 10_000, 4)) for n in range(first, last + 1)]


def in_dubai(count: int) -> list[dict[str, Any]]:
    return [bike(n, x=55.27, y=25.2 + n / 10_000) for n in range(1, count + 1)]


def in_dubai_exchanged(count: int) -> list[dict[str, Any]]:
    return [{**each, "x": each["y"], "y": each["x"]} for each in in_dubai(count)]


class Changing:
    """A source with one page that a test may change."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.records = records

    def __call__(self, _url: str, headers: Any) -> Any:
        tag = f'"{hash(str(self.records))}"'
        if headers.get("if-none-match") == tag:
            return data({}, 304)
        return data({"records": self.records, "numberMatched": len(self.records)}, etag=tag)


def another(run: Run, store: Store, **more: Any) -> None:
    """Another source of the node."""
    source = {"name": "d", "url": "http://y", "family": "ogc", "dataset": "d", "mapping": "lille-weather"}
    run(add_sources(store, "", [source_of({**source, **more})]))


def test_exchanged_axes_stop_the_run_where_the_source_states_its_area(run: Run, store: Store) -> None:
    city = City(run, store, Changing(exchanged(1, 200)), area=LILLE)
    report = city.harvest()
    assert (report.state, report.counts.new, city.sink.entities) == ("stopped", 0, {})
    assert report.failure == (
        "Longitude and latitude of 'c' stand in each other's place: the record '1' is at longitude 50.63, "
        "latitude 3.0601, and in the area of the source only the other way round. Nothing more was taken in. "
        "To turn the places: beffroi source change c --axes swapped; to take them as they are: "
        "beffroi source change c --axes given."
    )


@pytest.mark.parametrize("known", [{"area": LILLE}, {"places": LILLE}])
def test_without_an_area_the_other_sources_of_the_node_tell(run: Run, store: Store, known: Any) -> None:
    city = City(run, store, Changing(exchanged(1, 200)))
    another(run, store, **known)
    report = city.harvest()
    assert (report.state, city.sink.entities) == ("stopped", {})
    assert "near the other places of this node only the other way round" in report.failure


def test_without_an_area_an_earlier_run_tells_and_what_it_brought_stays(run: Run, store: Store) -> None:
    served = Changing(in_dubai(20))
    city = City(run, store, served, axes="given")
    assert city.harvest().state == "completed"
    run(change_source(store, "", "c", lambda it: changed(it, {"axes": "check", "area": None})))
    assert run(find_source(store, "", "c")).places is None  # a new word about the axes: nothing is known
    run(change_source(store, "", "c", lambda it: source_of({**it.shown(), "places": DUBAI})))
    assert city.harvest().state == "completed"
    before = dict(city.sink.entities)
    served.records = in_dubai_exchanged(20)
    report = city.harvest()
    assert "near the other places of this node" in report.failure
    assert city.sink.entities == before
    assert report.counts.gone == 0


def test_a_complete_run_remembers_where_it_placed_things(run: Run, store: Store) -> None:
    city = City(run, store, Changing(right(1, 20)))
    city.harvest()
    places = run(find_source(store, "", "c")).places
    assert places is not None
    assert (places.west, places.south) == (3.0601, 50.63)
    assert (places.east, places.north) == (3.062, 50.63)
    city.harvest()
    assert run(find_source(store, "", "c")).places == places  # the page had not changed


def test_where_nothing_is_known_a_mirror_image_of_europe_stops_the_run(run: Run, store: Store) -> None:
    city = City(run, store, Changing(exchanged(1, 200)))
    report = city.harvest()
    assert (report.state, city.sink.entities) == ("stopped", {})
    assert "in Europe only the other way round; nothing says where its city is" in report.failure
    run(change_source(store, "", "c", lambda it: changed(it, {"axes": "swapped"})))
    report = city.harvest()
    assert (report.state, report.counts.new, report.counts.swapped) == ("completed", 200, 200)
    assert city.sink.entities[f"{STATIONS}1"]["location"]["value"]["coordinates"] == [3.0601, 50.63]


@pytest.mark.parametrize("said", [{"axes": "given"}, {"area": DUBAI}])
def test_a_city_whose_mirror_image_is_in_europe_says_so_once(run: Run, store: Store, said: Any) -> None:
    city = City(run, store, Changing(in_dubai(20)))
    assert "in Europe only the other way round" in city.harvest().failure
    run(change_source(store, "", "c", lambda it: changed(it, said)))
    report = city.harvest()
    assert (report.state, report.counts.new, report.counts.swapped) == ("completed", 20, 0)
    assert run(find_source(store, "", "c")).places is not None


@pytest.mark.parametrize(
    ("x", "y"), [(55.45, -20.88), (-61.53, 16.24), (-70.66, -33.45), (139.7, 35.7), (-73.98, 40.75)]
)
def test_cities_elsewhere_come_in_unasked(run: Run, store: Store, x: float, y: float) -> None:
    city = City(run, store, Changing([bike(n, x=x, y=y) for n in range(1, 20)]))
    report = city.harvest()
    assert (report.state, report.counts.new) == ("completed", 19)


def test_where_nothing_is_known_the_report_says_where_the_places_are(run: Run, store: Store) -> None:
    city = City(run, store, Changing(right(1, 20)))
    report = city.harvest()
    assert noticed(report) == [
        "Nothing says where its places should be; they are between longitude 3.06 and 3.06, latitude 50.63 "
        "and 50.63."
    ]
    assert noticed(city.harvest()) == []


def test_a_few_exchanged_places_among_many_are_refused_with_the_reason(run: Run, store: Store) -> None:
    city = City(run, store, Changing([*right(1, 30), *exchanged(31, 33)]))
    report = city.harvest()
    assert (report.state, report.counts.new, report.counts.refused) == ("completed", 30, 3)
    reasons: Any = report.shown()["reasons"]
    assert reasons[0]["reason"] == "Longitude 50.63 and latitude 3.0631 stand in each other's place."
    assert reasons[0]["examples"] == ["31", "32", "33"]


def test_a_source_that_exchanges_its_axes_half_way_stops_and_what_came_before_is_whole(
    run: Run, store: Store
) -> None:
    city = City(run, store, Changing([*right(1, 250), *exchanged(251, 400)]))
    report = city.harvest()
    assert (report.state, report.counts.new, len(city.sink.entities)) == ("stopped", 250, 250)
    assert "the record '251'" in report.failure


def test_impossible_latitudes_stop_the_run(run: Run, store: Store) -> None:
    city = City(run, store, Changing([bike(n, x=-33.8, y=151.2) for n in range(1, 20)]))
    report = city.harvest()
    assert (report.state, city.sink.entities) == ("stopped", {})
    assert "longitude -33.8, latitude 151.2" in report.failure


def test_detect_turns_what_an_area_shows_and_counts_it_again_when_nothing_has_changed(
    run: Run, store: Store
) -> None:
    records = [*right(1, 2), *exchanged(3, 9)]
    city = City(run, store, Changing(records), area=LILLE, axes="detect")
    report = city.harvest()
    assert (report.state, report.counts.new, report.counts.swapped) == ("completed", 9, 7)
    assert noticed(report) == [
        "The longitude and latitude of 7 records stood in each other's place, and were turned."
    ]
    again = city.harvest()
    assert (again.requests, again.counts.same, again.counts.swapped) == (report.requests, 9, 7)


def test_detect_asks_where_nothing_shows(run: Run, store: Store) -> None:
    city = City(run, store, Changing(exchanged(1, 20)), axes="detect")
    assert "nothing says where its city is" in city.harvest().failure


def test_a_source_that_is_turned_and_has_been_repaired_stops(run: Run, store: Store) -> None:
    served = Changing(exchanged(1, 20))
    city = City(run, store, served, axes="swapped")
    assert city.harvest().counts.swapped == 20
    before = dict(city.sink.entities)
    served.records = right(1, 20)
    report = city.harvest()
    assert report.failure == (
        "Longitude and latitude of 'c' are set to be exchanged, and stand the right way round: the record '1' "
        "would come to longitude 50.63, latitude 3.0601. Nothing more was taken in. To take places as they "
        "are: beffroi source change c --axes check."
    )
    assert city.sink.entities == before
    run(change_source(store, "", "c", lambda it: changed(it, {"axes": "check"})))
    report = city.harvest()
    assert (report.state, report.counts.same, report.counts.swapped) == ("completed", 20, 0)


def test_wrong_places_of_another_source_do_not_stop_one_that_is_to_be_turned(run: Run, store: Store) -> None:
    city = City(run, store, Changing(exchanged(1, 20)), axes="swapped")
    another(run, store, places=[50.5, 2.9, 50.8, 3.2])
    assert city.harvest().counts.swapped == 20
