"""A node for tests: broker and portal on the memory engine, asked without a server or through one."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar
from urllib.parse import unquote, urlencode

from tests.network.city import city_of
from tests.portal.city import (
    bikes_at,
    hostile_entity,
    made_up_check,
    made_up_city,
    made_up_run,
    made_up_source,
)

from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.entities import Target, create_entity, delete_entity, merge_entity
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.jsonld import CORE
from beffroi.broker.rules.entity.entity import KIND
from beffroi.broker.rules.entity.expand import read_entity, read_fragment
from beffroi.broker.rules.entity.reading import Reading
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Key
from beffroi.market.operations.services import INDEXERS as MARKET_INDEXERS
from beffroi.market.operations.services import Market
from beffroi.network.operations.following import Following
from beffroi.network.operations.services import INDEXERS as NETWORK_INDEXERS
from beffroi.network.operations.services import AskFit, Compare
from beffroi.outbound import Answer, Client, Failed, Policy
from beffroi.portal.feeds.watch import Pace
from beffroi.portal.routes import PORTAL_ROUTES, problem_page
from beffroi.portal.services import Doors, Portal, PortalSettings, Rooms, open_portal
from beffroi.processes.harvest import Harvester
from beffroi.processes.harvest_into_broker import harvester_of
from beffroi.processes.kept_checks import Listed, list_of
from beffroi.sources.operations.catalogue import shipped
from beffroi.sources.operations.fetching import Fetch, Limits, World
from beffroi.sources.operations.registry import INDEXERS
from beffroi.store.memory import MemoryStore
from beffroi.web.answering import answer
from beffroi.web.cookie import SESSION_COOKIE, cookie
from beffroi.web.message import Actor, Request, Response
from beffroi.web.routing import Table

T = TypeVar("T")
NOON = Instant("2026-11-22T13:00:00.000000Z")


@dataclass
class Clock:
    """The moment that the node believes it is."""

    now: Instant = NOON

    def __call__(self) -> Instant:
        return self.now


@dataclass
class Node:
    """A portal to be asked: `get` and `post` give the response, `text` its body.

    `visitors` are who is signed in, by the session in the cookie; `made` names what a fixture put in.
    """

    portal: Portal
    table: Table
    runner: asyncio.Runner
    clock: Callable[[], Instant]
    visitors: dict[str, Actor] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        address, _, query = path.partition("?")
        return self.ask(
            Request("GET", unquote(address), query, headers or {}, base="http://node.test", raw_path=address)
        )

    def post(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Response:
        body = urlencode(fields).encode()
        return self.ask(Request("POST", path, "", headers or {}, body, base="http://node.test"))

    def text(self, path: str, headers: Mapping[str, str] | None = None) -> str:
        response = self.get(path, headers)
        assert response.status == 200, (path, response.status, response.body[:500])
        return self.whole(response).decode()

    def whole(self, response: Response) -> bytes:
        """The body, whether it came in one piece or in many."""
        if response.pieces is None:
            return response.body
        pieces = response.pieces

        async def read() -> bytes:
            return b"".join([piece async for piece in pieces])

        return self.run(read())

    def ask(self, request: Request) -> Response:
        request.actor = self.actor_of(request)
        return self.run(answer(self.table, request, lambda _request, _needs: None))

    def actor_of(self, request: Request) -> Actor:
        """Who is signed in, or else whom the request names."""
        return self.visitors.get(cookie(request, SESSION_COOKIE), request.actor)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def add(self, entity: JsonObject) -> None:
        self.run(create_entity(self.portal.broker, "", read_entity(entity, Reading(CORE))))

    def merge(self, entity_id: str, fragment: JsonObject) -> None:
        asked = read_fragment(fragment, Reading(CORE, fragment=True))
        self.run(merge_entity(self.portal.broker, Target("", entity_id), asked, ""))

    def delete(self, entity_id: str) -> None:
        self.run(delete_entity(self.portal.broker, Target("", entity_id)))

    def keep(self, kind: str, name: str, body: JsonObject) -> None:
        """Store a record of another room, as a process would."""

        def decide(_: object) -> Commit:
            return Commit((Change(Key("", kind, name), encode(body)),))

        self.run(self.portal.store.transact([], decide))


async def nobody(url: str, *_: object, **__: object) -> Answer:
    """The way to other nodes: none answers."""
    raise Failed(f"'{url}' does not answer.")


@contextmanager
def make_node(
    clock: Callable[[], Instant] | None = None,
    settings: PortalSettings | None = None,
    entities: Sequence[JsonObject] | None = None,
    doors: Doors | None = None,
    pace: Pace | None = None,
    fit: AskFit | None = None,
    compare: Compare | None = None,
    web: Fetch | None = None,
) -> Iterator[Node]:
    """A node with a made-up city (or these entities). `web` is what it can harvest from."""
    moment = clock or Clock()
    with asyncio.Runner() as runner:
        store = MemoryStore({KIND: ENTITY_INDEX, **INDEXERS, **MARKET_INDEXERS, **NETWORK_INDEXERS})
        numbers = itertools.count(1)
        contexts = Contexts(store, Client(Policy()), {})
        broker = Broker(store, contexts, moment, lambda: f"urn:test:{next(numbers)}")
        chosen = settings or PortalSettings(city="Simville", simulated=True)
        market = Market(store, moment, lambda: f"test-{next(numbers)}", "http://node.test")
        city = city_of(store, runner.run, "http://127.0.0.1:1026")
        network = replace(city.network, now=moment, simulated=chosen.simulated, fit=fit, compare=compare)
        portal = open_portal(
            Rooms(
                broker,
                market,
                network,
                Following(network, nobody, nobody),
                None if web is None else runner.run(_harvester(broker, web)),
            ),
            chosen,
            CORE,
            b"a secret of the tests",
            doors,
            pace,
        )
        table = Table()
        table.mount("", PORTAL_ROUTES, portal, problem_page(portal))
        node = Node(portal, table, runner, moment)
        for entity in made_up_city(Random(7)) if entities is None else entities:
            node.add(entity)
        if entities is None:
            _live_a_little(node)
        yield node
        runner.run(store.close())


async def _harvester(broker: Broker, web: Fetch) -> Harvester:
    seconds = itertools.count()
    world = World(web, broker.now, lambda: float(next(seconds)) / 10, _no_pause)
    return await harvester_of(broker, world, shipped(), Limits())


async def _no_pause(_: float) -> None:
    """Nobody waits in a test."""


def _live_a_little(node: Node) -> None:
    node.add(hostile_entity())
    node.keep("check", "check-1", made_up_check("http://portal.example.org/ogcapi"))
    node.keep("check", "check-2", {"url": "https://slow.example.org", "state": "running"})
    node.keep(
        "check", "check-3", {"url": "https://gone.example.org", "state": "failed", "failure": "No answer."}
    )
    node.keep("check-list", "all", list_of(Listed(f"check-{n}", f"https://{n}.example") for n in (1, 2, 3)))
    for name, failure in (("velos", ""), ("parkings", "The page after 3 is not JSON.")):
        node.keep("source", name, made_up_source(name, 1 if failure else 0))
        node.keep("run", f"{name}:1", made_up_run(name, failure))
    for minute in range(0, 50, 2):
        at = f"2026-11-22T12:{minute:02}:00Z"
        node.merge("urn:ngsi-ld:BikeHireDockingStation:sim-001", bikes_at(1, minute * 7 % 19, at))
