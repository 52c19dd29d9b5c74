"""The page of nodes and chapters: seen by everybody, worked with by who operates or coordinates."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from tests.network.city import signer_of
from tests.portal.node import Node, make_node

from beffroi.kernel.json import JsonObject
from beffroi.network.operations.peers import peers
from beffroi.network.rules.identity import did_of
from beffroi.network.rules.membership.joining import request, request_key
from beffroi.network.rules.membership.letter import Letter
from beffroi.network.rules.peer import peer_key
from beffroi.web.message import ANYBODY, Actor, Request, Response

PAGE = "/en/network/nodes"
OTHER = "http://127.0.0.1:4999"
LETTER = Letter(
    "join",
    "00000000-0000-4000-8000-000000000001",
    did_of(OTHER),
    "Simulated city",
    "Elsewhere",
    "Good day",
    "",
)


@pytest.fixture
def city() -> Iterator[Node]:
    with make_node() as made:
        yield made


def send(city: Node, act: str, **fields: str) -> Response:
    proof = re.search(r'name="proof" value="(\w+)"', city.text(PAGE))
    assert proof is not None
    body = urlencode({"proof": proof[1], **fields}).encode()
    path = f"{PAGE}/{act}"
    return city.ask(Request("POST", path, "", {}, body, raw_path=path))


def be_chapter(node: Node) -> None:
    assert send(node, "chapter", name="A simulated chapter", territory="Here").status == 303


def ask(node: Node) -> str:
    """A request as a letter brings it; its id."""
    made = request(LETTER, "a.b.c", node.clock())
    key = request_key(str(made["id"]))
    node.keep(key.kind, key.id, made)
    return str(made["id"])


def test_who_the_node_is_can_be_said(city: Node) -> None:
    assert "did:web:127.0.0.1%3A1026" in city.text(PAGE)
    assert (
        send(city, "identity", organisation="City of Simville", place="Simville", languages="fr, nl").status
        == 303
    )
    shown = city.text(PAGE)
    assert ("City of Simville" in shown, "fr, nl" in shown) == (True, True)
    refused = send(city, "identity", organisation="", place="Simville", languages="fr")
    assert (refused.status, b'role="alert"' in refused.body) == (400, True)


def test_the_place_of_the_node_is_typed_or_chosen_and_taken_away_again(city: Node) -> None:
    said = {"organisation": "City of Simville", "place": "Simville", "languages": "fr"}
    wrong = send(city, "identity", **said, longitude="3.06", latitude="95")
    assert (wrong.status, b"no place on Earth" in wrong.body) == (400, True)
    assert send(city, "identity", **said, longitude="3,06", latitude="50.63").status == 303
    assert city.run(signer_of(city.portal.network)).place == {"name": "Simville", "point": [3.06, 50.63]}
    shown = city.text(PAGE)
    assert 'value="3.06"' in shown
    assert '"around": [3.06, 50.63]' in shown
    assert send(city, "identity", **said, longitude="", latitude="").status == 303
    assert city.run(signer_of(city.portal.network)).place == {"name": "Simville"}


def test_a_request_is_accepted_and_the_second_decision_is_told_whose_the_first_was(city: Node) -> None:
    be_chapter(city)
    id = ask(city)
    assert "Good day" in city.text(PAGE)
    assert send(city, "accept", request=id).status == 303
    shown = city.text(PAGE)
    assert ("Simulated city, Elsewhere" in shown, "Nobody asks to join" in shown) == (True, True)
    late = send(city, "refuse", request=id, reason="too late")
    assert (late.status, "was accepted by" in late.body.decode()) == (400, True)
    assert [peer["did"] for peer in city.run(peers(city.portal.network))] == [did_of(OTHER)]
    assert send(city, "end", node=did_of(OTHER), reason="It was dissolved.").status == 303
    assert "none yet" in city.text(PAGE)


def test_an_invitation_is_shown_once(city: Node) -> None:
    be_chapter(city)
    made = send(city, "invite", note="for a city")
    code = re.search(r"The code is (\w{32})", made.body.decode())
    assert (made.status, code is not None) == (200, True)
    assert code is not None
    assert code[1] not in city.text(PAGE)


def test_a_chapter_is_changed_with_a_reason(city: Node) -> None:
    be_chapter(city)
    assert send(city, "chapter", name="Another name").status == 400
    assert send(city, "chapter", name="Another name", reason="a slip").status == 303
    assert "Another name" in city.text(PAGE)


def test_a_chapter_that_does_not_answer_is_said_and_nothing_is_kept(city: Node) -> None:
    got = send(city, "join", node=OTHER)
    assert (got.status, "does not answer" in got.body.decode()) == (400, True)
    assert "This node is in no chapter yet" in city.text(PAGE)


def test_a_peer_is_followed_and_its_state_is_shown(city: Node) -> None:
    assert send(city, "follow", node="ftp://nowhere").status == 400
    assert send(city, "follow", node=OTHER).status == 303
    assert "It was not asked yet." in city.text(PAGE)
    key = peer_key(did_of(OTHER))
    peer = city.run(city.portal.store.read([key]))[key].body
    about: JsonObject = {"organisation": "<b>Liars</b>", "place": {"name": ""}, "languages": []}
    city.keep(
        key.kind, key.id, {**peer, "state": "broken", "frozen": True, "why": "Two entries 7.", "about": about}
    )
    shown = city.text(PAGE)
    assert all(part in shown for part in ("not believed", "Two entries 7.", "&lt;b&gt;Liars", "Read anew"))
    assert send(city, "believe", node=did_of(OTHER)).status == 303
    assert "not believed" not in city.text(PAGE)
    assert send(city, "unfollow", node=did_of(OTHER)).status == 303
    assert OTHER not in city.text(PAGE)


def test_everybody_sees_chapters_and_nobody_else_sees_forms_and_peers(city: Node) -> None:
    be_chapter(city)
    ask(city)
    for actor in (ANYBODY, Actor("firm", frozenset({"trade"}))):
        shown = city.ask(Request("GET", PAGE, actor=actor, raw_path=PAGE)).body.decode()
        assert "A simulated chapter" in shown
        assert '<form method="post"' not in shown
        assert all(part not in shown for part in ("Good day", "Nodes that this one follows"))


def test_the_page_is_there_in_french(city: Node) -> None:
    shown = city.text("/fr/network/nodes")
    assert "Nœuds et chapitres" in shown
