"""A whole node in this process: who may pass, and where its own terms are."""

import asyncio
from dataclasses import replace

import pytest

from beffroi.app import access
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.kernel.instant import Instant
from beffroi.sources.operations.registry import add_sources
from beffroi.sources.rules.source import source_of
from beffroi.store.port import Find
from beffroi.web.message import Request, Response
from tests.conftest import Run

ROOM = b'{"id": "urn:ngsi-ld:Room:1", "type": "Room"}'


def answered(run: Run, *requests: Request, settings: Settings | None = None) -> list[Response]:
    async def scenario() -> list[Response]:
        async with open_node(settings or Settings()) as node:
            return [await node.answer(request) for request in requests]

    return run(scenario())


def creation(**headers: str) -> Request:
    sent = {"content-type": "application/json", "content-length": str(len(ROOM)), "host": "127.0.0.1:1026"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/ngsi-ld/v1/entities", "", {**sent, **named}, ROOM, "http://127.0.0.1:1026")


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://other.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"}],
)
def test_a_page_of_another_site_may_not_write(run: Run, headers: dict[str, str]) -> None:
    refused, looked = answered(run, creation(**headers), Request("GET", "/ngsi-ld/v1/types"))
    assert refused.status == 403
    assert b"urn:ngsi-ld:Room" not in looked.body


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "http://127.0.0.1:1026", "sec_fetch_site": "same-origin"}]
)
def test_programs_and_the_own_pages_may_write(run: Run, headers: dict[str, str]) -> None:
    assert answered(run, creation(**headers))[0].status == 201


def test_the_own_context_is_known_by_its_address(run: Run) -> None:
    link = '<http://127.0.0.1:1026/contexts/city.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    served, used = answered(
        run,
        Request("GET", "/contexts/city.jsonld"),
        Request("GET", "/ngsi-ld/v1/entities", "type=BikeHireDockingStation", {"link": link}),
    )
    assert (served.status, used.status) == (200, 200)
    assert "city.jsonld" in used.headers["link"]


def test_a_node_on_loopback_answers_to_loopback_names_only(run: Run) -> None:
    rebound = Request("GET", "/health", "", {"host": "city.example"})
    assert answered(run, rebound)[0].status == 403
    public = Settings(base="https://city.example")
    assert answered(run, rebound, settings=public)[0].status == 200


def test_work_beside_the_server_ends_when_it_is_told(run: Run) -> None:
    async def scenario() -> None:
        async with open_node(Settings()) as node, asyncio.TaskGroup() as group:
            for work in node.work:
                group.create_task(work())
            await asyncio.sleep(0.05)
            node.stop()

    run(asyncio.wait_for(scenario(), 30))


def test_a_public_address_asks_for_a_token_although_the_node_listens_on_loopback(run: Run) -> None:
    public = Settings(base="https://data.city.example")
    request = replace(creation(host="data.city.example"), base="https://data.city.example")
    assert answered(run, request, settings=public)[0].status == 401
    assert not public.allow_private


def test_what_fails_in_a_source_is_refused_when_it_is_written(run: Run) -> None:
    body = b'{"zone": "Nope/Nowhere"}'
    headers = {"content-type": "application/json", "content-length": str(len(body))}

    async def scenario() -> Response:
        async with open_node(Settings()) as node:
            source = source_of(
                {"name": "bikes", "url": "http://a.b/", "family": "ogc", "dataset": "d", "mapping": "m"}
            )
            await add_sources(node.store, "", [source])
            return await node.answer(Request("PATCH", "/sources/bikes", "", headers, body))

    refused = run(scenario())
    assert (refused.status, b"Nope/Nowhere" in refused.body) == (400, True)


def test_who_changes_a_source_by_the_api_stands_in_the_audit_log(run: Run) -> None:
    headers = {"content-type": "application/json", "content-length": "16"}

    async def scenario() -> list[tuple[object, ...]]:
        async with open_node(Settings()) as node:
            source = source_of(
                {"name": "bikes", "url": "http://a.b/", "family": "ogc", "dataset": "d", "mapping": "m"}
            )
            await add_sources(node.store, "", [source])
            for method, body in (("PATCH", b'{"paused": true}'), ("DELETE", b"")):
                await node.answer(Request(method, "/sources/bikes", "", headers if body else {}, body))
            found = await node.store.find(Find("", "audit", limit=None))
            bodies = [record.body for record in found.records]
            return [
                (each["what"], each["id"], each["actor"]) for each in bodies if each["resource"] == "source"
            ]

    assert run(scenario()) == [("change", "bikes", "local"), ("delete", "bikes", "local")]


def test_expired_sessions_are_forgotten(run: Run) -> None:
    async def scenario() -> int:
        async with open_node(Settings()) as node:
            token = await access.add_token(
                node.store, "ana", ["read"], Instant("2026-01-01T00:00:00.000000Z")
            )
            for month in range(1, 7):
                await access.sign_in(node.store, token, Instant(f"2026-{month:02}-01T00:00:00.000000Z"))
            return len((await node.store.find(Find("", access.SESSION, limit=None))).records)

    assert run(scenario()) == 1
