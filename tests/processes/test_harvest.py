"""Harvest: what comes in is whole, what has not changed is not written."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import Run
from tests.processes.city import STATIONS, City, Listing, Sink
from tests.sources.fakes import NOW, Answer, Simulated, Web, bike, data, shared

from beffroi.processes.harvest import Harvester
from beffroi.processes.harvest_due import run_due
from beffroi.simulation.portal import lille_like, ods_clean
from beffroi.sources.operations.catalogue import shipped
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.registry import (
    add_sources,
    change_source,
    find_source,
)
from beffroi.sources.operations.trial import try_source
from beffroi.sources.rules.source import Source, source_of, sources_from
from beffroi.store.port import Find, Store


def test_what_a_source_has_comes_in_once_and_then_only_what_differs(run: Run, store: Store) -> None:
    listing = Listing(250)
    city = City(run, store, listing)
    assert city.counts() == {"read": 250, "new": 250}
    assert len(city.sink.entities) == 250
    city.sink.batches.clear()
    assert city.counts() == {"read": 250, "same": 250}
    assert city.sink.batches == []
    listing.records[120] = bike(121, nb_velos_dispo=19)
    assert city.counts() == {"read": 250, "changed": 1, "same": 249}
    (arrival,) = city.sink.batches[0]
    assert arrival.changed == {"availableBikeNumber", "totalSlotNumber"}


def test_an_unchanged_page_is_not_sent_again(run: Run, store: Store) -> None:
    city = City(run, store, Listing(250))
    city.harvest()
    city.web.statuses.clear()
    report = city.harvest()
    assert city.web.statuses == [304, 304, 304, 304]
    assert (report.counts.read, report.counts.same, report.bytes) == (250, 250, 0)


def test_an_only_page_that_has_not_changed_and_ignores_offsets_is_no_circle(run: Run, store: Store) -> None:
    records = [bike(n) for n in range(1, 20)]

    def serve(_url: str, headers: Mapping[str, str]) -> Answer:
        return (
            Answer(304) if headers.get("if-none-match") == '"1"' else data({"records": records}, etag='"1"')
        )

    city = City(run, store, serve)
    assert city.harvest().failure == ""
    report = city.harvest()
    assert (report.failure, report.counts.same) == ("", 19)


def test_a_changed_mapping_or_area_reads_every_page_again(run: Run, store: Store) -> None:
    city = City(run, store, Listing(50))
    city.harvest()
    run(change_source(store, "", "c", lambda it: source_of({**it.shown(), "area": [2.9, 50.5, 3.2, 50.8]})))
    city.web.statuses.clear()
    assert city.counts() == {"read": 50, "same": 50}
    assert set(city.web.statuses) == {200}


def test_an_attribute_that_vanishes_from_the_record_is_named(run: Run, store: Store) -> None:
    listing = Listing(5, validators=False)
    city = City(run, store, listing)
    city.harvest()
    city.sink.batches.clear()
    listing.records[0] = bike(1, etat_connexion=None)
    city.harvest()
    assert city.sink.batches[0][0].vanished == {"connectivity"}


@pytest.mark.parametrize("portal", [lille_like(7), ods_clean(7)], ids=["lille", "ods"])
def test_two_thousand_things_of_a_city_come_in_and_then_only_what_moves(
    run: Run, store: Store, portal: Any
) -> None:
    simulated = Simulated(portal)
    sink, web = Sink(), Web(simulated)
    node = Harvester(store, web.world(), shipped(), sink.upsert, sink.delete, sink.present)
    discovery = run(discover("http://p/", node.world, list(shipped().mappings.values())))
    run(add_sources(store, "", sources_from(discovery, (), NOW)))
    reports = run(run_due(node))
    assert [each.failure for each in reports] == [""] * 9
    assert sum(each.counts.new for each in reports) == len(sink.entities) == 2_000
    assert run(run_due(node)) == []
    web.seconds += 301
    simulated.tick += 1
    reports = run(run_due(node))
    changed = sum(each.counts.changed for each in reports)
    assert 30 < changed < 200
    assert sum(each.counts.same for each in reports) == 2_000 - changed
    assert sum(each.counts.gone for each in reports) == 0


@pytest.mark.parametrize(
    ("name", "mapping", "count"),
    [
        ("lille-opendatasoft-v1-vlille.json", "lille-bike-stations-2019", 10),
        ("lille-ogcapi-vlille.f=json.json", "lille-bike-stations", 1),
        ("lille-ogcapi-vlille.f=geojson.json", "lille-bike-stations", 1),
    ],
)
def test_recorded_answers_of_lille_go_in(run: Run, store: Store, name: str, mapping: str, count: int) -> None:
    body = Answer(200, {"content-type": "application/json"}, shared(f"recorded/{name}").read_bytes())
    city = City(run, store, lambda _url, _headers: body, family="file", mapping=mapping)
    report = city.harvest()
    assert (report.counts.new, report.counts.refused) == (count, 0)
    if count == 1:
        entity = city.sink.entities[f"{STATIONS}1"]
        assert entity["status"] == {
            "type": "Property",
            "value": "outOfService",
            "observedAt": "2022-11-29T10:47:16.181Z",
        }
        assert entity["location"]["value"] == {"type": "Point", "coordinates": [3.075992, 50.641926]}


def test_a_dry_run_writes_nothing(run: Run, store: Store) -> None:
    city = City(run, store, Listing(300))
    source: Source = run(find_source(store, "", "c"))
    trial = run(try_source(city.node.world, source, shipped().find("lille-bike-stations")))
    shown = trial.shown()
    assert (shown["read"], shown["mapped"], shown["unused"]) == (300, 300, [])
    assert city.sink.batches == []
    assert run(store.find(Find("", "harvested", limit=None))).records == []
