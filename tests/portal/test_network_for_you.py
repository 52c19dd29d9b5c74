"""What concerns an account on a page with marks on what is unread; the public steps of a call as an Atom feed."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from tests.network.city import signer_of
from tests.portal.calling import CORA, NOW, calling_node
from tests.portal.node import Clock, Node
from tests.portal.test_network_calls import as_, send

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.network.operations.calls import questions, steps
from beffroi.web.message import ANYBODY

PAGE = "/en/network/for-you"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def node() -> Iterator[Node]:
    with calling_node() as made:
        yield made


def unread(page: str) -> int:
    return page.count('<li class="panel unread">')


def test_a_firm_sees_what_became_of_its_applications_and_questions_until_it_has_read_it(node: Node) -> None:
    page = node.text(PAGE, as_("pia"))
    assert "Your firm was chosen." in page
    assert "Your question was answered:" in page
    assert "Your application was received." in page
    assert f"/en/network/calls/{node.made['open']}#questions" in page
    other = node.text(PAGE, as_("otto"))
    assert "awarded to another firm" in other
    assert "Your firm was chosen." not in other
    assert "Your question was answered" not in other
    all_of_it = page.count('<li class="panel')
    assert unread(page) == all_of_it > 3
    assert send(node, "pia", PAGE, PAGE).headers["location"] == PAGE
    page = node.text(PAGE, as_("pia"))
    assert (unread(page), page.count('<li class="panel')) == (0, all_of_it)
    assert "You have read everything." in page
    assert unread(node.text(PAGE, as_("otto"))) > 0
    assert isinstance(node.clock, Clock)
    node.clock.now = Instant("2026-11-23T09:00:00.000000Z")
    cancelled = steps.cancel(node.portal.network, node.made["open"], "No money is left.", CORA)
    node.run(cancelled)
    page = node.text("/fr/network/for-you", as_("pia"))
    assert unread(page) == 1
    assert "No money is left." in page


def test_a_call_that_closes_within_a_week_is_named_with_its_close(node: Node) -> None:
    assert "closes soon" not in node.text(PAGE, as_("otto"))
    assert isinstance(node.clock, Clock)
    node.clock.now = Instant("2026-12-15T09:00:00.000000Z")
    page = node.text(PAGE, as_("otto"))
    assert "The call closes soon." in page
    assert "until" in page


def test_a_coordinator_sees_questions_that_wait_and_steps_of_the_citys_calls(node: Node) -> None:
    page = node.text(PAGE, as_("cora"))
    assert "A firm asks; answer before the close:" in page
    assert "Since when (simulated)?" in page
    for secret in ("otherpark", "parkwise (simulated)"):
        assert secret not in page.lower()


def test_nobody_sees_nothing_and_is_told_to_sign_in(node: Node) -> None:
    page = node.text(PAGE, as_("nobody"))
    assert "Sign in to see what concerns you." in page
    assert unread(page) == 0
    assert "for-you" not in node.text("/en/network/calls", as_("nobody"))
    assert "for-you" in node.text("/en/network/calls", as_("pia"))


def test_the_steps_of_a_call_are_a_feed_that_its_page_names(node: Node) -> None:
    awarded, opened = (f"/en/network/calls/{node.made[word]}" for word in ("awarded", "open"))
    page = node.text(awarded, as_("nobody"))
    assert f'<link rel="alternate" type="application/atom+xml" href="{awarded}/atom"' in page
    got = node.get(f"{awarded}/atom", as_("nobody"))
    assert got.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(got.body)
    titles = [each.findtext(f"{ATOM}title") for each in feed.iter(f"{ATOM}entry")]
    assert titles[0] == "The call was awarded."
    assert titles[-1] == "The call was opened."
    moments = [each.findtext(f"{ATOM}updated") or "" for each in feed.iter(f"{ATOM}entry")]
    assert moments == sorted(moments, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == moments[0] <= NOW
    ids = [each.text for each in feed.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)
    own = next(each for each in feed.findall(f"{ATOM}link") if each.get("rel") == "self")
    assert (own.get("href") or "").endswith(f"{awarded}/atom")
    node.run(
        steps.change(node.portal.network, node.made["open"], {"title": "A\x01 & <b>"}, CORA, "Clearer\x0c")
    )
    said = node.get(f"{opened}/atom", as_("nobody")).body
    assert b"A text of the call was corrected." in said
    assert ET.fromstring(said).findtext(f"{ATOM}title") == "A\ufffd & <b>"
    assert b"The city does (simulated)." in said
    assert b"Since when" not in said
    assert all(word not in said.lower() for word in (b"parkwise", b"pia", b"cora"))


def test_a_draft_has_no_feed_even_inside(node: Node) -> None:
    draft = f"/en/network/calls/{node.made['draft']}"
    assert node.get(f"{draft}/atom", as_("cora")).status == 404
    assert "atom" not in node.text(draft, as_("cora"))


def test_answers_of_another_city_about_a_call_that_is_not_its_own_are_not_shown(node: Node) -> None:
    own = node.run(signer_of(node.portal.network)).did
    call, liar = f"{own}/calls/{node.made['open']}", "did:web:liar.example"
    content: JsonObject = {
        "call": call,
        "language": "en",
        "question": "Who is to win (simulated)?",
        "answer": "Us.",
    }
    node.keep("net:answer", f"{liar}/answers/1", {
        "id": f"{liar}/answers/1", "kind": "answer", "origin": liar, "version": 1, "state": "published", "content": content,
        "created": NOW, "changed": NOW, "published": NOW,
    })  # fmt: skip
    found = node.run(questions.answers_of(node.portal.network, call, ANYBODY))
    assert [each["origin"] for each in found] == [own]
