"""A client that talks to the broker's routes without a server."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.services import Broker
from beffroi.broker.routes import ROUTES
from beffroi.broker.wire.problems import problem_response
from beffroi.kernel.instant import Instant
from beffroi.outbound import Client as Outbound
from beffroi.outbound import Policy
from beffroi.store.port import Store
from beffroi.web.answering import answer
from beffroi.web.message import Request
from beffroi.web.routing import Table
from tests.conftest import Run
from tests.got import Got

JSON = "application/json"
LD_JSON = "application/ld+json"


@dataclass
class Clock:
    """Each look is a second later."""

    ticks: "itertools.count[int]" = field(default_factory=lambda: itertools.count())

    def __call__(self) -> Instant:
        tick = next(self.ticks)
        return Instant(f"2026-11-22T{tick // 3600:02}:{tick // 60 % 60:02}:{tick % 60:02}.000000Z")


@dataclass
class Client:
    """`send` and the verbs return what the node answers; `broker` is there to look behind."""

    broker: Broker
    table: Table
    run: Run

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        raw: bytes | None = None,
    ) -> Got:
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if content or method in {"POST", "PATCH", "PUT"}:
            sent.setdefault("content-type", JSON)
            sent.setdefault("content-length", str(len(content)))
        request = Request(method, "/ngsi-ld/v1" + path, query, sent, content)
        response = self.run(answer(self.table, request, lambda _, __: None))
        return Got(response.status, response.headers, response.body)

    def get(self, path: str, **headers: str) -> Got:
        return self.send(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def post(self, path: str, body: object, **headers: str) -> Got:
        return self.send("POST", path, body, {n.replace("_", "-"): v for n, v in headers.items()})

    def patch(self, path: str, body: object, **headers: str) -> Got:
        return self.send("PATCH", path, body, {n.replace("_", "-"): v for n, v in headers.items()})


def client_on(
    store: Store,
    run: Run,
    contexts: Mapping[str, Any] | None = None,
    policy: Policy | None = None,
) -> Client:
    """A client on a node with this store; contexts from elsewhere are those given, or as `policy` allows."""
    numbers = itertools.count(1)
    outbound = Outbound(policy or Policy())
    broker = Broker(
        store=store,
        contexts=Contexts(store, outbound, contexts or {}),
        now=Clock(),
        new_id=lambda: f"urn:uuid:{next(numbers)}",
    )
    return client_of(broker, run)


def client_of(broker: Broker, run: Run) -> Client:
    """A client on these services."""
    table = Table()
    table.mount("/ngsi-ld/v1", ROUTES, broker, problem_response)
    return Client(broker, table, run)
