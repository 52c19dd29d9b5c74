"""Harvest: what comes in is whole, what has not changed is not written, what is wrong is said."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import pytest
from tests.sources.fakes import NOW, PAGE, Answer, Simulated, Web, bike, data, query, shared, text

from beffroi.kernel.problem import Problem, StorageFull
from beffroi.processes.harvest import Harvester, Progress, harvest
from beffroi.processes.harvest_due import is_due, run_due
from beffroi.simulation.portal import lille_like, ods_clean
from beffroi.sources.operations.catalogue import shipped
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.fetching import Limits
from beffroi.sources.operations.harvested import Arrival
from beffroi.sources.operations.registry import (
    INDEXERS,
    add_sources,
    change_source,
    find_source,
    list_runs,
    list_sources,
    remove_source,
)
from beffroi.sources.operations.trial import try_source
from beffroi.sources.rules.run import Run
from beffroi.sources.rules.source import Source, source_of, sources_from
from beffroi.store.port import Find, Indexer, Store

Runner = Callable[[Coroutine[Any, Any, Any]], Any]
STATIONS = "urn:ngsi-ld:BikeHireDockingStation:c:"


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS


class Sink:
    """A broker that takes everything, except what it is told to refuse."""

    def __init__(self) -> None:
        self.entities: dict[str, Any] = {}
        self.batches: list[list[Arrival]] = []
        self.deleted: list[str] = []
        self.refuse: dict[str, str] = {}
        self.full_after = 10**9

    async def upsert(self, _tenant: str, arrivals: Sequence[Arrival]) -> Mapping[str, str]:
        if len(self.batches) >= self.full_after:
            raise Problem(StorageFull, "The disk is full.")
        self.batches.append(list(arrivals))
        self.entities.update({each.id: each.entity for each in arrivals if each.id not in self.refuse})
        return {each.id: self.refuse[each.id] for each in arrivals if each.id in self.refuse}

    async def delete(self, _tenant: str, ids: Sequence[str]) -> None:
        self.deleted.extend(ids)
        for each in ids:
            self.entities.pop(each, None)


class City:
    """A node with one source, its web and its broker."""

    def __init__(self, run: Runner, store: Store, serve: Any, **more: Any) -> None:
        self.run, self.store, self.sink, self.web = run, store, Sink(), Web(serve)
        self.node = Harvester(
            store,
            self.web.world(),
            shipped(),
            self.sink.upsert,
            self.sink.delete,
            more.pop("limits", Limits()),
        )
        body = {
            "name": "c",
            "url": "http://x",
            "family": "ogc",
            "dataset": "c",
            "mapping": "lille-bike-stations",
        }
        run(add_sources(store, "", [source_of({**body, **more})]))

    def harvest(self) -> Run:
        return self.run(harvest(self.node, "", "c"))  # type: ignore[no-any-return]

    def counts(self) -> dict[str, Any]:
        counts = self.harvest().counts.shown()
        return {name: counts[name] for name in ("read", "new", "changed", "same") if counts[name]}


class Listing:
    """A server of bike stations that a test may change; with or without validators."""

    def __init__(self, count: int, most: int = 100, *, validators: bool = True) -> None:
        self.records = [bike(n) for n in range(1, count + 1)]
        self.most, self.validators = most, validators

    def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        asked = query(url)
        start = int(asked.get("startIndex", "0"))
        page = self.records[start : start + min(int(asked["limit"]), self.most)]
        tag = f'"{hash(str(page))}"'
        if self.validators and headers.get("if-none-match") == tag:
            return Answer(304)
        return data({"records": page}, **({"etag": tag} if self.validators else {}))


def test_what_a_source_has_comes_in_once_and_then_only_what_differs(run: Runner, store: Store) -> None:
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


def test_an_unchanged_page_is_not_sent_again(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(250))
    city.harvest()
    city.web.statuses.clear()
    report = city.harvest()
    assert city.web.statuses == [304, 304, 304, 304]
    assert (report.counts.read, report.counts.same, report.bytes) == (250, 250, 0)


def test_a_changed_mapping_or_area_reads_every_page_again(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(50))
    city.harvest()
    run(change_source(store, "", "c", lambda it: source_of({**it.shown(), "area": [2.9, 50.5, 3.2, 50.8]})))
    city.web.statuses.clear()
    assert city.counts() == {"read": 50, "same": 50}
    assert set(city.web.statuses) == {200}


def test_an_attribute_that_vanishes_from_the_record_is_named(run: Runner, store: Store) -> None:
    listing = Listing(5, validators=False)
    city = City(run, store, listing)
    city.harvest()
    city.sink.batches.clear()
    listing.records[0] = bike(1, etat_connexion=None)
    city.harvest()
    assert city.sink.batches[0][0].vanished == {"connectivity"}


@pytest.mark.parametrize("validators", [True, False])
def test_what_vanishes_from_the_source_is_reported_and_stays(
    run: Runner, store: Store, validators: bool
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


def test_what_vanishes_is_deleted_where_the_source_is_set_so(run: Runner, store: Store) -> None:
    listing = Listing(30)
    city = City(run, store, listing, deletes=True)
    city.harvest()
    del listing.records[4]
    report = city.harvest()
    assert (report.counts.gone, report.counts.deleted, city.sink.deleted) == (1, 1, [f"{STATIONS}5"])
    assert city.harvest().counts.gone == 0
    listing.records.append(bike(5))
    assert city.counts() == {"read": 30, "new": 1, "same": 29}


def test_half_a_city_is_not_deleted_unasked(run: Runner, store: Store) -> None:
    listing = Listing(30)
    city = City(run, store, listing, deletes=True)
    city.harvest()
    del listing.records[2:]
    report = city.harvest()
    assert (report.counts.gone, report.counts.deleted, city.sink.deleted) == (28, 0, [])
    assert "too many to delete" in report.warnings[0]


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
    run: Runner, store: Store, serve: Any, kept: int, why: str
) -> None:
    city = City(run, store, serve)
    report = city.harvest()
    assert (report.state, report.counts.new, len(city.sink.entities)) == ("stopped", kept, kept)
    assert why in report.failure
    assert report.counts.gone == 0
    assert run(list_runs(store, "", "c"))[0]["failure"] == report.failure
    source = run(find_source(store, "", "c"))
    assert (source.last_state, source.failures) == ("stopped", 1)


def test_a_run_that_stopped_goes_on_where_it_should(run: Runner, store: Store) -> None:
    listing = Listing(300)
    broken = True

    def serve(url: str, headers: Mapping[str, str]) -> Answer:
        return Answer(500) if broken and query(url).get("startIndex") == "200" else listing(url, headers)

    city = City(run, store, serve)
    assert city.counts() == {"read": 200, "new": 200}
    broken = False
    assert city.counts() == {"read": 300, "new": 100, "same": 200}
    assert run(find_source(store, "", "c")).failures == 0


def test_nothing_is_gone_when_the_run_did_not_see_all(run: Runner, store: Store) -> None:
    listing = Listing(300)
    broken = False

    def serve(url: str, headers: Mapping[str, str]) -> Answer:
        return Answer(500) if broken and query(url).get("startIndex") == "200" else listing(url, headers)

    city = City(run, store, serve, deletes=True)
    city.harvest()
    broken = True
    assert (city.harvest().counts.gone, city.sink.deleted) == (0, [])


def test_pages_that_bring_only_what_came_before_are_a_circle(run: Runner, store: Store) -> None:
    def serve(url: str, _: Mapping[str, str]) -> Answer:
        at = int(query(url).get("token", "0"))
        link = {"rel": "next", "href": f"http://x/collections/c/items?token={at + 1}"}
        return data({"records": [bike(1), bike(2)], "links": [link]})

    report = City(run, store, serve).harvest()
    assert (report.state, report.counts.new, report.requests) == ("stopped", 2, 2)
    assert "in a circle" in report.failure


def test_a_source_whose_records_fit_no_more_is_not_read_to_its_end(run: Runner, store: Store) -> None:
    def serve(url: str, _: Mapping[str, str]) -> Answer:
        at = int(query(url).get("token", "0"))
        link = {"rel": "next", "href": f"http://x/collections/c/items?token={at + 1}"}
        return data({"records": [{"number": n} for n in range(50)], "links": [link]})

    report = City(run, store, serve).harvest()
    assert (report.state, report.requests, report.counts.refused) == ("stopped", 1, 50)
    assert "None of the first 50 records fits the mapping 'lille-bike-stations'" in report.failure


@pytest.mark.parametrize(("said", "warned"), [(3, False), (5, True), (2, True)])
def test_a_total_that_is_not_reached_is_said(run: Runner, store: Store, said: int, warned: bool) -> None:
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


def test_nothing_is_gone_while_a_total_is_not_reached(run: Runner, store: Store) -> None:
    answer: dict[str, Any] = {"records": [bike(1), bike(2), bike(3)], "numberMatched": 3}
    city = City(run, store, lambda _url, _headers: data(answer), deletes=True)
    city.harvest()
    answer["records"] = [bike(1), bike(3)]
    report = city.harvest()
    assert (report.counts.gone, city.sink.deleted) == (0, [])
    answer["numberMatched"] = 2
    assert city.harvest().counts.deleted == 1


def test_a_record_that_moves_between_two_pages_is_noticed(run: Runner, store: Store) -> None:
    listing = Listing(200, validators=False)

    def serve(url: str, headers: Mapping[str, str]) -> Answer:
        found = listing(url, headers)
        listing.records.insert(0, listing.records.pop(150))
        return found

    report = City(run, store, serve).harvest()
    assert report.counts.repeated > 0
    assert "others may have been missed" in report.warnings[0]


def test_records_that_cannot_be_read_do_not_stop_the_others(run: Runner, store: Store) -> None:
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


def test_what_the_broker_refuses_is_reported_and_tried_again(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3))
    city.sink.refuse = {f"{STATIONS}2": "Attribute 'name' is wrong."}
    report = city.harvest()
    assert (report.counts.new, report.counts.rejected) == (2, 1)
    assert report.shown()["rejections"] == [{"id": f"{STATIONS}2", "reason": "Attribute 'name' is wrong."}]
    city.sink.refuse = {}
    assert city.counts() == {"read": 3, "new": 1, "same": 2}


def test_a_full_disk_is_ours_and_is_raised(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(300, most=300))
    city.sink.full_after = 1
    with pytest.raises(Problem, match="disk is full"):
        city.harvest()
    assert len(city.sink.entities) == 250
    city.sink.full_after = 10**9
    assert city.counts() == {"read": 300, "new": 50, "same": 250}


def test_swapped_axes_are_turned_and_counted(run: Runner, store: Store) -> None:
    records = [bike(n, x=50.6, y=3.05) for n in range(1, 4)]
    city = City(run, store, lambda _url, _headers: data({"records": records}), area=[2.9, 50.5, 3.2, 50.8])
    report = city.harvest()
    assert report.counts.swapped == 3
    assert city.sink.entities[f"{STATIONS}1"]["location"]["value"]["coordinates"] == [3.05, 50.6]


def test_a_record_with_100_000_fields_is_refused_and_a_header_with_as_many_stops(
    run: Runner, store: Store
) -> None:
    wide = {f"f{n}": n for n in range(100_000)}
    report = City(run, store, lambda _url, _headers: data({"records": [bike(1), wide]})).harvest()
    assert (report.counts.new, report.counts.refused) == (1, 1)
    run(remove_source(store, "", "c"))
    table = text((",".join(wide) + "\n1").encode())
    report = City(run, store, lambda _url, _headers: table, family="file").harvest()
    assert "more than 1000 columns" in report.failure


def test_nested_bombs_stop_the_run(run: Runner, store: Store) -> None:
    bomb = Answer(
        200, {"content-type": "application/json"}, b'{"records":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    )
    report = City(run, store, lambda _url, _headers: bomb).harvest()
    assert "not JSON that can be trusted" in report.failure


@pytest.mark.parametrize("portal", [lille_like(7), ods_clean(7)], ids=["lille", "ods"])
def test_two_thousand_things_of_a_city_come_in_and_then_only_what_moves(
    run: Runner, store: Store, portal: Any
) -> None:
    simulated = Simulated(portal)
    sink, web = Sink(), Web(simulated)
    node = Harvester(store, web.world(), shipped(), sink.upsert, sink.delete)
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
def test_recorded_answers_of_lille_go_in(
    run: Runner, store: Store, name: str, mapping: str, count: int
) -> None:
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


def test_a_source_is_read_by_one_run_at_a_time(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3))
    city.node.busy.add(("", "c"))
    with pytest.raises(Problem, match="being harvested already"):
        city.harvest()


def test_a_mapping_that_is_not_there_stops_the_run_and_a_source_is_not_found(
    run: Runner, store: Store
) -> None:
    city = City(run, store, Listing(3), mapping="none")
    assert city.harvest().failure == "There is no mapping 'none' on this node."
    assert run(run_due(city.node)) == []
    with pytest.raises(Problem, match="no source 'd'"):
        run(harvest(city.node, "", "d"))


def test_a_source_that_fails_is_asked_more_and_more_rarely(run: Runner, store: Store) -> None:
    city = City(run, store, lambda _url, _headers: PAGE)
    waits = []
    for _ in range(7):
        city.harvest()
        source = run(find_source(store, "", "c"))
        city.web.seconds += 299
        now = city.node.world.now()
        waits.append(is_due(source, now))
        city.web.seconds += source.interval_s * 40
        assert is_due(source, city.node.world.now())
    assert waits == [False] * 7


def test_a_paused_source_is_left_alone(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3), paused=True)
    assert run(run_due(city.node)) == []


def test_tenants_do_not_meet(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(3))
    city.harvest()
    assert run(list_sources(store, "other")) == []
    assert run(run_due(city.node, ["other"])) == []


def test_only_the_last_runs_are_kept(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(1))
    for _ in range(53):
        city.web.seconds += 1
        city.harvest()
    kept = run(list_runs(store, "", "c", limit=None))
    assert len(kept) == 50
    assert kept[0]["started"] > kept[-1]["started"]


def test_progress_is_told(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(600, most=300))
    told: list[Progress] = []
    run(harvest(city.node, "", "c", told.append))
    assert [each.read for each in told][-1] == 600
    assert [each.read for each in told] == sorted(each.read for each in told)
    assert told[-1].written == 600


def test_a_removed_source_leaves_nothing_but_its_entities(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(600, most=300))
    city.harvest()
    run(remove_source(store, "", "c"))
    for kind in ("source", "run", "harvested", "harvested-page"):
        assert run(store.find(Find("", kind, limit=None))).records == []
    assert len(city.sink.entities) == 600


def test_a_dry_run_writes_nothing(run: Runner, store: Store) -> None:
    city = City(run, store, Listing(300))
    source: Source = run(find_source(store, "", "c"))
    trial = run(try_source(city.node.world, source, shipped().find("lille-bike-stations")))
    shown = trial.shown()
    assert (shown["read"], shown["mapped"], shown["unused"]) == (300, 300, [])
    assert city.sink.batches == []
    assert run(store.find(Find("", "harvested", limit=None))).records == []
