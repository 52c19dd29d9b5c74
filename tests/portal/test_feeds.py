"""What scripts fetch: features, live changes, assets, the base map."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.portal.city import HOSTILE, bikes_at
from tests.portal.node import Clock, Node, make_node
from tests.portal.test_sources import stations
from tests.sources.fakes import Answer, text
from typing_extensions import override

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.portal.feeds.watch import Pace
from beffroi.portal.services import PortalSettings, Style, Tiles
from beffroi.processes.harvest import Harvester, Progress
from beffroi.processes.harvest_due import run_due
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.registry import add_sources
from beffroi.sources.rules.source import sources_from
from beffroi.web.message import Response

STATION = "urn:ngsi-ld:BikeHireDockingStation:sim-001"


def test_the_map_of_everything_has_every_thing_with_a_place(node: Node) -> None:
    body = json.loads(node.whole(node.get("/features")))
    assert len(body["features"]) == 220
    evil = next(one for one in body["features"] if one["properties"]["t"] == "Evil")
    assert evil["properties"]["n"] == HOSTILE


def test_the_map_of_a_type_carries_the_values_that_colour_it(node: Node) -> None:
    body = json.loads(node.whole(node.get("/features?type=EVChargingStation&by=power")))
    assert {one["properties"]["v"] for one in body["features"]} == {7.4, 22, 50, 150}
    body = json.loads(node.whole(node.get("/features?type=EVChargingStation&by=chargingState")))
    assert "charging" in {one["properties"]["v"] for one in body["features"]}


def test_scripts_hear_in_the_language_of_their_page_whatever_the_browser_would_rather_have(
    node: Node,
) -> None:
    """A museum with a name in two languages: the map of each page has its own."""
    names: JsonObject = {"fr": "Musée", "en": "Museum"}
    place: JsonObject = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.06, 50.63]}}
    museum: JsonObject = {"id": "urn:ngsi-ld:Museum:1", "type": "Museum", "location": place}
    node.add({**museum, "name": {"type": "LanguageProperty", "languageMap": names}})
    for code, other in (("fr", "en"), ("en", "fr")):
        page = node.get(f"/{code}/").body.decode()
        (address,) = set(re.findall(r"/features\?lang=[a-z]+", page))
        body = json.loads(node.whole(node.get(address, {"accept-language": other})))
        (shown,) = [one["properties"]["n"] for one in body["features"] if one["properties"]["t"] == "Museum"]
        assert shown == names[code]


class Stream:
    """A live stream read message by message, with a clock that goes on by itself."""

    def __init__(self, node: Node, clock: Clock, response: Response) -> None:
        assert response.pieces is not None
        self.node, self.clock, self.pieces = node, clock, response.pieces

    def next(self) -> str:
        async def read() -> bytes:
            return await anext(self.pieces)

        return bytes(self.node.run(read())).decode()

    def message(self) -> Any:
        return json.loads(self.next().split("data: ")[1])

    def close(self) -> None:
        async def end() -> None:
            await self.pieces.aclose()  # type: ignore[attr-defined]

        self.node.run(end())


AT_ONCE = Pace(seconds_between=0.0)


class Running(Clock):
    """A clock that a second passes on at every look."""

    @override
    def __call__(self) -> Instant:
        self.now = plus_seconds(self.now, 1.0)
        return self.now


@pytest.fixture
def quick() -> Clock:
    return Running()


def test_a_change_comes_through_the_stream_as_a_feature(quick: Clock) -> None:
    with make_node(clock=quick, pace=AT_ONCE) as node:
        stream = Stream(node, quick, node.get("/live?type=BikeHireDockingStation&by=availableBikeNumber"))
        assert stream.next() == "retry: 3000\n\n"
        node.merge(STATION, bikes_at(1, 17, "2026-11-22T13:00:00Z"))
        (change,) = stream.message()["changes"]
        assert change["i"] == STATION
        assert change["f"]["properties"]["v"] == 17
        stream.close()


def test_a_deletion_comes_through_as_an_id_alone(quick: Clock) -> None:
    with make_node(clock=quick, pace=AT_ONCE) as node:
        stream = Stream(node, quick, node.get("/live"))
        stream.next()
        node.delete(STATION)
        assert stream.message()["changes"] == [{"i": STATION}]
        stream.close()


def test_a_stream_goes_on_after_the_last_event_that_the_page_saw(quick: Clock) -> None:
    with make_node(clock=quick, pace=AT_ONCE) as node:
        first = Stream(node, quick, node.get("/live"))
        first.next()
        node.merge(STATION, bikes_at(1, 1, "2026-11-22T13:00:00Z"))
        last = first.next().split("\n")[0].removeprefix("id: ")
        first.close()
        node.merge(STATION, bikes_at(1, 2, "2026-11-22T13:00:10Z"))
        again = Stream(node, quick, node.get("/live?by=availableBikeNumber", {"last-event-id": last}))
        again.next()
        assert again.message()["changes"][0]["f"]["properties"]["v"] == 2
        again.close()


def test_a_quiet_stream_beats(quick: Clock) -> None:
    with make_node(clock=quick, pace=AT_ONCE) as node:
        stream = Stream(node, quick, node.get("/live"))
        stream.next()
        assert stream.next() == ": still here\n\n"
        stream.close()


def test_a_page_that_missed_too_much_is_told_to_read_anew(quick: Clock) -> None:
    with make_node(clock=quick, pace=replace(AT_ONCE, kept=3)) as node:
        stream = Stream(node, quick, node.get("/live", {"last-event-id": "1"}))
        stream.next()
        assert "event: missed" in stream.next()
        stream.close()


@pytest.mark.parametrize("address", ["/live", "/runs"])
def test_too_many_listeners_are_sent_away(address: str) -> None:
    with make_node(entities=[], pace=Pace(listeners=0)) as node:
        response = node.get(address, {"accept": "text/event-stream"})
    assert response.status == 429
    assert response.headers["retry-after"] == "30"


def test_nobody_is_counted_as_listening_after_leaving(quick: Clock) -> None:
    with make_node(clock=quick, pace=AT_ONCE) as node:
        stream = Stream(node, quick, node.get("/live"))
        stream.next()
        assert node.portal.watch.listeners == 1
        stream.close()
        assert node.portal.watch.listeners == 0


async def twelve_stations(url: str, headers: Mapping[str, str]) -> Answer:
    return text(stations(12))


@contextmanager
def waiting_for_stations(clock: Clock, pace: Pace) -> Iterator[tuple[Node, Harvester]]:
    """A node with a source that is to be read."""
    with make_node(clock=clock, pace=pace, entities=[], web=twelve_stations) as node:
        harvester = node.portal.harvester
        assert harvester
        url = "https://city.test/stations.csv"
        found = node.run(discover(url, harvester.world, list(harvester.catalogue.mappings.values())))
        node.run(add_sources(node.portal.store, "", sources_from(found, [], clock())))
        yield node, harvester


def test_a_page_hears_how_far_a_run_is_until_its_end(quick: Clock) -> None:
    with waiting_for_stations(quick, AT_ONCE) as (node, harvester):
        stream = Stream(node, quick, node.get("/runs"))
        assert stream.next() == "retry: 3000\n\n"
        assert stream.message() == [{"source": "stations"}]
        harvester.busy["", "stations"] = Progress("stations", 5, 12, 4, refused=1)
        (told,) = stream.message()
        assert told == {
            "source": "stations", "read": 5, "total": 12, "new": 4, "changed": 0, "same": 0, "refused": 1,
        }  # fmt: skip
        assert stream.next() == ": still here\n\n"
        del harvester.busy["", "stations"]
        assert stream.message() == [{"source": "stations"}]
        node.run(run_due(harvester))
        assert stream.message() == []
        with pytest.raises(StopAsyncIteration):
            stream.next()
        assert node.portal.watch.listeners == 0


def test_where_nothing_is_read_a_stream_says_so_and_ends(quick: Clock) -> None:
    with make_node(clock=quick, pace=AT_ONCE, entities=[]) as node:
        assert node.text("/runs") == "retry: 3000\n\ndata: []\n\n"


def test_the_first_look_of_a_page_is_its_own_and_serves_the_others() -> None:
    with waiting_for_stations(Clock(), Pace(seconds_between=0.01)) as (node, harvester):
        first = Stream(node, Clock(), node.get("/runs"))
        first.next()
        assert first.message() == [{"source": "stations"}]
        node.run(run_due(harvester))
        second = Stream(node, Clock(), node.get("/runs"))
        second.next()
        assert second.message() == [], "the first look of a page is its own"
        assert first.message() == [], "and serves the others"
        first.close()
        second.close()


def test_assets_are_immutable_and_packed_for_those_who_can_read_it(node: Node) -> None:
    plain = node.get("/static/portal.css")
    packed = node.get("/static/portal.css", {"accept-encoding": "gzip, br"})
    assert gzip.decompress(packed.body) == plain.body
    assert "immutable" in plain.headers["cache-control"]
    assert node.get("/static/portal.css", {"if-none-match": plain.headers["etag"]}).status == 304


@pytest.mark.parametrize("name", ["..%2F..%2Fservices.py", "services.py", "built", ""])
def test_nothing_else_is_given_out(node: Node, name: str) -> None:
    assert node.get(f"/static/{name}").status == 404
    assert node.get(f"/static/built/{name}").status == 404


def test_a_base_map_is_given_out_in_parts(tmp_path: Path) -> None:
    archive = tmp_path / "city.pmtiles"
    archive.write_bytes(bytes(range(256)) * 4)
    with make_node(settings=PortalSettings("City", base_map=Tiles(archive)), entities=[]) as node:
        part = node.get("/base-map.pmtiles", {"range": "bytes=10-19"})
        assert (part.status, part.body) == (206, bytes(range(10, 20)))
        assert part.headers["content-range"] == "bytes 10-19/1024"
        assert node.get("/base-map.pmtiles", {"range": "bytes=5000-5001"}).status == 416
        assert node.get("/base-map.pmtiles", {"range": "bytes=nonsense"}).status == 206


def test_a_node_without_a_base_map_has_none(node: Node) -> None:
    assert node.get("/base-map.pmtiles").status == 404


def test_only_a_configured_style_opens_the_policy_to_its_origin() -> None:
    style = Style("https://tiles.example.org/style.json")
    with make_node(settings=PortalSettings("City", base_map=style), entities=[]) as node:
        policy = node.get("/fr/").headers["content-security-policy"]
        assert "connect-src 'self' https://tiles.example.org;" in policy
        assert "script-src 'self';" in policy
