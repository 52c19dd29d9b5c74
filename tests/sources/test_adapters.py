"""Adapters: every family is found without being told, and read without loss, politely and within bounds."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from beffroi.kernel.problem import Problem
from beffroi.outbound.policy import Failed, Refused
from beffroi.simulation.portal import lille_like, ods_clean
from beffroi.sources.operations.adapters.adapter import with_query
from beffroi.sources.operations.catalogue import shipped
from beffroi.sources.operations.discover import ADAPTERS, discover
from beffroi.sources.operations.fetching import AGENT, Limits, Visit, retry_after
from beffroi.sources.rules.dataset import Discovery, Family
from beffroi.sources.rules.page import Page
from tests.conftest import Run
from tests.sources.fakes import (
    NOT_FOUND,
    NOW,
    PAGE,
    Answer,
    Simulated,
    Web,
    bike,
    data,
    feature,
    none_known,
    query,
    shared,
    text,
)

MAPPINGS = list(shipped().mappings.values())
ITEMS = "http://x/collections/c/items"


LILLE = (2.9, 50.5, 3.2, 50.8)
MIRRORED = (50.5, 2.9, 50.8, 3.2)


def found(run: Run, web: Web, url: str) -> Discovery:
    return run(discover(url, web.world(), MAPPINGS))


def pages(
    run: Run,
    family: Family,
    url: str,
    web: Web,
    dataset: str = "c",
    key: str = "@id",
    visit: Visit | None = None,
) -> list[Page]:
    async def read() -> list[Page]:
        at = visit or web.visit()
        return [page async for page in ADAPTERS[family].pages(url, dataset, key, at, none_known)]

    return run(read())


def ids(read: list[Page]) -> list[Any]:
    return [record.get("@id") for page in read for record in page.records]


@pytest.mark.parametrize(
    "url",
    ["http://p/", "http://p/data/ogcapi", "http://p/data/ogcapi/collections", "http://p/data/ogcapi/"],
)
def test_a_portal_like_lilles_is_found_with_a_mapping_for_all_it_has(run: Run, url: str) -> None:
    web = Web(Simulated(lille_like(7)))
    discovery = found(run, web, url)
    assert (discovery.family, discovery.url) == ("ogc", "http://p/data/ogcapi")
    assert len(discovery.offered) == 9
    assert all(len(each.proposals) == 1 and each.dataset.area for each in discovery.offered)
    assert len(web.asked) < 20


@pytest.mark.parametrize(
    "url",
    [
        "http://p/data/ogcapi/collections/velos_temps_reel",
        "http://p/data/ogcapi/collections/mobilite_sim:velos_temps_reel/items?f=geojson",
    ],
)
def test_the_address_of_one_collection_is_enough(run: Run, url: str) -> None:
    discovery = found(run, Web(Simulated(lille_like(7))), url)
    assert [each.dataset.id for each in discovery.offered] == ["mobilite_sim:velos_temps_reel"]


@pytest.mark.parametrize(
    ("extents", "url", "areas"),
    [
        ({"a": LILLE}, "http://p/ogc", [LILLE, LILLE]),
        ({"b": LILLE}, "http://p/ogc/collections/a", [LILLE]),
        ({"a": LILLE, "b": MIRRORED}, "http://p/ogc", [LILLE, LILLE]),
        ({"b": MIRRORED}, "http://p/ogc", [None, None]),
        ({"a": LILLE, "b": (150.0, -34.0, 151.0, -33.0)}, "http://p/ogc", [LILLE, (150, -34, 151, -33)]),
        ({"a": (-180.0, -90.0, 180.0, 90.0)}, "http://p/ogc", [None, None]),
    ],
    ids=["common", "of a neighbour", "mirrored", "mirrored alone", "two cities", "the world"],
)
def test_a_collection_without_an_extent_to_trust_has_that_of_the_others(
    run: Run, extents: dict[str, Any], url: str, areas: list[Any]
) -> None:
    def serve(url: str, _: Mapping[str, str]) -> Answer:
        if "/items" in url:
            return data({"type": "FeatureCollection", "features": [feature(1)]})
        return data(
            {
                "collections": [
                    {"id": name, "extent": {"spatial": {"bbox": [list(extents[name])]}}}
                    if name in extents
                    else {"id": name}
                    for name in ("a", "b")
                ]
            }
        )

    assert [each.dataset.area for each in found(run, Web(serve), url).offered] == areas


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("http://p/", 9),
        ("http://p/api/explore/v2.1", 9),
        ("http://p/api/explore/v2.1/catalog/datasets", 9),
        ("http://p/explore/dataset/bike-stations/table/", 1),
        ("http://p/api/explore/v2.1/catalog/datasets/bike-stations/records?limit=3", 1),
    ],
)
def test_an_opendatasoft_portal_is_found_from_any_of_its_addresses(run: Run, url: str, count: int) -> None:
    discovery = found(run, Web(Simulated(ods_clean(7))), url)
    assert (discovery.family, discovery.url, len(discovery.offered)) == ("opendatasoft", "http://p", count)
    assert all(each.proposals for each in discovery.offered)


@pytest.mark.parametrize("version", ["2.3", "3.0"])
def test_gbfs_is_found_and_read(run: Run, version: str) -> None:
    web = Web(Simulated(ods_clean(7)))
    url = f"http://p/gbfs/{version}/gbfs.json"
    discovery = found(run, web, url)
    assert discovery.family == "gbfs"
    assert [each.proposals[0].mapping for each in discovery.offered] == [f"gbfs-{version[0]}-stations"]
    (page,) = pages(run, "gbfs", url, web)
    assert len(page.records) == page.total == 240


@pytest.mark.parametrize(
    ("body", "media", "mapping"),
    [
        (b"id_pdc_itinerance,etat_pdc,occupation_pdc,horodatage\nFRXXXE1,en_service,libre,2024-10-17T12:00:00+02:00\n", "text/csv", "irve-dynamic"),
        (b"id_pdc_itinerance;etat_pdc;occupation_pdc;horodatage\nFRXXXE1;en_service;libre;2024-10-17T12:00:00+02:00\n", "text/plain", "irve-dynamic"),
    ],
)  # fmt: skip
def test_a_table_behind_an_address_is_found(run: Run, body: bytes, media: str, mapping: str) -> None:
    discovery = found(run, Web({"http://x/irve.csv": text(body, media)}), "http://x/irve.csv")
    assert (discovery.family, discovery.offered[0].dataset.id) == ("file", "irve")
    assert discovery.offered[0].proposals[0].mapping == mapping


@pytest.mark.parametrize(
    ("name", "mapping", "count"),
    [
        ("lille-opendatasoft-v1-vlille.json", "lille-bike-stations-2019", 10),
        ("lille-ogcapi-vlille.f=json.json", "lille-bike-stations", 1),
        ("lille-ogcapi-vlille.f=geojson.json", "lille-bike-stations", 1),
    ],
)
def test_recorded_answers_of_lille_are_read(run: Run, name: str, mapping: str, count: int) -> None:
    url = "http://x/recorded"
    web = Web(
        {url: Answer(200, {"content-type": "application/json"}, shared(f"recorded/{name}").read_bytes())}
    )
    discovery = found(run, web, url)
    assert discovery.offered[0].proposals[0].mapping == mapping
    (page,) = pages(run, "file", url, web)
    assert len(page.records) == count


@pytest.mark.parametrize(
    "serve",
    [
        lambda _url, _headers: PAGE,
        lambda _url, _headers: NOT_FOUND,
        lambda _url, _headers: text(b"just a sentence", "text/plain"),
        lambda _url, _headers: data({"message": "hello"}),
    ],
)
def test_an_address_with_nothing_known_behind_it_is_refused_with_a_sentence(run: Run, serve: Any) -> None:
    with pytest.raises(Problem, match=r"is none of these|holds no list of records"):
        found(run, Web(serve), "http://x/data")


@pytest.mark.parametrize("url", ["ftp://x/a", "javascript:alert(1)", "x", "", "http:///a"])
def test_what_is_no_web_address_is_refused(run: Run, url: str) -> None:
    with pytest.raises(Problem, match="no web address"):
        found(run, Web({}), url)


class Conformant:
    """An OGC API Features server by the book: `next` links, numberMatched, a limit of its own."""

    def __init__(self, count: int, most: int, *, matched: bool = True, links: bool = True) -> None:
        self.count, self.most, self.matched, self.links = count, most, matched, links

    def __call__(self, url: str, _: Mapping[str, str]) -> Answer:
        asked = query(url)
        limit, start = min(int(asked.get("limit", "10")), self.most), int(asked.get("offset", "0"))
        found = [feature(n) for n in range(start, min(start + limit, self.count))]
        body: dict[str, Any] = {"type": "FeatureCollection", "features": found, "links": []}
        if self.matched:
            body["numberMatched"] = self.count
        if self.links and start + limit < self.count:
            body["links"] = [
                {
                    "rel": "next",
                    "href": with_query(f"/collections/c/items?limit={limit}", offset=start + limit),
                }
            ]
        return data(body)


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 95, 100])
@pytest.mark.parametrize(("matched", "links"), [(True, True), (False, True), (True, False), (False, False)])
def test_no_record_is_lost_or_repeated_while_paging(run: Run, count: int, matched: bool, links: bool) -> None:
    read = pages(run, "ogc", "http://x", Web(Conformant(count, 10, matched=matched, links=links)))
    assert ids(read) == [str(n) for n in range(count)]


def test_a_server_that_ignores_offsets_gives_its_only_page_once(run: Run) -> None:
    web = Web(lambda _url, _headers: data({"records": [bike(1), bike(2)]}))
    assert ids(pages(run, "ogc", "http://x", web)) == ["1", "2"]


def test_a_server_that_shows_people_pages_gives_data_when_asked_with_f(run: Run) -> None:
    web = Web(lambda url, _: data({"records": [bike(1)]}) if query(url).get("f") == "json" else PAGE)
    assert ids(pages(run, "ogc", "http://x", web)) == ["1"]


def test_paging_in_a_circle_stops(run: Run) -> None:
    def serve(url: str, _: Mapping[str, str]) -> Answer:
        at = int(query(url).get("at", "0"))
        link = {"rel": "next", "href": f"{ITEMS}?at={(at + 1) % 3}"}
        return data({"type": "FeatureCollection", "features": [feature(at)], "links": [link]})

    with pytest.raises(Problem, match="pages in a circle"):
        pages(run, "ogc", "http://x", Web(serve))


def test_paging_without_end_stops_at_the_bound(run: Run) -> None:
    def serve(url: str, _: Mapping[str, str]) -> Answer:
        at = int(query(url).get("at", "0"))
        link = {"rel": "next", "href": f"{ITEMS}?at={at + 1}"}
        return data({"type": "FeatureCollection", "features": [feature(at)], "links": [link]})

    web = Web(serve)
    with pytest.raises(Problem, match="has made 30 requests"):
        pages(run, "ogc", "http://x", web, visit=web.visit(Limits(most_requests=30)))
    with pytest.raises(Problem, match="more than 5 records"):
        pages(run, "ogc", "http://x", web, visit=web.visit(Limits(most_records=5)))
    with pytest.raises(Problem, match="more than 900 bytes"):
        pages(run, "ogc", "http://x", web, visit=web.visit(Limits(most_bytes=900)))
    with pytest.raises(Problem, match="taken more than 1 s"):
        pages(run, "ogc", "http://x", web, visit=web.visit(Limits(most_seconds=1)))


def test_a_request_that_hangs_is_let_go_of_when_the_time_is_over(run: Run) -> None:
    web = Web({})

    async def hang(url: str, headers: Mapping[str, str]) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    visit = Visit(replace(web.world(), fetch=hang), Limits(most_seconds=0.05))
    with pytest.raises(Problem, match=r"has taken more than 0\.05 s, and is asked no more"):
        run(visit.get("http://x"))
    assert visit.is_late


def test_nobody_waits_longer_than_there_is_time(run: Run) -> None:
    busy = Web(lambda _url, _headers: Answer(503, {}))
    with pytest.raises(Problem, match="'http://x' answers 503"):
        run(busy.visit(Limits(most_seconds=5)).get("http://x"))
    assert busy.paused == [2.0]
    asking = Web(lambda _url, _headers: Answer(429, {"retry-after": "30"}))
    with pytest.raises(Problem, match="answers 429 and asks to wait 30 s"):
        run(asking.visit(Limits(most_seconds=20)).get("http://x"))
    assert asking.paused == []


@pytest.mark.parametrize("href", ["javascript:alert(1)", "gopher://x/", "mailto:a@b", "items?x=1"])
def test_a_link_to_something_else_than_the_web_is_not_followed(run: Run, href: str) -> None:
    body = {"type": "FeatureCollection", "features": [feature(1)], "links": [{"rel": "next", "href": href}]}
    with pytest.raises(Problem, match="no web address"):
        pages(run, "ogc", "http://x", Web(lambda _url, _headers: data(body)))


def test_opendatasoft_is_paged_by_its_key(run: Run) -> None:
    web = Web(Simulated(ods_clean(7)))
    read = pages(run, "opendatasoft", "http://p", web, "charging-points", "evse_id")
    found_ids = [record["evse_id"] for page in read for record in page.records]
    assert len(found_ids) == len(set(found_ids)) == read[0].total == 360
    assert found_ids == sorted(found_ids, key=str)
    assert [query(url)["offset"] for url in web.asked] == ["0", "100", "200", "300"]
    assert all(query(url)["order_by"] == "evse_id" for url in web.asked)


def test_opendatasoft_beyond_its_depth_is_exported(run: Run) -> None:
    whole = [{"n": n} for n in range(10_500)]

    def serve(url: str, _: Mapping[str, str]) -> Answer:
        if "/exports/json" in url:
            return data(whole)
        return data({"total_count": len(whole), "results": whole[:100]})

    web = Web(serve)
    (page,) = pages(run, "opendatasoft", "http://x", web, "c", "n")
    assert (len(page.records), page.total, len(web.asked)) == (10_500, 10_500, 2)


def test_the_source_is_told_who_asks_and_asked_slowly(run: Run) -> None:
    web = Web(Simulated(ods_clean(7)))
    pages(run, "opendatasoft", "http://p", web, "charging-points", "evse_id")
    assert {headers["user-agent"] for headers in web.headers} == {AGENT}
    assert web.paused == pytest.approx([0.1, 0.1, 0.1])


@pytest.mark.parametrize(
    ("status", "retry", "waited"), [(429, "7", 7.0), (503, "3", 3.0), (503, "", 2.0), (502, "", 2.0)]
)
def test_a_source_that_asks_to_wait_is_waited_for(run: Run, status: int, retry: str, waited: float) -> None:
    answers = [Answer(status, {"retry-after": retry}), data([{"a": 1}])]
    web = Web(lambda _url, _headers: answers[min(len(web.asked) - 1, 1)])
    assert len(pages(run, "file", "http://x/a.json", web)) == 1
    assert waited in web.paused


def test_a_source_that_asks_to_wait_too_long_is_left_alone(run: Run) -> None:
    web = Web(lambda _url, _headers: Answer(429, {"retry-after": "86400"}))
    with pytest.raises(Problem, match="asks to wait 86400 s"):
        pages(run, "file", "http://x/a.json", web)
    assert len(web.asked) == 1


def test_a_source_that_stays_busy_is_given_up(run: Run) -> None:
    web = Web(lambda _url, _headers: Answer(503))
    with pytest.raises(Problem, match="answers 503"):
        pages(run, "file", "http://x/a.json", web)
    assert len(web.asked) == 4


def test_retry_after_may_be_a_date() -> None:
    assert retry_after("Sun, 22 Nov 2026 10:00:30 GMT", NOW) == 30.0
    assert retry_after("soon", NOW) is None
    assert retry_after("Sun, 22 Nov 2020 10:00:30 GMT", NOW) == 0.0


def test_an_address_that_is_not_allowed_is_a_problem(run: Run) -> None:
    def serve(_: str, __: Mapping[str, str]) -> Answer:
        raise Refused("The address 169.254.169.254 is private.")

    with pytest.raises(Problem, match="is private") as caught:
        found(run, Web(serve), "http://x/")
    assert caught.value.kind.name == "AddressRefused"


def test_a_source_that_dies_is_asked_again_and_then_given_up(run: Run) -> None:
    def serve(_: str, __: Mapping[str, str]) -> Answer:
        raise Failed("'http://x' does not answer.")

    web = Web(serve)
    with pytest.raises(Problem, match="does not answer"):
        pages(run, "file", "http://x/a.json", web)
    assert len(web.asked) == 4


def test_a_portal_with_hundreds_of_datasets_is_looked_at_within_bounds(run: Run) -> None:
    def serve(url: str, _: Mapping[str, str]) -> Answer:
        if url.endswith("/items?limit=5"):
            return data({"records": [bike(1)]})
        if url.endswith("/collections"):
            return data({"collections": [{"id": f"c{n}"} for n in range(500)]})
        return data({"links": [{"rel": "data", "href": "/collections"}]})

    web = Web(serve)
    discovery = found(run, web, "http://x/ogc")
    assert (len(discovery.offered), discovery.cut_short) == (60, True)
    assert len(web.asked) < 70


def test_one_broken_collection_does_not_hide_the_others(run: Run) -> None:
    def serve(url: str, _: Mapping[str, str]) -> Answer:
        if "/c1/" in url:
            return Answer(500)
        if "/items" in url:
            return data({"records": [bike(1)]})
        return data({"collections": [{"id": "c0"}, {"id": "c1"}, 3, {"no": "id"}]})

    offered = found(run, Web(serve), "http://x/collections").offered
    assert [(each.dataset.id, bool(each.proposals), bool(each.dataset.problem)) for each in offered] == [
        ("c0", True, False),
        ("c1", False, True),
    ]
