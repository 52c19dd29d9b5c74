"""Practices, events and the comparison on pages: read by everybody, written by the office."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from tests.portal.node import Node, make_node

from beffroi.kernel.json import JsonObject
from beffroi.web.message import Actor, Request, Response

PRACTICE = {
    "title": "Night buses by need", "domain": "mobility", "endpoint": "https://city.example/ngsi-ld/v1",
    "contract": "https://city.example/contract.pdf", "amount": "9800,50", "currency": "EUR",
    "result": "Waiting fell from 24 to 11 minutes.",
}  # fmt: skip


@pytest.fixture
def city() -> Iterator[Node]:
    with make_node() as made:
        yield made


def send(node: Node, shown: str, path: str, **fields: str) -> Response:
    proof = re.search(r'name="proof" value="(\w+)"', node.text(shown))
    assert proof is not None
    body = urlencode({"proof": proof[1], **fields}).encode()
    return node.ask(Request("POST", path, "", {}, body, raw_path=path))


def test_a_practice_is_published_with_what_shows_it_and_can_be_withdrawn(city: Node) -> None:
    refused = send(city, "/en/network/practices", "/en/network/practices", **{**PRACTICE, "endpoint": ""})
    assert (refused.status, b"is published with an" in refused.body) == (400, True)
    assert PRACTICE["result"] in refused.body.decode()
    made = send(city, "/en/network/practices", "/en/network/practices", **PRACTICE)
    assert made.status == 303
    path = made.headers["location"]
    shown = city.text(path)
    assert all(part in shown for part in ("9,800.5", "EUR", PRACTICE["result"], "not looked at yet"))
    form = path.replace("practices", "correct/practice")
    assert send(city, form, f"{form}/withdraw", reason="Ended").status == 303
    assert "Ended" in city.text(path)
    assert "No practice was published yet" in city.text("/en/network/practices")


def test_what_another_node_says_badly_is_left_out_of_pages(city: Node) -> None:
    origin = "did:web:other.example"
    said: JsonObject = {"origin": origin, "version": 1, "state": "published", "published": "2026-11-01T00:00:00.000000Z",
            "created": "x", "changed": "x", "content": {"title": 7, "endpoint": "javascript:alert(1)"}}  # fmt: skip
    for kind, path in (
        ("practice", "practices"),
        ("event", "events"),
        ("pledge", "pledges"),
        ("comparison", "comparisons"),
    ):
        id = f"{origin}/{path}/1"
        city.keep(f"net:{kind}", id, {**said, "id": id, "kind": kind})
    for page in ("practices", "events", "comparison", "strategy", f"strategy?origin={origin}"):
        assert "javascript:" not in city.text(f"/en/network/{page}")
    assert city.get(f"/en/network/practices/{quote(f'{origin}/practices/1', safe='')}").status == 404
    assert city.get(f"/en/network/strategy/{quote(f'{origin}/pledges/1', safe='')}").status == 404


def test_practices_are_sorted_by_domain(city: Node) -> None:
    send(city, "/en/network/practices", "/en/network/practices", **PRACTICE)
    assert PRACTICE["title"] in city.text("/en/network/practices?domain=mobility")
    assert PRACTICE["title"] not in city.text("/en/network/practices?domain=water")


def test_what_was_learned_at_an_event_is_added_to_it(city: Node) -> None:
    page = "/en/network/events"
    wrong = {"title": "Tour of nodes", "sort": "tour", "begins": "2026-10-02", "ends": "2026-10-01"}
    assert send(city, page, page, **wrong).status == 400
    assert send(city, page, page, **{**wrong, "ends": "2026-10-03", "place": "Simville"}).status == 303
    learn = re.search(r'action="([^"]+/learned)"', city.text(page))
    assert learn is not None
    assert send(city, page, learn[1], learned="Ask for the notice period.").status == 303
    assert "Ask for the notice period." in city.text("/fr/network/events")


def test_the_comparison_says_that_nobody_is_in_it_by_default(city: Node) -> None:
    assert "No city takes part yet" in city.text("/en/network/comparison")


@pytest.mark.parametrize("page", ["practices", "events", "comparison"])
def test_visitors_see_no_forms(city: Node, page: str) -> None:
    request = Request("GET", f"/en/network/{page}", actor=Actor("anybody", frozenset()))
    assert b'method="post"' not in city.ask(request).body
