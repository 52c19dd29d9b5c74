"""The portals on a socket and as a process."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection

import aiohttp
import pytest

from beffroi.simulation.portal import PORTALS, answers, lille_like, ods_clean, running
from beffroi.simulation.wire import Portal
from beffroi.simulation.world.moment import moment_of

TICK = 356_400_000
BIKES = {
    "lille-like": "/data/ogcapi/collections/velos_temps_reel/items?limit=-1",
    "ods-clean": "/api/explore/v2.1/catalog/datasets/bike-stations/records?limit=100",
}
STATIC = {
    "lille-like": "/data/ogcapi/collections/decheteries/items",
    "ods-clean": "/api/explore/v2.1/catalog/datasets/recycling-centres/records",
}
both = pytest.mark.parametrize(
    "portal", [lille_like(seed=7), ods_clean(seed=7)], ids=lambda portal: portal.name
)


def clock() -> float:
    return moment_of(TICK)


@both
def test_a_socket_says_what_memory_says(portal: Portal) -> None:
    async def talk() -> None:
        async with running(portal, clock=clock) as url, aiohttp.ClientSession() as session:
            ask = answers(portal, TICK, origin=url)
            for _, path in (("", "/"), ("", portal.entry), *portal.pages):
                async with session.get(url + path) as got:
                    said = ask(path)
                    assert (got.status, await got.read()) == (200, said.body)
                    assert got.headers["Content-Type"] == said.media_type
                    assert got.headers["X-Simulated"].startswith("yes")

    asyncio.run(talk())


@both
def test_who_has_it_already_gets_304(portal: Portal) -> None:
    now, later = answers(portal, TICK), answers(portal, TICK + 1)
    first = dict(now(BIKES[portal.name]).headers)
    for name, held in (("If-None-Match", first["ETag"]), ("If-Modified-Since", first["Last-Modified"])):
        again = now(BIKES[portal.name], {name: held})
        assert (again.status, again.body) == (304, b"")
        assert dict(again.headers)["ETag"] == first["ETag"]
        assert later(BIKES[portal.name], {name: held}).status == 200
    assert (
        now(
            BIKES[portal.name], {"If-None-Match": '"other"', "If-Modified-Since": first["Last-Modified"]}
        ).status
        == 200
    )
    assert now(BIKES[portal.name], {"If-None-Match": f'"other", W/{first["ETag"]}'}).status == 304
    assert now(BIKES[portal.name], {"If-Modified-Since": "yesterday"}).status == 200


@both
def test_what_is_static_stays_304_for_days(portal: Portal) -> None:
    held = dict(answers(portal, TICK)(STATIC[portal.name]).headers)["ETag"]
    assert answers(portal, TICK + 50_000)(STATIC[portal.name], {"If-None-Match": held}).status == 304


@both
def test_the_page_says_in_two_languages_that_it_is_simulated(portal: Portal) -> None:
    page = answers(portal, TICK)("/").body.decode()
    assert "est simulé" in page
    assert "is simulated" in page
    for title, path in portal.pages:
        assert re.search("simul", title)
        assert path.partition("?")[0] in page
        assert answers(portal, TICK)(path).status == 200


@both
def test_an_outage_is_switched_on_and_off(portal: Portal) -> None:
    path = BIKES[portal.name]
    name = "bike-stations" if portal.name == "ods-clean" else "velos_temps_reel"

    async def talk() -> list[int]:
        outages: set[str] = set()
        statuses: list[int] = []
        async with running(portal, clock=clock, outages=outages) as url, aiohttp.ClientSession() as session:

            async def status() -> None:
                async with session.get(url + path) as got:
                    statuses.append(got.status)
                async with session.get(url + STATIC[portal.name]) as got:
                    assert got.status == 200

            await status()
            outages.add(name)
            await status()
            outages.clear()
            await status()
            async with session.put(f"{url}/simulation/outages/{name}") as got:
                assert got.status == 204
            await status()
            async with session.delete(f"{url}/simulation/outages/{name}") as got:
                assert got.status == 204
            await status()
        return statuses

    assert asyncio.run(talk()) == [200, 503, 200, 503, 200]


def test_a_portal_is_read_only_and_answers_head() -> None:
    async def talk() -> None:
        async with running(lille_like(), clock=clock) as url, aiohttp.ClientSession() as session:
            async with session.head(url + BIKES["lille-like"]) as got:
                assert (got.status, await got.read()) == (200, b"")
                assert "ETag" in got.headers
            async with session.post(url + "/data/ogcapi") as got:
                assert (got.status, got.headers["Allow"]) == (405, "GET, HEAD")

    asyncio.run(talk())


@pytest.mark.parametrize("name", sorted(PORTALS))
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_process_prints_its_url_and_ends_cleanly(name: str, how: signal.Signals) -> None:
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "beffroi.simulation",
        name,
        "--seed",
        "7",
        "--tick",
        str(TICK),
    ]
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        with closing(HTTPConnection(url.removeprefix("http://"))) as client:  # stays open, as clients do
            client.request("GET", STATIC[name])
            assert (
                client.getresponse().read() == answers(PORTALS[name](7), TICK, origin=url)(STATIC[name]).body
            )
            process.send_signal(how)
            assert process.wait(timeout=5) == 0
        assert process.stdout.read() == process.stderr.read() == ""
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0
