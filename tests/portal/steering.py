"""A simulated network for its own pages: strategy, practices, events, comparison, a chapter, nodes on a map."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.commits import always
from tests.portal.node import Clock, Node, make_node

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, document_of
from beffroi.network.operations.documents import Sought, all_documents, change, create
from beffroi.network.operations.identity import describe
from beffroi.network.operations.peers import follow
from beffroi.network.operations.strategy import import_table
from beffroi.network.rules.exchange.kinds import COMPARISON, EVENT, PRACTICE
from beffroi.network.rules.identity import did_of
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.membership.joining import membership, request, request_key
from beffroi.network.rules.membership.kinds import CHAPTER, MEMBERSHIP
from beffroi.network.rules.membership.letter import Letter
from beffroi.network.rules.peer import peer_key
from beffroi.network.rules.solutions.looking import looked, references_in
from beffroi.network.rules.strategy.kinds import ACTION, PLEDGE
from beffroi.web.message import ANYBODY, LOCAL, Actor

OTHERS: dict[str, tuple[str, str, Any]] = {
    "https://onetown.example": ("Simulated city of Onetown-upon-the-very-long-river", "following", [3.74, 50.92]),
    "https://twotown.example": ("Twotown (simulated)", "late", [4.4, 51.2]),
    "https://threetown.example": ("Threetown (simulated)", "broken", None),
}  # fmt: skip
TABLE = """Engagement;N°;Action;Statut;Début;Échéance;Motif;Indicateur;Unité;Départ;Cible;Valeur;Date
Ouvrir;1;Publier les vélos;fait;2026-01-01;2026-03-01;;Jeux publiés;C62;0;40;10;2026-02-01
Ouvrir;1;Publier les vélos;fait;2026-01-01;2026-03-01;;Jeux publiés;C62;0;40;25;2026-05-01
Ouvrir;1;Publier l'air;en cours;2026-01-01;2026-06-30;;;;;;;
Ouvrir;1;Publier les chantiers;en cours;2026-01-01;2027-06-30;;;;;;;
Économiser;2;Éteindre la nuit;arrêté;2026-01-01;2026-12-31;Trop d'accidents;;;;;;
Économiser;2;Panneaux;prévu;2027-01-01;;;;;;;;
Économiser;2;;;;;;Énergie;KWH;1000;800;950,5;2026-10-01
""".encode()
PRACTICES: tuple[dict[str, Any], ...] = (
    {"title": "Buses de nuit à la demande", "language": "fr", "domain": "mobility", "endpoint": "https://city.example/ngsi-ld/v1/entities?type=Vehicle&attrs=location,speed,heading,occupancy",
     "document": "https://city.example/report", "contract": "https://city.example/contract.pdf", "cost": {"currency": "EUR", "amount": "9800.50", "note": "first year"},
     "result": "L'attente est passée de 24 à 11 minutes."},
    {"title": "Lamps that sleep", "language": "en", "domain": "energy", "document": "https://gone.example/lamps",
     "contract": "Two years, ends with a month's notice.", "cost": {"currency": "EUR", "amount": "120"}, "result": "A third less."},
)  # fmt: skip
EVENTS: tuple[dict[str, Any], ...] = (
    {"title": "Tour of nodes", "language": "en", "sort": "tour", "begins": "2026-12-02", "ends": "2026-12-04", "text": "Three days.",
     "place": {"name": "Onetown"}, "address": "https://onetown.example/a/very/long/address/of/a/page/about/the/tour/of/all/nodes"},
    {"title": "Réunion", "language": "fr", "sort": "online", "begins": "2026-11-02"},
)  # fmt: skip
FIGURES: tuple[dict[str, Any], ...] = (
    {"passed": 40, "testable": 52, "freshness": 0.2, "entities": 12_345, "types": 9, "pledges": 10, "kept": 3, "actions": 50, "done": 20},
    {"types": 2},
)  # fmt: skip


async def live(node: Node) -> dict[str, str]:
    """Paths behind the language of what was made, by a word for each."""
    network, now = node.portal.network, node.clock()
    own = (await network.signer()).did
    place: JsonObject = {"name": "Simville", "point": [3.06, 50.63]}
    await describe(network.store, {"organisation": "City of Simville", "place": place, "languages": ["fr"]})
    await import_table(network, TABLE, "fr", LOCAL)
    made = {
        kind.name: f"network/strategy/{_last((await all_documents(network, kind, LOCAL, Sought(own)))[0])}"
        for kind in (PLEDGE, ACTION)
    }
    action = made["action"].rpartition("/")[2]
    await change(network, ACTION, action, {"text": "Chaque jour."}, LOCAL, "It was not said how often.")
    practices, events = list[JsonObject](), list[JsonObject]()
    for content in PRACTICES:
        practice = await create(network, PRACTICE, content, LOCAL, publish=True)
        practices.append(practice)
        made.setdefault("practice", f"network/practices/{_last(practice)}")
        for reference in references_in(practice):
            away = "gone" in reference.endpoint
            known: JsonObject | None = None
            for _ in range(3):
                known = looked(known, reference, "away" if away else "as claimed", "Simulated.", now)
            if known is not None:
                change_of_look = Change(reference.key, document_of(known))
                await network.store.transact([], always(Commit((change_of_look,))))
    for content in EVENTS:
        events.append(await create(network, EVENT, content, LOCAL, publish=True))
    learned: Any = [{"text": "Ask for the notice period.", "practice": practices[-1]["id"]}]
    await change(network, EVENT, _last(events[-1]), {"learned": learned}, LOCAL, "After it")
    for origin, figures in zip((own, did_of(next(iter(OTHERS)))), FIGURES, strict=True):
        await hear(node, COMPARISON, origin, {"on": "2026-11-21", "figures": figures})
    await be_chapter(node, own)
    return made


async def be_chapter(node: Node, own: str) -> None:
    """Two members, one who asks, and nodes that are followed well and badly."""
    network, now = node.portal.network, node.clock()
    said: JsonObject = {
        "name": "A simulated chapter",
        "language": "en",
        "territory": "Here",
        "coordinator": "An office",
    }
    await create(network, CHAPTER, said, LOCAL, publish=True)
    for number, (address, (name, state, point)) in enumerate(OTHERS.items()):
        id = f"00000000-0000-4000-8000-00000000000{number}"
        letter = Letter("join", id, did_of(address), name, "Elsewhere", "Good day", "")
        asked = request(letter, "a.b.c", now)
        key = request_key(str(asked["id"]))
        if number == 2:
            await keep(node, Change(key, document_of(asked)))
        else:
            content = membership(asked, own, "cora", now)["content"]
            await hear(node, MEMBERSHIP, own, content, f"{own}/memberships/{number}")
        peer = await follow(network, address)
        about: JsonObject = {
            "organisation": name,
            "place": {"name": "Elsewhere", "point": point},
            "languages": ["nl"],
        }
        stored = (await network.store.read([peer_key(str(peer["did"]))]))[peer_key(str(peer["did"]))].body
        bad = state == "broken"
        told: JsonObject = {
            "state": state,
            "about": about,
            "heard": now,
            "frozen": bad,
            "why": "Two entries 7." if bad else "",
        }
        await keep(node, Change(peer_key(str(peer["did"])), document_of({**stored, **told})))


async def hear(node: Node, kind: Kind, origin: str, content: Any, id: str = "") -> None:
    """A document that stands published, as measuring, deciding or following brings it."""
    named, now = id or f"{origin}/{kind.path}/1", node.clock()
    document: JsonObject = {
        "id": named, "kind": kind.name, "origin": origin, "version": 1, "created": now, "changed": now, "previous": "",
        "by": "measured", "state": "published", "published": now, "simulated": True, "content": kind.valid(content),
    }  # fmt: skip
    await keep(node, Change(kind.key(named), document_of(document)))


async def keep(node: Node, change: Change) -> None:
    await node.portal.store.transact([], lambda _: Commit((change,)))


def _last(document: Mapping[str, Any]) -> str:
    return str(document["id"]).rpartition("/")[2]


async def compare(actor: Actor, *, compared: bool) -> JsonObject:
    return {"compared": compared}


@contextmanager
def steering_node() -> Generator[Node]:
    """A node whose pages of the network have something of everything; `made` of it names paths."""
    with make_node(Clock(), compare=compare) as node:
        node.made = node.run(live(node))
        node.visitors["nobody"] = ANYBODY
        yield node
