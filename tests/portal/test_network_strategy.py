"""The strategy's pages: the board for everybody, forms for the office, what was said before for all."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tests.portal.node import Node, make_node

from beffroi.web.message import Actor, Request, Response

TABLE = (
    "Engagement;Action;Statut;Fin;Motif;Indicateur;Valeur;Cible\n"
    "Ouvrir;Publier;en cours;2026-01-01;;Jeux;10;40\nOuvrir;Éteindre;arrêté;;Trop cher;;;\n"
)
HOME = "/en/network/strategy"


@pytest.fixture
def city() -> Iterator[Node]:
    with make_node() as made:
        yield made


def send(node: Node, path: str, actor: Actor | None = None, **fields: str) -> Response:
    shown = node.text(path.partition("/withdraw")[0].partition("/new")[0])
    proof = re.search(r'name="proof" value="(\w+)"', shown)
    assert proof is not None
    body = urlencode({"proof": proof[1], **fields}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = Request("POST", path, "", headers, body, raw_path=path)
    if actor is not None:
        request.actor = actor
    return node.ask(request)


def load(node: Node) -> None:
    assert send(node, HOME, table=TABLE, language="fr", do="import").status == 303


def link(node: Node, title: str) -> str:
    found = re.search(rf'href="([^"]+)"[^>]*>{title}</a>', node.text(HOME))
    assert found is not None
    return found[1]


def test_an_empty_board_says_so(city: Node) -> None:
    assert "No pledge was published yet" in city.text(HOME)


def test_a_pasted_table_is_tried_and_then_imported(city: Node) -> None:
    tried = send(city, HOME, table=TABLE, language="fr", do="try")
    assert b"It would make 5 documents, correct 0" in tried.body
    assert "No pledge was published yet" in city.text(HOME)
    load(city)
    board = city.text(HOME)
    assert all(word in board for word in ("Ouvrir", "Publier", "late", "stopped", "Trop cher"))


def test_the_french_board_says_in_french_what_is_wrong(city: Node) -> None:
    french = HOME.replace("/en/", "/fr/")
    table = send(city, french, table="Engagement;Fin\nOuvrir;juin\n", language="fr", do="try")
    assert table.status == 400
    assert "Rien n’a été lu\xa0: ligne 2\xa0: «\xa0juin\xa0» n’est pas une date" in table.body.decode()
    pledge = send(city, f"{french}/new/pledge", title="Ouvrir", document="lille.example")
    said = pledge.body.decode()
    assert pledge.status == 400
    assert "Ce document (engagement) n’est pas correct\xa0: «\xa0document\xa0»\xa0:" in said
    assert "«\xa0lille.example\xa0» ne commence pas par http:// ou https://" in said
    assert '<span lang="en">' not in said


def test_a_table_that_is_wrong_comes_back_with_what_is_wrong(city: Node) -> None:
    got = send(city, HOME, table="engagement;fin\nA;bientôt\n", language="fr", do="import")
    assert got.status == 400
    assert "bientôt" in got.body.decode()
    assert "engagement;fin" in got.body.decode()


def test_a_stopped_action_keeps_what_was_said_before(city: Node) -> None:
    load(city)
    path = link(city, "Publier")
    refused = send(city, path, stage="stopped", reason="", why="It is over")
    assert (refused.status, b"stopped with a" in refused.body) == (400, True)
    assert send(city, path, stage="stopped", reason="No staff", why="It is over").status == 303
    shown = city.text(path)
    assert all(word in shown for word in ("No staff", "It is over", "running"))


def test_pledge_action_indicator_and_reading_are_written_by_hand(city: Node) -> None:
    assert send(city, f"{HOME}/new/pledge", title="Save", number="3").status == 303
    pledge = link(city, "Save")
    id = re.search(r'name="pledge" value="([^"]+)"', city.text(pledge))
    assert id is not None
    assert send(city, f"{HOME}/new/action", title="Act", stage="planned", pledge=id[1]).status == 303
    action = link(city, "Act")
    shows = re.search(r'name="shows" value="([^"]+)"', city.text(action))
    assert shows is not None
    fields: dict[str, Any] = {
        "title": "Lamps",
        "unit": "C62",
        "target": "10",
        "start": "0",
        "shows": shows[1],
    }
    assert send(city, f"{HOME}/new/indicator", **fields).status == 303
    reading = re.search(r'action="([^"]+/readings/[^"]+)"', city.text(action))
    assert reading is not None
    assert send(city, HOME, table="", do="try").status == 400
    proof = re.search(r'name="proof" value="(\w+)"', city.text(action))
    assert proof is not None
    body = urlencode({"proof": proof[1], "value": "2,5", "at": "2026-11-01", "note": "Counted"}).encode()
    assert city.ask(Request("POST", reading[1], "", {}, body, raw_path=reading[1])).status == 303
    assert all(word in city.text(action) for word in ("2.5", "Counted", "typed in"))


def test_who_may_not_steer_sees_no_forms(city: Node) -> None:
    load(city)
    request = Request("GET", HOME, "", {}, b"", actor=Actor("anybody", frozenset()))
    text = city.ask(request).body.decode()
    assert "Publier" in text
    assert "For the office" not in text


def test_what_is_not_there_is_not_found(city: Node) -> None:
    assert city.get(f"{HOME}/{quote('did:web:x.example/actions/1', safe='')}").status == 404


def test_the_network_counts_what_stands_where(city: Node) -> None:
    load(city)
    text = city.text("/fr/network")
    assert "1 engagement" in text
    assert 'class="is-late"' in text
