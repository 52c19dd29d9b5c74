"""What scripts fetch: features, live changes, assets, the base map."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.portal.city import HOSTILE, bikes_at
from tests.portal.node import Clock, Node, make_node
from typing_extensions import override

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.portal.feeds.watch import Pace
from beffroi.portal.services import PortalSettings, Style, Tiles
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


class Stream:
    """A live stream read message by message, with a clock that goes on by itself."""

    def __init__(self, node: Node, clock: Clock, response: Response) -> None:
        assert response.pieces is not None
        self.node, self.clock, self.pieces = node, clock, response.pieces

    def next(self) -> str:
        async def read() -> bytes:
            return await anext(self.pieces)

        return bytes(self.node.run(read())).decode()

    def message(self) -> dict[str, Any]:
        text = self.next()
        return dict(json.loads(text.split("data: ")[1]))

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


def test_too_many_listeners_are_sent_away() -> None:
    with make_node(entities=[], pace=Pace(listeners=0)) as node:
        response = node.get("/live", {"accept": "text/event-stream"})
    assert response.status == 429
    assert response.headers["retry-after"] == "30"


def test_nobody_is_counted_as_listening_after_leaving(quick: Clock) -> None:
    with make_node(clock=quick, pace=AT_ONCE) as node:
        stream = Stream(node, quick, node.get("/live"))
        stream.next()
        assert node.portal.watch.listeners == 1
        stream.close()
        assert node.portal.watch.listeners == 0


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
