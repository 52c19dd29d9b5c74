"""A city in a test: a broker with its routes, receivers on loopback, and a clock that tests set."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.outbound.hostile import Behaviour, Reader, Writer, answering, listening

from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.notify import Notifier
from beffroi.broker.operations.services import Broker
from beffroi.broker.routes import ROUTES
from beffroi.broker.wire.problems import problem_response
from beffroi.courier.courier import MOST_LANES, Courier
from beffroi.courier.http import HttpDelivery
from beffroi.courier.outcome import Fact
from beffroi.courier.patience import Patience
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.outbound import Client, Policy
from beffroi.outbound.resolver import LookUp
from beffroi.store.port import Store
from beffroi.web.answering import answer
from beffroi.web.message import Request, Response
from beffroi.web.routing import Table

START = Instant("2026-11-22T13:49:00.000000Z")
CONTEXT = "https://city.example/context.jsonld"
TERMS: JsonObject = {
    name: f"https://city.example/{name}"
    for name in ("Room", "Car", "co2", "label", "inside", "motto", "kind")
}
OK = answering("204 No Content")


@dataclass
class Clock:
    now: Instant = START

    def __call__(self) -> Instant:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now = plus_seconds(self.now, seconds)


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def entity(self) -> Any:
        (entity,) = self.body["data"]
        return entity


@dataclass
class City:
    store: Store
    clock: Clock
    broker: Broker
    table: Table
    client: Client
    told: list[Fact]
    courier: Courier
    url: str = ""
    behaviours: dict[str, Behaviour] = field(default_factory=dict[str, Behaviour])
    seen: list[bytes] = field(default_factory=list[bytes])

    def restarted(self) -> Courier:
        """A new process on the same store."""
        self.courier = courier_of(self.store, self.broker, self.client, self.clock, self.told)
        return self.courier

    async def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        route, _, query = path.partition("?")
        content = b"" if body is None else json.dumps(body).encode()
        link = f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"'
        sent = {"content-type": "application/json", "content-length": str(len(content)), "link": link}
        request = Request(method, f"/ngsi-ld/v1/{route}", query, {**sent, **(headers or {})}, content)
        return await answer(self.table, request, lambda _, __: None)

    async def done(self, method: str, path: str, body: object = None, **headers: str) -> Response:
        """Ask for what must succeed."""
        response = await self.ask(method, path, body, headers)
        assert response.status < 300, response.body
        return response

    async def subscribe(self, path: str = "/notify", notification: object = None, **members: object) -> str:
        """Subscribe to rooms, unless `members` say otherwise; the id."""
        subscription: dict[str, object] = {
            "id": f"urn:ngsi-ld:Subscription:{len(self.seen)}-{next(NUMBERS)}",
            "type": "Subscription",
            "entities": [{"type": "Room"}],
            "notification": {"endpoint": {"uri": self.url + path}, **(notification or {})},  # type: ignore[dict-item]
            **members,
        }
        for member in [name for name, value in subscription.items() if value is None]:
            del subscription[member]
        await self.done("POST", "subscriptions", subscription)
        return str(subscription["id"])

    async def room(self, number: int = 1, **attributes: object) -> str:
        """Create a room."""
        room = {"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", **attributes}
        await self.done("POST", "entities", room)
        return str(room["id"])

    async def patch(self, number: int = 1, **attributes: object) -> None:
        await self.done("PATCH", f"entities/urn:ngsi-ld:Room:{number}", attributes)

    async def received(self, path: str = "/notify") -> list[Received]:
        """Let everything that is due be delivered; what this receiver has got so far."""
        await self.courier.drain()
        return [got for got in map(read, self.seen) if got.path == path]

    async def subscription(self, subscription_id: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((await self.done("GET", f"subscriptions/{subscription_id}")).body)
        return found


NUMBERS = count(1)


@asynccontextmanager
async def a_city(
    store: Store, *, allow_private: bool = True, look_up: LookUp = socket.getaddrinfo
) -> AsyncIterator[City]:
    clock, told, ids = Clock(), list[Fact](), count(1)
    policy = Policy(allow_private=allow_private, timeout_s=5, most_connections=MOST_LANES)
    behaviours = dict[str, Behaviour]()

    async def behave(request: bytes, reader: Reader, writer: Writer) -> None:
        path = request.split(b" ", 2)[1].decode()
        await behaviours.get(path, OK)(request, reader, writer)

    async with Client(policy, look_up) as client, listening(behave) as (url, seen):
        contexts = Contexts(store, client, {CONTEXT: {"@context": TERMS}})
        broker = Broker(store, contexts, clock, lambda: f"urn:ngsi-ld:{next(ids)}", allow_private)
        table = Table()
        table.mount("/ngsi-ld/v1", ROUTES, broker, problem_response)
        courier = courier_of(store, broker, client, clock, told)
        yield City(store, clock, broker, table, client, told, courier, url, behaviours, seen)


def courier_of(store: Store, broker: Broker, client: Client, clock: Clock, told: list[Fact]) -> Courier:
    deliver = HttpDelivery(client, clock).deliver
    patience = Patience(first_s=1, most_s=60, window_s=3600)
    posts = Notifier(broker, deliver).posts()
    return Courier(store, posts, clock, lambda: 1.0, patience=patience, tell=told.append)


def read(request: bytes) -> Received:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Received(first.split(" ")[1], headers, json.loads(body))


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.001)
