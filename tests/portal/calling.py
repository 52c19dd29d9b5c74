"""A simulated network of needs and calls for the pages: one call of each stage, people who coordinate, apply, judge."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from tests.commits import always
from tests.network.calls.calls import APPLICATION, CALL
from tests.network.city import account_of
from tests.network.needs.labelled import MEASURED_ON
from tests.portal.node import Clock, Node, make_node

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, document_of
from beffroi.network.operations.calls import applications, jury, questions, steps
from beffroi.network.operations.documents import create
from beffroi.network.rules.calls.award import Decision
from beffroi.network.rules.kinds import KINDS
from beffroi.network.rules.needs.need import NEED_KIND
from beffroi.web.message import ANYBODY, Actor

BEFORE = Instant("2026-11-01T09:00:00.000000Z")
NOW = Instant("2026-11-22T13:00:00.000000Z")
CORA = Actor("cora", frozenset({"read", "steer", "coordinate"}))
ANA = Actor("ana", frozenset({"read", "judge"}), account=account_of("ana"))
PARKWISE = Actor("pia", frozenset({"trade"}), party="parkwise")
OTHER = Actor("otto", frozenset({"trade"}), party="otherpark")
EVERYTHING = Actor(
    "ana",
    frozenset({"read", "steer", "coordinate", "judge", "trade"}),
    party="parkwise",
    account=account_of("ana"),
)
CITY_B = "did:web:nieuwdam.example"


def calendar(opens: str, closes: str, decides: str) -> JsonObject:
    return {
        "zone": "Europe/Paris", "opens": f"{opens}T09:00:00+01:00", "questions": f"{opens}T12:00:00+01:00",
        "closes": f"{closes}T12:00:00+01:00", "decides": f"{decides}T12:00:00+01:00",
    }  # fmt: skip


OPEN = calendar("2026-11-10", "2026-12-20", "2027-01-20")
OVER = calendar("2026-11-02", "2026-11-12", "2026-12-01")


async def call_a_little(node: Node, clock: Clock) -> dict[str, str]:
    """The last segments of what was made, by a word for each."""
    network = node.portal.network
    made: dict[str, str] = {}
    clock.now = BEFORE
    for place, need in enumerate(MEASURED_ON[:14]):
        location: JsonObject = {"type": "Point", "coordinates": [3.0 + place / 20, 50.6]}
        document = await create(
            network, NEED_KIND, {**need.content, "location": location}, CORA, publish=True
        )
        made.setdefault("need", _last(document))
        if place == 0:
            heard = Commit((interest(str(document["id"])),))
            await network.store.transact([], always(heard))
    content = {**CALL, "needs": [], "calendar": OPEN}
    for word in ("open", "evaluating", "awarded"):
        id = made[word] = _last(
            await steps.begin(network, {**content, "calendar": OPEN if word == "open" else OVER}, CORA)
        )
        await steps.open_call(network, id, CORA)
    made["draft"] = _last(await steps.clone(network, made["open"], CORA))
    clock.now = Instant("2026-11-11T10:00:00.000000Z")
    for word in ("open", "evaluating", "awarded"):
        for actor, firm in ((PARKWISE, "Parkwise (simulated)"), (OTHER, "Otherpark (simulated)")):
            done = await applications.apply(network, made[word], {**APPLICATION, "firm": firm}, actor)
            made[f"{word} {actor.name}"] = _last(done)
        await jury.invite(network, made[word], {"jurors": ["ana", "bob"]}, CORA)
        for name in ("ana", "bob"):
            await jury.accept(
                network, made[word], Actor(name, frozenset({"judge"}), account=account_of(name))
            )
    clock.now = Instant("2026-11-10T10:00:00.000000Z")
    for actor, text in (
        (PARKWISE, "Who cleans the sensors (simulated)?"),
        (OTHER, "Since when (simulated)?"),
    ):
        asked = await questions.ask(network, made["open"], {"question": text, "language": "en"}, actor)
        made[f"question {actor.name}"] = _last(asked)
    said: JsonObject = {"answer": "The city does (simulated)."}
    made["answer"] = _last(await questions.answer(network, made["open"], made["question pia"], said, CORA))
    clock.now = NOW
    for word in ("evaluating", "awarded"):
        await steps.evaluate(network, made[word], CORA)
    for name in ("ana", "bob"):
        for firm, points in (("pia", 8), ("otto", 6)):
            await judged(node, made["awarded"], made[f"awarded {firm}"], name, points)
    await jury.declare(network, made["evaluating"], made["evaluating pia"], {"conflict": False}, ANA)
    await jury.decide(network, made["awarded"], Decision(made["awarded pia"], "Best in all criteria."), CORA)
    return made


async def judged(node: Node, call: str, application: str, name: str, points: int) -> None:
    network, actor = node.portal.network, Actor(name, frozenset({"judge"}), account=account_of(name))
    scores: Any = {
        each: {"points": points, "reason": "A simulated reason."} for each in ("quality", "price", "open")
    }
    await jury.declare(network, call, application, {"conflict": False}, actor)
    await jury.score(network, call, application, {"scores": scores}, actor)


def interest(need: str) -> Change:
    """An interest of another node, as following brings it."""
    kind, id = KINDS["interest"], f"{CITY_B}/interests/1"
    document: JsonObject = {
        "id": id, "kind": "interest", "origin": CITY_B, "version": 1, "created": BEFORE, "changed": BEFORE, "previous": "",
        "state": "published", "published": BEFORE, "content": {"need": need, "language": "nl", "wishes": ["Ook voor fietsers"]},
    }  # fmt: skip
    return Change(kind.key(id), document_of(document))


def _last(document: JsonObject) -> str:
    return str(document["id"]).rpartition("/")[2]


@contextmanager
def calling_node() -> Generator[Node]:
    """A node with needs and calls; `made` of it names them."""
    clock = Clock(NOW)
    with make_node(clock, entities=[]) as node:
        node.made = node.run(call_a_little(node, clock))
        people = {"cora": CORA, "ana": ANA, "pia": PARKWISE, "otto": OTHER, "nobody": ANYBODY, "": EVERYTHING}
        node.visitors.update(people)
        yield node
