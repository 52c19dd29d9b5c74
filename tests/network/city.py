"""A city's office that talks to the network routes without a server, as whoever it is told to be."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from beffroi.app.node import admit
from beffroi.kernel.instant import Instant
from beffroi.network.operations.identity import About, identity_of
from beffroi.network.operations.services import Network
from beffroi.network.routes import NETWORK_ROUTES
from beffroi.network.rules.identity import Identity
from beffroi.network.rules.kind import ROOT
from beffroi.store.port import Store
from beffroi.web.answering import answer
from beffroi.web.message import LOCAL, Actor, Request
from beffroi.web.problem_json import problem_response
from beffroi.web.routing import Table
from tests.conftest import Run
from tests.got import Got

BASE = "http://127.0.0.1:1026"
DID = "did:web:127.0.0.1%3A1026"
NOON = Instant("2026-11-22T12:00:00.000000Z")


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: Instant = NOON

    def __call__(self) -> Instant:
        return self.now


@dataclass
class Ids:
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __call__(self) -> str:
        return f"00000000-0000-4000-8000-{next(self.numbers):012}"


@dataclass
class City:
    """`send` and the verbs return what the node answers to `actor`."""

    network: Network
    table: Table
    run: Run
    clock: Clock
    actor: Actor = LOCAL

    def acting(self, name: str, *may: str, party: str = "", roles: tuple[str, ...] = ()) -> "City":
        actor = Actor(name, frozenset(may), party=party, roles=frozenset(roles), account=account_of(name))
        return replace(self, actor=actor)

    def send(
        self, method: str, path: str, body: object = None, query: str = "", media: str = "application/json"
    ) -> Got:
        """A body of bytes goes as it is, anything else as JSON."""
        text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"content-type": media}
        whole = ROOT + path
        request = Request(method, whole, query, headers, text, BASE, self.actor, raw_path=whole)
        response = self.run(answer(self.table, request, admit))
        return Got(response.status, response.headers, response.body)

    def get(self, path: str, query: str = "") -> Got:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: object = None, query: str = "") -> Got:
        return self.send("POST", path, body, query)

    def patch(self, path: str, body: object, query: str = "") -> Got:
        return self.send("PATCH", path, body, query)

    def publish(self, path: str, content: object) -> Any:
        """A new document of this path (`pledges`), published at once."""
        got = self.post(f"/{path}", content, "publish=true")
        assert got.status == 201, got.text
        return got.json


def city_of(store: Store, run: Run, base: str = BASE, name: str = "Simville") -> City:
    """`name` is that of a simulated city."""
    clock = Clock()

    async def signer() -> Identity:
        return await identity_of(store, About(base, name, name), clock())

    async def juror(name: str) -> str:
        return account_of(name)

    network = Network(store, clock, Ids(), signer, allow_private=True, juror=juror)
    table = Table()
    table.mount(ROOT, NETWORK_ROUTES, network, problem_response)
    return City(network, table, run, clock)


def account_of(name: str) -> str:
    """The account of a name; nobody else had it before."""
    return f"the account of {name}"


async def signer_of(network: Network) -> Identity:
    """The node's identity, as a coroutine that a loop runs."""
    return await network.signer()


def segment(id: str) -> str:
    """A whole id as a path segment."""
    return quote(id, safe="")


def name_of(document: Mapping[str, Any]) -> str:
    """The last segment of a document's id."""
    return str(document["id"]).rpartition("/")[2]
