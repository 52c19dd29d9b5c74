"""Several nodes of the network in one process, and peers that misbehave, joined by a wire of functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.network.operations.following import Following, turn
from beffroi.network.operations.joining import reconcile
from beffroi.network.operations.peers import follow, peer_of
from beffroi.network.operations.services import INDEXERS
from beffroi.network.routes.feed import DID_ROUTES
from beffroi.network.routes.members import MEMBER_ROUTES
from beffroi.network.routes.nodes import NODE_ROUTES
from beffroi.network.rules import feed
from beffroi.network.rules.identity import Identity, did_document, did_of, new_key
from beffroi.network.rules.kind import ROOT
from beffroi.outbound import Answer, Failed
from beffroi.store.memory import MemoryStore
from beffroi.store.port import Store
from beffroi.web.answering import answer
from beffroi.web.message import ANYBODY, Request
from beffroi.web.problem_json import problem_response
from tests.conftest import Run
from tests.network.city import NOON, City, city_of

Fake = Callable[[str], Answer]


@dataclass
class Wire:
    """Carries requests between `nodes` (by address) and `fakes`; nobody answers at an address in `down`.
    `letters` are the bodies that were posted."""

    run: Run
    nodes: dict[str, City] = field(default_factory=dict[str, City])
    fakes: dict[str, Fake] = field(default_factory=dict[str, Fake])
    down: set[str] = field(default_factory=set[str])
    asked: list[str] = field(default_factory=list[str])
    letters: list[bytes] = field(default_factory=list[bytes])

    def city(self, port: int, store: Store | None = None) -> City:
        base = f"http://127.0.0.1:{port}"
        city = city_of(store or MemoryStore(INDEXERS), self.run, base, f"Simville {port}")
        city.table.mount(ROOT, NODE_ROUTES, city.network, problem_response)
        city.table.mount("", DID_ROUTES, city.network, problem_response)
        self.nodes[base] = city
        city.table.mount(ROOT, MEMBER_ROUTES, self.following(city), problem_response)
        return city

    async def get(self, url: str, _: Mapping[str, str], /, *, most_bytes: int, timeout_s: float) -> Answer:
        self.asked.append(url)
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        if base in self.down:
            raise Failed(f"'{base}' does not answer within {timeout_s:g} s.")
        if base in self.fakes:
            return self.fakes[base](url)
        request = Request("GET", parts.path, parts.query, {}, b"", base, ANYBODY, raw_path=parts.path)
        got = await answer(self.nodes[base].table, request, lambda *_: None)
        if len(got.body) > most_bytes:
            raise Failed(f"'{url}' has more than {most_bytes} bytes.")
        return Answer(got.status, got.headers, got.body, url)

    def following(self, city: City) -> Following:
        following = Following(city.network, self.get, self.post, every_s=30.0)

        async def heard(kinds: frozenset[str]) -> None:
            if kinds & {"chapter", "membership"}:
                await reconcile(following)

        return replace(following, heard=heard)

    async def post(self, url: str, body: bytes, /) -> Answer:
        self.asked.append(url)
        self.letters.append(body)
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        if base in self.down or base not in self.nodes:
            raise Failed(f"'{base}' does not answer.")
        headers = {"content-type": "application/json"}
        request = Request("POST", parts.path, "", headers, body, base, ANYBODY, raw_path=parts.path)
        got = await answer(self.nodes[base].table, request, lambda *_: None)
        return Answer(got.status, got.headers, got.body, url)


def take_turn(wire: Wire, city: City, did: str) -> dict[str, Any]:
    """One turn of a peer; what is known of it then."""
    wire.run(turn(wire.following(city), did))
    return wire.run(peer_of(city.network, did))


def begin(wire: Wire, city: City, base: str) -> str:
    """Have the city follow the node at an address; its DID."""
    wire.run(follow(city.network, base))
    return did_of(base)


@dataclass
class Liar:
    """A peer with a good key whose pages and documents can be changed by hand."""

    base: str
    at: Instant = NOON
    identity: Identity = field(init=False)
    entries: list[str] = field(default_factory=list[str])
    head: JsonObject | None = None
    document: JsonObject = field(init=False)
    pages: Callable[[list[str], int], list[str]] = lambda lines, _: lines
    """What becomes of the lines of an answer; the number is that of the `after` that was asked for."""

    def __post_init__(self) -> None:
        did = did_of(self.base)
        self.identity = Identity(did, new_key(1), "A simulated liar", {"name": "Nowhere"}, ("en",))
        self.document = did_document(self.identity)

    @property
    def did(self) -> str:
        return self.identity.did

    def say(self, document: JsonObject, at: Instant | None = None) -> str:
        appended = feed.append(self.head, document, at or self.at, self.did, self.identity.key)
        self.head = appended.head
        return self._keep(appended)

    def change_key(self, jwk: JsonObject) -> str:
        appended = feed.change_key(self.head, jwk, self.at, self.did, self.identity.key)
        self.head = appended.head
        return self._keep(appended)

    def pledge(self, number: int, version: int = 1, **more: Any) -> JsonObject:
        return {
            "id": f"{self.did}/pledges/{number}", "kind": "pledge", "origin": self.did, "version": version,
            "created": self.at, "changed": self.at, "published": self.at, "state": "published", "previous": "",
            "content": {"title": f"Simulated pledge {number}", "language": "en"}, **more,
        }  # fmt: skip

    def __call__(self, url: str) -> Answer:
        if url.endswith("did.json"):
            return Answer(200, {}, encode(self.document), url)
        asked = parse_qs(urlsplit(url).query)
        after, limit = int(asked["after"][0]), int(asked["limit"][0])
        lines = self.entries[after : after + limit]
        whole = [*lines, feed.signed_head(self.head, self.at, self.identity)]
        return Answer(200, {}, "\n".join(self.pages(whole, after)).encode(), url)

    def _keep(self, appended: feed.Appended) -> str:
        entry = str(decode_object(appended.changes[0].document or b"")["jws"])
        self.entries.append(entry)
        return entry
