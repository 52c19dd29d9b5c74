"""The whole way over real sockets: guarded fetcher, control servers, hostile servers."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import web
from tests.proof import controls
from tests.proof.checking import having
from tests.proof.controls import Control, LdCity, LilleShaped, OgcCity
from tests.proof.serving import handling, served

from beffroi.proof import LOCAL, PUBLIC, Report, check, guarded_fetch, replay, report_json
from beffroi.proof.check import MOST_KEPT

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HASTY = replace(LOCAL, timeout_s=0.4, most_bytes=5_000_000)


def now() -> datetime:
    return datetime.now(UTC)


def over_sockets(control: Control, path: str) -> Report:
    async def run() -> Report:
        async with served(control) as origin, guarded_fetch(LOCAL, pause_s=0) as fetch:
            return await check(f"{origin}{path}", fetch=fetch, now=now)

    return asyncio.run(run())


def against(handle: Handler, path: str = "/ogc") -> Report:
    async def run() -> Report:
        async with handling(handle) as origin, guarded_fetch(HASTY, pause_s=0) as fetch:
            return await check(f"{origin}{path}", fetch=fetch, now=now)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("control", "path"), [(OgcCity(), "/ogc"), (LdCity(), "/ngsi-ld/v1"), (controls.n17_multi_type(), "/")]
)
def test_an_honest_city_fails_nowhere_over_sockets(control: Control, path: str) -> None:
    report = over_sockets(control, path)
    assert having(report, "FAIL") == set()
    assert report.statement.passed >= 15
    assert replay(report_json(report)).differences == ()


@pytest.mark.parametrize(
    ("control", "path", "failing"),
    [
        (controls.n1_hello, "/", "0.C1.R1.1"),
        (controls.n2_single_page, "/", "7.C1.R1.1"),
        (controls.n3_lies(), "/ogc", "7.C1.R1.1"),
        (controls.n4_filter_ignored(), "/ogc", "0.C2.R2.2"),
        (controls.n5_swapped(), "/ogc", "7.C5.R5.1"),
        (controls.n6_changing_ids(), "/ogc", "1.C1.R1.1"),
        (controls.n13_overlap(), "/ogc", "0.C2.R2.1"),
        (controls.n14_endless(), "/ogc", "0.C2.R2.1"),
    ],
)
def test_a_fake_city_fails_over_sockets(control: Control, path: str, failing: str) -> None:
    assert failing in having(over_sockets(control, path), "FAIL")


def test_the_lille_shaped_portal_shows_its_defects_over_sockets() -> None:
    defects = {finding.id for finding in over_sockets(LilleShaped(), "/data/ogcapi").defects}
    assert {
        "ogc-f-json",
        "ogc-invalid-limit",
        "geojson-id-member",
        "axis-attributes",
        "ogc-one-name",
    } <= defects


def test_only_get_is_sent() -> None:
    methods: set[str] = set()

    async def handle(request: web.Request) -> web.StreamResponse:
        methods.add(request.method)
        raise web.HTTPNotFound

    against(handle)
    assert methods == {"GET"}


def test_a_private_address_is_not_called() -> None:
    called: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        called.append(request.path)
        return web.Response()

    async def run() -> Report:
        async with handling(handle) as origin, guarded_fetch(PUBLIC, pause_s=0) as fetch:
            return await check(origin, fetch=fetch, now=now)

    report = asyncio.run(run())
    assert called == []
    assert report.recording.exchanges[0].answer.failure == "refused-address"
    assert report.recording.stopped == "unreachable"
    assert report.statement.level == "NONE"


async def huge(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b'{"collections": [' + b" " * 6_000_000, content_type="application/json")


async def bomb(request: web.Request) -> web.StreamResponse:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    return web.Response(body=BOMB, headers=headers)


async def slow(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(20):
        await response.write(b" ")
        await asyncio.sleep(0.1)
    return response


async def circle(request: web.Request) -> web.StreamResponse:
    step = int(request.query.get("step", "0")) + 1
    raise web.HTTPFound(f"{request.path}?step={step}")


async def deep(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b"[" * 100_000 + b"]" * 100_000, content_type="application/json")


async def deep_but_allowed(_: web.Request) -> web.StreamResponse:
    return web.Response(
        body=b'{"collections":' + b"[" * 900 + b"]" * 900 + b"}", content_type="application/json"
    )


async def broken(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b'{"collections": [{"id": "a"', content_type="application/json")


async def hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def strange(_: web.Request) -> web.StreamResponse:
    odd = b'{"id": {"a": 1}}, null, {"id": ""}, {"id": "x", "links": {"href": 3}, "extent": []}'
    body = b'{"collections": [' + odd + b"]}"
    return web.Response(body=body, content_type="application/json")


BOMB = gzip.compress(b" " * 200_000_000, 1)


@pytest.mark.parametrize(
    "handle",
    [huge, bomb, slow, circle, deep, deep_but_allowed, broken, hang_up, strange],
    ids=lambda h: h.__name__,
)
@pytest.mark.parametrize("path", ["/", "/ngsi-ld/v1/entities"])
def test_a_hostile_server_ends_the_check_bounded_and_passes_nothing(handle: Handler, path: str) -> None:
    report = against(handle, path)
    assert len(report.recording.exchanges) <= 60
    assert having(report, "PASS") == set()
    assert max(len(exchange.answer.body) for exchange in report.recording.exchanges) <= MOST_KEPT
    assert replay(report_json(report)).differences == ()


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a": NaN}', b"\xff\xfe", b'{"features": 3}'])
def test_hostile_items_behind_an_honest_front_pass_nothing_about_them(body: bytes) -> None:
    city = OgcCity()

    def hostile(request: controls.Asked) -> controls.Answer:
        return (
            controls.answer(200, body, "application/geo+json") if "/items" in request.path else city(request)
        )

    report = over_sockets(hostile, "/ogc")
    wrong = {
        "0.C1.R1.1",
        "0.C2.R2.1",
        "0.C2.R2.2",
        "1.C1.R1.1",
        "1.C1.R1.2",
        "7.C1.R1.1",
        "7.C2.R2.1",
        "7.C5.R5.1",
    }
    assert not having(report, "PASS") & wrong
    assert len(report.recording.exchanges) <= 60


def test_a_portal_of_a_thousand_collections_is_checked_within_the_limit() -> None:
    names = [f"set-{n}" for n in range(1000)]
    city = OgcCity(sets={name: controls.lamps() for name in names})
    report = over_sockets(city, "/ogc")
    assert len(report.recording.exchanges) <= 60
    assert having(report, "FAIL") == set()
