"""Harvest: what vanishes from a source, and from the node."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import Run
from tests.processes.city import STATIONS, City, Listing
from tests.sources.fakes import Answer, bike, data, query

from beffroi.store.port import Store


@pytest.mark.parametrize("validators", [True, False])
def test_what_vanishes_from_the_source_is_reported_and_stays(
    run: Run, store: Store, validators: bool
) -> None:
    listing = Listing(30, validators=validators)
    city = City(run, store, listing)
    city.harvest()
    del listing.records[4]
    report = city.harvest()
    assert (report.counts.gone, report.counts.deleted) == (1, 0)
    assert report.shown()["missing"] == [f"{STATIONS}5"]
    assert f"{STATIONS}5" in city.sink.entities
    listing.records.insert(4, bike(5))
    assert city.harvest().counts.gone == 0


def test_what_vanishes_is_deleted_where_the_source_is_set_so(run: Run, store: Store) -> None:
    listing = Listing(30)
    city = City(run, store, listing, deletes=True)
    city.harvest()
    del listing.records[4]
    report = city.harvest()
    assert (report.counts.gone, report.counts.deleted, city.sink.deleted) == (1, 1, [f"{STATIONS}5"])
    assert city.harvest().counts.gone == 0
    listing.records.append(bike(5))
    assert city.counts() == {"read": 30, "new": 1, "same": 29}


def test_half_a_city_is_not_deleted_unasked(run: Run, store: Store) -> None:
    listing = Listing(30)
    city = City(run, store, listing, deletes=True)
    city.harvest()
    del listing.records[2:]
    report = city.harvest()
    assert (report.counts.gone, report.counts.deleted, city.sink.deleted) == (28, 0, [])
    assert "too many to delete" in report.warnings[0]


def test_nothing_is_gone_when_the_run_did_not_see_all(run: Run, store: Store) -> None:
    listing = Listing(300)
    broken = False

    def serve(url: str, headers: Mapping[str, str]) -> Answer:
        return Answer(500) if broken and query(url).get("startIndex") == "200" else listing(url, headers)

    city = City(run, store, serve, deletes=True)
    city.harvest()
    broken = True
    assert (city.harvest().counts.gone, city.sink.deleted) == (0, [])


def test_nothing_is_gone_while_a_total_is_not_reached(run: Run, store: Store) -> None:
    answer: dict[str, Any] = {"records": [bike(1), bike(2), bike(3)], "numberMatched": 3}
    city = City(run, store, lambda _url, _headers: data(answer), deletes=True)
    city.harvest()
    answer["records"] = [bike(1), bike(3)]
    report = city.harvest()
    assert (report.counts.gone, city.sink.deleted) == (0, [])
    answer["numberMatched"] = 2
    assert city.harvest().counts.deleted == 1


def test_a_record_that_moves_between_two_pages_is_noticed(run: Run, store: Store) -> None:
    listing = Listing(200, validators=False)

    def serve(url: str, headers: Mapping[str, str]) -> Answer:
        found = listing(url, headers)
        listing.records.insert(0, listing.records.pop(150))
        return found

    report = City(run, store, serve).harvest()
    assert report.counts.repeated > 0
    assert "others may have been missed" in report.warnings[0]


@pytest.mark.parametrize("validators", [True, False], ids=["unchanged page", "unchanged record"])
def test_what_somebody_deleted_comes_back_although_the_source_has_not_changed(
    run: Run, store: Store, validators: bool
) -> None:
    city = City(run, store, Listing(300, validators=validators))
    city.harvest()
    del city.sink.entities[f"{STATIONS}150"]
    assert city.counts() == {"read": 300, "new": 1, "same": 299}
    assert f"{STATIONS}150" in city.sink.entities
    assert city.counts() == {"read": 300, "same": 300}


def test_only_the_page_of_what_was_deleted_is_read_again(run: Run, store: Store) -> None:
    city = City(run, store, Listing(300))
    city.harvest()
    del city.sink.entities[f"{STATIONS}150"]
    city.web.statuses.clear()
    city.harvest()
    assert sorted(city.web.statuses) == [200, 304, 304, 304]
