"""A node for tests: entities in a store, asked over OGC API Features without a server or through one."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.entities import Target, create_entity, delete_entity, merge_entity
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.context.jsonld import CORE
from beffroi.broker.rules.entity.expand import read_entity, read_fragment
from beffroi.broker.rules.entity.reading import Reading
from beffroi.kernel.instant import Instant, instant_of, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.routes import OGC_ROUTES
from beffroi.outbound import Client, Policy
from beffroi.store.port import Store
from beffroi.web.answering import answer
from beffroi.web.message import Request, Response
from beffroi.web.problem_json import problem_response
from beffroi.web.routing import Table
from tests.conftest import Run

BASE = "http://node.test:1026"


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    pieces: int = 1

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Node:
    """`get` answers a path with a query; `clock` is what the node believes the moment to be."""

    ogc: Ogc
    run: Run
    table: Table
    clock: list[Instant] = field(default_factory=lambda: [Instant("2026-11-22T13:00:00.000000Z")])

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        found: Answer = self.run(self.answer(path, headers or {}))
        return found

    async def answer(self, path: str, headers: Mapping[str, str], method: str = "GET") -> Answer:
        """The whole answer to a path, or to an address of this node."""
        address, _, query = path.removeprefix(BASE).partition("?")
        response = await answer(
            self.table,
            Request(method, unquote(address), query, headers, base=BASE),
            lambda _request, _needs: None,
        )
        if response.pieces is None:
            return Answer(response.status, response.headers, response.body)
        pieces = [piece async for piece in response.pieces]
        return Answer(response.status, response.headers, b"".join(pieces), len(pieces))

    def json(self, path: str) -> Any:
        found = self.get(path)
        assert found.status == 200, (path, found.status, found.body[:500])
        return found.json

    def add(self, *entities: JsonObject, tenant: str = "", context: Context = CORE) -> None:
        async def work() -> None:
            await asyncio.gather(
                *(create_entity(self.ogc.broker, tenant, read_entity(e, Reading(context))) for e in entities)
            )

        self.run(work())

    def merge(self, entity_id: str, fragment: JsonObject) -> None:
        asked = read_fragment(fragment, Reading(CORE, fragment=True))
        self.run(merge_entity(self.ogc.broker, Target("", entity_id), asked, ""))

    def delete(self, entity_id: str) -> None:
        self.run(delete_entity(self.ogc.broker, Target("", entity_id)))

    def walk(self, path: str) -> list[list[Any]]:
        """The features of every page from here on."""
        pages = []
        while path:
            page = self.json(path)
            pages.append(page["features"])
            path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        return pages


def node_on(store: Store, run: Run, step: float = 0.0, **more: Any) -> Node:
    """A node whose clock goes on by `step` seconds each time that somebody looks at it."""
    clock = [Instant("2026-11-22T13:00:00.000000Z")]

    def now() -> Instant:
        clock[0] = plus_seconds(clock[0], step)
        return clock[0]

    numbers = itertools.count(1)
    contexts = Contexts(store, Client(Policy()), {})
    broker = Broker(store, contexts, now, lambda: f"urn:test:{next(numbers)}")
    given: dict[str, Any] = {
        "title": "Simville",
        "description": "A made-up city.",
        "languages": ("fr", "en"),
        "licence": "https://spdx.org/licenses/etalab-2.0.html",
        **more,
    }
    ogc = Ogc(broker, given.pop("context", CORE), **given)
    table = Table()
    table.mount(ogc.prefix, OGC_ROUTES, ogc, problem_response)
    return Node(ogc, run, table, clock)


def station(number: int, **more: Any) -> JsonObject:
    """A bike station somewhere around Lille."""
    return {
        "id": f"urn:ngsi-ld:BikeHireDockingStation:{number:05}",
        "type": "BikeHireDockingStation",
        "name": {"type": "Property", "value": f"Station n° {number}, Élise"},
        "availableBikeNumber": {
            "type": "Property",
            "value": number % 7,
            "observedAt": f"2026-11-22T12:{number % 60:02}:00Z",
        },
        "temperature": {"type": "Property", "value": number % 30 + 0.5, "unitCode": "CEL"},
        "open": {"type": "Property", "value": number % 2 == 0},
        "refNext": {"type": "Relationship", "object": f"urn:ngsi-ld:BikeHireDockingStation:{number + 1:05}"},
        "location": point(3.0 + number % 100 / 1000, 50.6 + number // 100 / 1000),
        **more,
    }


def point(longitude: float, latitude: float) -> JsonObject:
    return {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]},
    }


def ids_of(features: list[Any]) -> list[str]:
    return [feature["id"] for feature in features]


@asynccontextmanager
async def listening(table: Table) -> AsyncIterator[str]:
    """The table behind a real HTTP server on loopback; gives its address."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(request.method, unquote(path), query, headers, base=f"http://{request.host}")
        response = await answer(table, asked, lambda _request, _needs: None)
        return await _send(request, response)

    server = web.Server(handle)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield "http://{}:{}".format(*runner.addresses[0][:2])
    finally:
        await runner.cleanup()


async def _send(request: web.BaseRequest, response: Response) -> web.StreamResponse:
    if response.pieces is None or request.method == "HEAD":
        return web.Response(status=response.status, headers=response.headers, body=response.body)
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    await stream.prepare(request)
    async for piece in response.pieces:
        await stream.write(piece)
    await stream.write_eof()
    return stream


def real_now() -> Instant:
    return instant_of(datetime.now(UTC))
