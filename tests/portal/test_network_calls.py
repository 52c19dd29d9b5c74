"""The pages of needs and calls: for everybody, coordinators, firms and jurors."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tests.network.city import account_of
from tests.portal.calling import CORA, calling_node
from tests.portal.node import Node

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.network.operations.documents import retrieve
from beffroi.network.rules.kinds import KINDS
from beffroi.web.message import Actor, Request, Response

NEEDS, CALLS = "/en/network/needs", "/en/network/calls"


@pytest.fixture
def node() -> Iterator[Node]:
    with calling_node() as made:
        yield made


def as_(name: str) -> dict[str, str]:
    return {"cookie": f"beffroi_session={name}"}


def send(node: Node, who: str, page: str, path: str, **fields: str) -> Response:
    """Send a form that stands on a page."""
    proof = re.search(r'name="proof" value="(\w+)"', node.text(page, as_(who)))
    assert proof is not None, page
    body = urlencode({"proof": proof[1], **fields}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", **as_(who)}
    return node.ask(Request("POST", path, "", headers, body, raw_path=path))


def alerted(response: Response, status: int, sentence: str) -> None:
    assert response.status == status, response.body[:300]
    found = re.search(r'role="alert"[^>]*>(.*?)</p>', response.body.decode())
    assert found is not None
    assert sentence in unescape(found[1])


def test_needs_are_listed_filtered_and_those_of_several_cities_marked(node: Node) -> None:
    page = node.text(NEEDS, as_("nobody"))
    assert page.count('<li class="card">') == 14
    assert "2 cities" in page
    assert page.count('<li class="card">') > node.text(f"{NEEDS}?shared=1").count('<li class="card">') == 1
    assert node.text(f"{NEEDS}?domain=economy").count('<li class="card">') == 0
    assert "Say what the city needs" not in page
    assert "Say what the city needs" in node.text(NEEDS, as_("cora"))


def test_a_long_list_says_how_many_needs_it_leaves_out(node: Node) -> None:
    kind = KINDS["need"]
    content = node.run(retrieve(node.portal.network, kind, node.made["need"], CORA))["content"]
    origin = "did:web:many.example"
    for number in range(290):
        id = f"{origin}/needs/{number}"
        document: JsonObject = {
            "id": id,
            "kind": "need",
            "origin": origin,
            "version": 1,
            "created": "",
            "changed": "",
            "state": "published",
            "published": "",
            "content": content,
        }
        node.keep("net:need", id, document)
    page = node.text(NEEDS, as_("nobody"))
    assert page.count('<li class="card">') == 300
    assert "4 more are not shown" in page


def test_a_need_shows_who_has_it_and_what_is_like_it_with_the_reason(node: Node) -> None:
    page = node.text(f"{NEEDS}/{node.made['need']}", as_("nobody"))
    assert "Ook voor fietsers" in page
    assert "nieuwdam.example" in page
    assert "Let trams through at junctions" in page
    assert "both speak of traffic light" in page
    french = node.text(f"/fr/network/needs/{node.made['need']}", as_("nobody"))
    assert "les deux parlent de feu tricolore" in french


def need_fields(**more: str) -> dict[str, str]:
    fields = {
        "title": "Une place libre",
        "problem": "Trouver une place de parking libre.",
        "domain": "mobility",
        "language": "fr",
        "types": "OffStreetParking, ParkingSpot",
    }
    answers = {
        f"{name}{part}": value
        for name in ("desirability", "applicability", "feasibility")
        for part, value in (("", "3"), (".reason", "Simulated."))
    }
    return {**fields, **answers, **more}


def test_an_officer_publishes_a_need(node: Node) -> None:
    done = send(node, "cora", NEEDS, NEEDS, **need_fields(to="40 000,50", currency="EUR", **{"from": "1000"}))
    assert done.status == 303, done.body
    page = node.text(done.headers["location"], as_("cora"))
    assert "1,000 – 40,000.5 EUR" in page
    assert "Car parks, Parking spots" in page


def test_a_need_that_is_not_right_comes_back_with_what_is_wrong(node: Node) -> None:
    done = send(node, "cora", NEEDS, NEEDS, **need_fields(to="10", currency="XXX", **{"from": "5"}))
    alerted(done, 400, "XXX")
    assert b"Une place libre" in done.body


def test_ours_too_and_a_joint_call(node: Node) -> None:
    page = f"{NEEDS}/{node.made['need']}"
    done = send(node, "cora", page, f"{page}/call")
    assert done.status == 303
    draft = node.text(done.headers["location"], as_("cora"))
    assert "Name of did:web:nieuwdam.example" in draft


def draft_fields(**more: str) -> dict[str, str]:
    return {
        "title": "T", "challenge": "C", "criterion0": "Quality", "weight0": "60", "criterion1": "Price", "weight1": "40", "zone": "Europe/Paris",
        "opens": "2026-11-23T09:00", "questions": "2026-12-01T09:00", "closes": "2026-12-10T09:00", "decides": "2026-12-20T09:00",
        "from": "1000", "to": "2000", "currency": "EUR", "eligibility": "A firm", "requirement": "1.C1.R1.1", **more,
    }  # fmt: skip


def test_a_draft_is_written_in_a_form_and_opened(node: Node) -> None:
    begun = send(node, "cora", CALLS, CALLS, title="T", challenge="C", domain="mobility")
    page = begun.headers["location"]
    alerted(send(node, "cora", page, page, **draft_fields(weight1="30", do="open")), 400, "add up to 90")
    alerted(send(node, "cora", page, page, **draft_fields(weight1="x", do="open")), 400, "weight")
    alerted(send(node, "cora", page, page, **draft_fields(eligibility="", do="open")), 400, "no eligibility")
    done = send(node, "cora", page, page, **draft_fields(do="open"))
    assert done.status == 303, done.body
    shown = node.text(done.headers["location"], as_("nobody"))
    assert "Europe/Paris" in shown
    assert "10 Dec 2026, 09:00" in shown
    assert "1.C1.R1.1" in shown
    assert '<rect class="fill-0" x="0" width="60"' in shown


def test_a_leap_second_and_a_foreign_offset_are_shown(node: Node) -> None:
    begun = send(node, "cora", CALLS, CALLS, title="T", challenge="C", domain="mobility")
    page = begun.headers["location"]
    moments = {"closes": "2026-12-31T23:59:60Z", "decides": "2027-01-20T09:00:00-05:00"}
    assert send(node, "cora", page, page, **draft_fields(**moments, do="open")).status == 303
    shown = node.text(page.removesuffix("/draft"), as_("cora"))
    assert "1 Jan 2027, 01:00" in shown
    assert "20 Jan 2027, 15:00" in shown


def test_every_call_is_listed_and_a_draft_only_inside(node: Node) -> None:
    assert node.text(CALLS, as_("nobody")).count('<li class="card">') == 3
    assert node.text(CALLS, as_("cora")).count('<li class="card">') == 4
    assert node.get(f"{CALLS}/{node.made['draft']}", as_("nobody")).status == 404


def test_a_cloned_draft_says_what_to_read(node: Node) -> None:
    page = node.text(f"{CALLS}/{node.made['draft']}/draft", as_("cora"))
    assert "Title, The challenge, Contract" in page
    assert "[ville]" in page


ANSWERS = {
    "firm": "Third (simulated)",
    "summary": "S",
    "answer.quality": "Q",
    "answer.price": "P",
    "answer.open": "O",
    "amount": "24 000,00",
    "currency": "EUR",
    "eligible": "yes",
}


def test_a_firm_applies_in_three_steps_and_only_the_last_one_writes(node: Node) -> None:
    page = f"{CALLS}/{node.made['open']}"
    assert "We meet every condition" in node.text(f"{page}/apply", as_("otto"))
    form = f"{page}/apply?eligible=yes"
    assert "Otherpark (simulated)" in node.text(form, as_("otto"))
    alerted(
        send(node, "otto", form, f"{page}/apply", do="review", **{**ANSWERS, "answer.open": ""}),
        400,
        "'answers.open'",
    )
    seen = send(node, "otto", form, f"{page}/apply", do="review", **ANSWERS)
    assert b"You send" in seen.body
    assert "Third" not in node.text(f"{page}/mine", as_("otto"))
    done = send(node, "otto", form, f"{page}/apply", do="send", pack='{"format": "x"}', **ANSWERS)
    assert done.status == 303, done.body
    mine = node.text(done.headers["location"], as_("otto"))
    assert "Third (simulated)" in mine
    assert "sealed until the close" in mine
    assert mine.count('<span class="code">') == 4
    assert "Third" not in node.text(page, as_("cora"))
    gone = send(node, "otto", f"{page}/mine", f"{page}/mine/withdraw")
    assert gone.status == 303
    assert "withdrawn" in node.text(f"{page}/mine", as_("otto"))


def test_sealed_applications_are_on_no_page(node: Node) -> None:
    page = f"{CALLS}/{node.made['open']}"
    for who in ("cora", "ana"):
        got = node.get(f"{page}/jury", as_(who))
        assert b"sealed until the call closes" in got.body
        assert b"Parkwise" not in got.body


def test_a_late_form_is_refused_with_both_times(node: Node) -> None:
    clock: Any = node.clock
    page = f"{CALLS}/{node.made['open']}"
    proof = re.search(r'name="proof" value="(\w+)"', node.text(f"{page}/apply?eligible=yes", as_("otto")))
    assert proof is not None
    clock.now = Instant("2026-12-20T11:00:00.000000Z")
    body = urlencode({"proof": proof[1], "do": "send", **ANSWERS}).encode()
    late = node.ask(Request("POST", f"{page}/apply", "", as_("otto"), body, raw_path=f"{page}/apply"))
    alerted(late, 400, "closed at 2026-12-20T11:00:00.000000Z; this came at 2026-12-20T11:00:00.000000Z")


def test_a_juror_declares_and_scores(node: Node) -> None:
    page = f"{CALLS}/{node.made['evaluating']}/jury"
    assert "not declared yet" in node.text(page, as_("ana"))
    one = f"{page}/{node.made['evaluating pia']}"
    alerted(
        send(node, "ana", one, one, do="score", **{"points.price": "11", "reason.price": "Too many points."}),
        400,
        "11",
    )
    done = send(node, "ana", one, one, do="score", **{"points.price": "7", "reason.price": "A fair price."})
    assert done.status == 303, done.body
    assert "1 of 3 criteria scored" in node.text(page, as_("ana"))
    other = f"{page}/{node.made['evaluating otto']}"
    assert send(node, "ana", other, other, do="conflict", reason="My brother works there.").status == 303
    assert "1 application is not shown" in node.text(page, as_("ana"))
    assert node.get(other, as_("ana")).status == 404


def test_who_is_invited_answers_first_and_then_reads(node: Node) -> None:
    page = f"{CALLS}/{node.made['evaluating']}"
    node.visitors["cyd"] = Actor("cyd", frozenset({"read", "judge"}), account=account_of("cyd"))
    assert "jury</a>" not in node.text(page, as_("cyd"))
    assert send(node, "cora", page, f"{page}/invite", jurors="ana\nbob\ncyd").status == 303
    assert "cyd: has not answered yet" in node.text(page, as_("cora"))
    assert "Answer the invitation to the jury" in node.text(page, as_("cyd"))
    desk = node.text(f"{page}/jury", as_("cyd"))
    assert "You are invited to the jury" in desk
    assert "Parkwise" not in desk
    sheet = f"{page}/jury/{node.made['evaluating pia']}"
    assert node.get(sheet, as_("cyd")).status == 403
    assert send(node, "cyd", f"{page}/jury", f"{page}/invitation", do="accept").status == 303
    assert "Parkwise" in node.text(f"{page}/jury", as_("cyd"))
    assert "cyd: has accepted" in node.text(page, as_("cora"))


def test_a_juror_declines_with_a_reason(node: Node) -> None:
    page = f"{CALLS}/{node.made['evaluating']}"
    node.visitors["cyd"] = Actor("cyd", frozenset({"read", "judge"}), account=account_of("cyd"))
    send(node, "cora", page, f"{page}/invite", jurors="ana\nbob\ncyd")
    done = send(node, "cyd", f"{page}/jury", f"{page}/invitation", do="decline", reason="No time.")
    assert done.status == 303
    assert "cyd: has declined – No time." in node.text(page, as_("cora"))
    assert node.get(f"{page}/jury", as_("cyd")).status == 403


def test_the_ranking_explains_itself_and_an_award_needs_all_points(node: Node) -> None:
    page = f"{CALLS}/{node.made['evaluating']}/ranking"
    shown = node.text(page, as_("cora"))
    assert "Points are missing:" in shown
    alerted(
        send(node, "cora", page, page, application=node.made["evaluating pia"], reasons="x"),
        400,
        "points are missing",
    )


def test_an_award_is_published_with_its_ranking_and_not_with_what_losers_wrote(node: Node) -> None:
    page = node.text(f"{CALLS}/{node.made['awarded']}", as_("nobody"))
    assert "Awarded to <b>Parkwise (simulated)</b>" in page
    assert "Best in all criteria." in page
    assert "not named" in page
    assert "Otherpark" not in page
    assert "A simulated service." not in page
    ranking = node.text(f"{CALLS}/{node.made['awarded']}/ranking", as_("cora"))
    assert "50 × 8 / 10 = 40" in ranking


def test_a_coordinator_moves_the_calendar_and_firms_are_told(node: Node) -> None:
    page = f"{CALLS}/{node.made['open']}"
    alerted(
        send(node, "cora", page, f"{page}/prolong", closes="2026-12-01T12:00", reason="x"),
        400,
        "only to later",
    )
    done = send(node, "cora", page, f"{page}/prolong", closes="2026-12-24T12:00", reason="A strike.")
    assert done.status == 303, done.body
    assert "24 Dec 2026, 12:00" in node.text(page, as_("nobody"))
    assert "A strike." in node.text(f"{page}/mine", as_("otto"))


def test_a_text_of_an_open_call_is_corrected_with_the_reason_and_firms_are_told(node: Node) -> None:
    page = f"{CALLS}/{node.made['open']}"
    texts = {
        "title": "Parking, said better",
        "challenge": "Show it all.",
        "contract": "",
        "contact": "office@city.example",
    }
    refused = send(node, "cora", page, f"{page}/correct", **texts, reason=" ")
    assert (refused.status, b"with a reason" in refused.body) == (400, True)
    assert send(node, "cora", page, f"{page}/correct", **texts, reason="It was unclear").status == 303
    shown = node.text(page, as_("nobody"))
    assert all(said in shown for said in ("Parking, said better", "office@city.example", "Show it all."))
    told = node.text(f"{page}/mine", as_("pia"))
    assert "A text of the call was corrected." in told
    assert "It was unclear" in told


def test_a_firm_asks_a_coordinator_answers_and_everybody_reads_it(node: Node) -> None:
    page = f"{CALLS}/{node.made['open']}"
    nobody = node.text(page, as_("nobody"))
    assert "The city does (simulated)." in nobody
    assert "Who cleans the sensors" in nobody
    assert "Since when" not in nobody
    for who in ("nobody", "cora", "otto"):
        assert (
            "parkwise"
            not in node.text(page, as_(who))
            .lower()
            .partition("questions-title")[2]
            .partition("</section>")[0]
        )
    assert "until" in nobody
    late = send(node, "pia", f"{page}/mine", f"{page}/questions", question="Is it too late for a question?")
    alerted(late, 400, "is too late")
    path = f"{page}/questions/{node.made['question otto']}"
    refused = send(node, "cora", page, path, question="Since when?", answer=" ")
    assert refused.status == 400
    said = {"question": "Since when is it so (simulated)?", "answer": "Since 2020 (simulated)."}
    assert send(node, "cora", page, path, **said).status == 303
    shown = node.text(page, as_("nobody"))
    assert said["answer"] in shown
    assert said["question"] in shown
    assert "answered" in node.text(page, as_("otto"))
    assert "A question was answered." in node.text(f"{page}/mine", as_("pia"))
    answer = f"{page}/answers/{node.made['answer']}"
    assert send(node, "cora", page, answer, answer="We do.", reason="").status == 400
    assert send(node, "cora", page, answer, answer="We do.", reason="Misread (simulated)").status == 303
    assert "Misread (simulated)" in node.text(page, as_("nobody"))


def test_what_another_node_says_badly_is_left_out_and_breaks_no_page(node: Node) -> None:
    origin = "did:web:liar.example"
    bad: dict[str, list[JsonObject]] = {
        "need": [{"title": 7}, {}],
        "interest": [{"need": ["x"]}],
        "call": [{"title": "T", "language": "en", "challenge": "C", "domain": "mobility"}, {"stage": "open"}],
        "award": [{"call": "x"}],
    }
    for word, contents in bad.items():
        for number, content in enumerate(contents):
            id = f"{origin}/{KINDS[word].path}/{number}"
            document: JsonObject = {
                "id": id,
                "kind": word,
                "origin": origin,
                "version": 1,
                "created": "",
                "changed": "",
                "state": "published",
                "published": "",
                "content": content,
            }
            node.keep(f"net:{word}", id, document)
    assert node.text(NEEDS, as_("nobody")).count('<li class="card">') == 14
    assert node.text(CALLS, as_("nobody")).count('<li class="card">') == 3
    assert "Let trams through" in node.text(f"{NEEDS}/{node.made['need']}", as_("nobody"))
    for page in (
        f"{NEEDS}/{quote(f'{origin}/needs/0', safe='')}",
        f"{CALLS}/{quote(f'{origin}/calls/0', safe='')}",
    ):
        got = node.get(page, as_("cora"))
        assert got.status == 502, got
        assert b"is not one that this node can read" in got.body


def test_a_juror_is_excused_with_a_reason(node: Node) -> None:
    page = f"{CALLS}/{node.made['evaluating']}"
    assert send(node, "cora", page, f"{page}/excuse", juror="bob", reason="Ill.").status == 303
    assert "bob is excused: Ill." in node.text(page, as_("cora"))
    assert "bob" not in node.text(f"{page}/ranking", as_("cora"))


def test_another_step_does_not_exist(node: Node) -> None:
    page = f"{CALLS}/{node.made['open']}"
    alerted(send(node, "cora", page, f"{page}/explode"), 400, "no step 'explode'")
