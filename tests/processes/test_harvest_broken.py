"""Harvest: what is wrong with a source is said, and what came in before is whole."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import Run
from tests.processes.city import STATIONS, City, Listing
from tests.sources.fakes import PAGE, Answer, bike, data, query, text

from beffroi.kernel.problem import Problem
from beffroi.sources.operations.registry import (
    find_source,
    list_runs,
    remove_source,
)
from beffroi.store.port import Store

CHARGERS = (
    "id_pdc_itinerance;etat_pdc;occupation_pdc;horodatage\n"
    "FRXXXE1;en_service;libre;2024-10-17T12:00:00+02:00\n"
)


def dies_at(page: int) -> Any:
    listing = Listing(300)

    def serve(url: str, headers: Mapping[str, str]) -> Answer:
        if int(query(url).get("startIndex", "0")) >= page * 100:
            return Answer(500)
        return listing(url, headers)

    return serve


def turns_to_html(url: str, headers: Mapping[str, str]) -> Answer:
    return PAGE if "startIndex" in query(url) else Listing(300)(url, headers)


def changes_shape(url: str, headers: Mapping[str, str]) -> Answer:
    return data({"error": "moved"}) if "startIndex" in query(url) else Listing(300)(url, headers)


@pytest.mark.parametrize(
    ("serve", "kept", "why"),
    [
        (dies_at(1), 100, "answers 500"),
        (dies_at(2), 200, "answers 500"),
        (turns_to_html, 100, "web page"),
        (changes_shape, 100, "holds no list of records"),
    ],
)
def test_a_source_that_breaks_half_way_stops_the_run_and_what_came_before_is_whole(
    run: Run, store: Store, serve: Any, kept: int, why: str
) -> None:
    city = City(run, store, serve)
    report = city.harvest()
    assert (report.state, report.counts.new, len(city.sink.entities)) == ("stopped", kept, kept)
    assert why in report.failure
    assert report.counts.gone == 0
    assert run(list_runs(store, "", "c"))[0]["failure"] == report.failure
    source = run(find_source(store, "", "c"))
    assert (source.last_state, source.failures) == ("stopped", 1)


def test_a_run_that_stopped_goes_on_where_it_should(run: Run, store: Store) -> None:
    listing = Listing(300)
    broken = True

    def serve(url: str, headers: Mapping[str, str]) -> Answer:
        return Answer(500) if broken and query(url).get("startIndex") == "200" else listing(url, headers)

    city = City(run, store, serve)
    assert city.counts() == {"read": 200, "new": 200}
    broken = False
    assert city.counts() == {"read": 300, "new": 100, "same": 200}
    assert run(find_source(store, "", "c")).failures == 0


def test_pages_that_bring_only_what_came_before_are_a_circle(run: Run, store: Store) -> None:
    def serve(url: str, _: Mapping[str, str]) -> Answer:
        at = int(query(url).get("token", "0"))
        link = {"rel": "next", "href": f"http://x/collections/c/items?token={at + 1}"}
        return data({"records": [bike(1), bike(2)], "links": [link]})

    report = City(run, store, serve).harvest()
    assert (report.state, report.counts.new, report.requests) == ("stopped", 2, 2)
    assert "in a circle" in report.failure


def test_a_source_whose_records_fit_no_more_is_not_read_to_its_end(run: Run, store: Store) -> None:
    def serve(url: str, _: Mapping[str, str]) -> Answer:
        at = int(query(url).get("token", "0"))
        link = {"rel": "next", "href": f"http://x/collections/c/items?token={at + 1}"}
        return data({"records": [{"number": n} for n in range(50)], "links": [link]})

    report = City(run, store, serve).harvest()
    assert (report.state, report.requests, report.counts.refused) == ("stopped", 1, 50)
    assert "None of the first 50 records fits the mapping 'lille-bike-stations'" in report.failure


@pytest.mark.parametrize(("said", "warned"), [(3, False), (5, True), (2, True)])
def test_a_total_that_is_not_reached_is_said(run: Run, store: Store, said: int, warned: bool) -> None:
    city = City(
        run,
        store,
        lambda _url, _headers: data({"records": [bike(1), bike(2), bike(3)], "numberMatched": said}),
    )
    report = city.harvest()
    assert report.state == "completed"
    assert bool(report.warnings) == warned
    if warned:
        assert report.warnings[0] == f"The source says that it has {said} records, and gave 3."


def test_records_that_cannot_be_read_do_not_stop_the_others(run: Run, store: Store) -> None:
    records = [
        bike(1),
        {**bike(2), "@id": None},
        bike(3, x="nowhere"),
        bike(4, nb_velos_dispo="many"),
        bike(5),
    ]
    report = City(run, store, lambda _url, _headers: data({"records": records})).harvest()
    assert (report.counts.new, report.counts.refused, report.state) == (2, 3, "completed")
    reasons: Any = report.shown()["reasons"]
    assert [(each["count"], each["examples"]) for each in reasons] == [(1, []), (1, ["3"]), (1, ["4"])]


def test_what_the_broker_refuses_is_reported_and_tried_again(run: Run, store: Store) -> None:
    city = City(run, store, Listing(3))
    city.sink.refuse = {f"{STATIONS}2": "Attribute 'name' is wrong."}
    report = city.harvest()
    assert (report.counts.new, report.counts.rejected) == (2, 1)
    assert report.shown()["rejections"] == [{"id": f"{STATIONS}2", "reason": "Attribute 'name' is wrong."}]
    city.sink.refuse = {}
    assert city.counts() == {"read": 3, "new": 1, "same": 2}


def test_a_full_disk_is_ours_and_is_raised(run: Run, store: Store) -> None:
    city = City(run, store, Listing(300, most=300))
    city.sink.full_after = 1
    with pytest.raises(Problem, match="disk is full"):
        city.harvest()
    assert len(city.sink.entities) == 250
    city.sink.full_after = 10**9
    assert city.counts() == {"read": 300, "new": 50, "same": 250}


def test_a_record_with_100_000_fields_is_refused_and_a_header_with_as_many_stops(
    run: Run, store: Store
) -> None:
    wide = {f"f{n}": n for n in range(100_000)}
    report = City(run, store, lambda _url, _headers: data({"records": [bike(1), wide]})).harvest()
    assert (report.counts.new, report.counts.refused) == (1, 1)
    run(remove_source(store, "", "c"))
    table = text((",".join(wide) + "\n1").encode())
    report = City(run, store, lambda _url, _headers: table, family="file").harvest()
    assert "more than 1000 columns" in report.failure


def test_nested_bombs_stop_the_run(run: Run, store: Store) -> None:
    bomb = Answer(
        200, {"content-type": "application/json"}, b'{"records":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    )
    report = City(run, store, lambda _url, _headers: bomb).harvest()
    assert "not JSON that can be trusted" in report.failure


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (CHARGERS + "FRXXXE2;en_serv", "Line 3 of the table has 2 cells, and the header 4"),
        (CHARGERS + 'FRXXXE2;"en_serv', "Line 3 of the table opens a quotation mark"),
        (CHARGERS + "FRXXXE2;en\0service;libre;2024-10-17T12:00:00+02:00\n", r"the character U\+0000"),
    ],
)
def test_a_table_that_is_cut_off_stops_the_run_and_nothing_is_gone(
    run: Run, store: Store, table: str, why: str
) -> None:
    body = CHARGERS + CHARGERS.partition("\n")[2].replace("E1", "E2")

    def serve(_: str, __: Mapping[str, str]) -> Answer:
        return text(body.encode())

    city = City(run, store, serve, family="file", mapping="irve-dynamic")
    assert city.counts() == {"read": 2, "new": 2}
    body = table
    report = city.harvest()
    assert report.state == "stopped"
    assert re.search(why, report.failure)
    assert (report.counts.gone, len(city.sink.entities)) == (0, 2)
