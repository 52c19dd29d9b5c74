"""Solutions on pages: what they need, where they run, will it run here, and a mapping that a person confirms."""

import html
import json
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from tests.network.solutions.cities import content, reference
from tests.portal.node import Node, make_node
from tests.portal.solving import fit

from beffroi.kernel.json import JsonObject
from beffroi.web.message import Actor, Request, Response

PAGE = "/en/network/solutions"


@pytest.fixture
def city() -> Iterator[Node]:
    with make_node(fit=fit) as made:
        yield made


def send(node: Node, shown: str, path: str, **fields: str) -> Response:
    proof = re.search(r'name="proof" value="(\w+)"', node.text(shown))
    assert proof is not None
    body = urlencode({"proof": proof[1], **fields}).encode()
    return node.ask(Request("POST", path, "", {}, body, raw_path=path))


def published(node: Node) -> str:
    """The address of the page of a solution that the office has published."""
    made = send(
        node, PAGE, PAGE, manifest=json.dumps(reference()), city="Otherville",
        endpoint="https://other.example/forecasts", shows="AvailabilityForecast",
    )  # fmt: skip
    assert made.status == 303, made.body
    return str(made.headers["location"])


def text_of(response: Response) -> str:
    return html.unescape(response.body.decode())


def test_a_solution_is_published_with_its_manifest_and_a_wrong_one_is_refused(city: Node) -> None:
    refused = send(city, PAGE, PAGE, manifest=json.dumps(content(licence="Mine")))
    assert refused.status == 400
    assert "'licence' is \"Mine\"" in text_of(refused)
    assert send(city, PAGE, PAGE, manifest="{").status == 400
    shown = city.text(published(city))
    for part in ("BikeHireDockingStation", "availableBikeNumber", "Otherville", "not looked at yet"):
        assert part in shown
    assert "Disponibilité et prévision" in city.text(PAGE.replace("/en/", "/fr/"))


def test_the_fit_is_shown_need_by_need_with_words_beside_the_symbols(city: Node) -> None:
    page = published(city)
    shown = text_of(send(city, page, page, do="measure"))
    assert "nb_velos_dispo + nb_places_dispo" in shown
    for word in ("covered", "derivable", "missing"):
        assert re.search(rf'aria-hidden="true">.</span> {word}', shown), word
    assert '<svg class="coverage"' in shown
    assert "6 of 6 sampled entities" in shown
    french = page.replace("/en/", "/fr/")
    assert "La somme de nb_velos_dispo" in text_of(send(city, french, french, do="measure"))


def test_a_mapping_is_tried_changed_and_confirmed(city: Node) -> None:
    page = published(city)
    shown = text_of(send(city, page, page, do="measure"))
    proposed = re.search(r'<textarea id="mapping"[^>]*>(.*?)</textarea>', shown, re.DOTALL)
    assert proposed is not None
    mapping = json.loads(proposed[1])
    mapping["types"][0]["attributes"]["totalSlotNumber"] = {"quotient": ["nb_places_dispo", "nb_velos_dispo"]}
    tried = text_of(send(city, page, page, do="try", mapping=json.dumps(mapping)))
    assert "5 of 6 sampled entities" in tried
    assert "'nb_velos_dispo' is 0 and divides nothing (1×)" in tried
    mapping["types"][0]["attributes"]["totalSlotNumber"] = {"divide": 0, "from": "a"}
    wrong = send(city, page, page, do="confirm", mapping=json.dumps(mapping))
    assert (wrong.status, "divide' is 0" in text_of(wrong)) == (400, True)
    assert "Confirmed mappings" not in city.text(page)
    done = send(city, page, page, do="confirm", mapping=proposed[1])
    assert done.status == 303, done.body
    assert "Confirmed mappings" in city.text(page)


def test_who_may_not_steer_sees_the_solution_and_measures_nothing(city: Node) -> None:
    page = published(city)
    anybody = Actor("anybody", frozenset())
    shown = city.ask(Request("GET", page, actor=anybody)).body.decode()
    assert "availableBikeNumber" in shown
    assert "Measure and say" not in shown


def test_what_a_manifest_says_is_shown_and_never_interpreted(city: Node) -> None:
    hostile = content(name={"en": "<script>alert(1)</script>"}, maker={"name": "<b>x</b>"})
    made = send(city, PAGE, PAGE, manifest=json.dumps(hostile))
    shown = city.text(str(made.headers["location"]))
    assert "<script>alert" not in shown
    assert "<b>x</b>" not in shown


def test_what_other_nodes_say_wrongly_leaves_the_pages_as_they_are(city: Node) -> None:
    for kind in ("solution", "mapping", "replication"):
        other = "did:web:liar.example"
        document: JsonObject = {
            "id": f"{other}/{kind}s/1", "kind": kind, "origin": other, "version": 1, "state": "published",
            "published": "2026-11-22T12:00:00Z", "content": {"solution": "availability", "cost": "much"},
        }  # fmt: skip
        city.keep(f"net:{kind}", f"{other}/{kind}s/1", document)
    assert "No solution was published yet" in city.text(PAGE)
    assert "liar.example" not in city.text(published(city))
