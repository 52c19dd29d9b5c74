"""What the city said is corrected and withdrawn on pages, with the reason; places are typed or chosen on a map."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from tests.network.city import signer_of
from tests.network.needs.labelled import MEASURED_ON
from tests.network.solutions.cities import reference
from tests.portal.calling import CITY_B, interest
from tests.portal.node import Node, make_node
from tests.portal.steering import hear
from tests.portal.test_network_exchange import PRACTICE, send

from beffroi.network.operations.documents import create, versions
from beffroi.network.rules.exchange.kinds import EVENT
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.kinds import KINDS
from beffroi.network.rules.needs.need import NEED_KIND
from beffroi.network.rules.strategy.kinds import ACTION, INDICATOR, PLEDGE, READING
from beffroi.web.message import LOCAL

NEED: dict[str, Any] = {
    **MEASURED_ON[0].content,
    "data": [{"type": "OffStreetParking", "dataset": "https://data.example/parking"}, {"type": "Road"}],
    "location": {"type": "Point", "coordinates": [3.05, 50.6]},
}


@pytest.fixture
def city() -> Iterator[Node]:
    with make_node() as made:
        yield made


def made(city: Node, kind: Kind, content: Any) -> str:
    """The last segment of a new published document."""
    document = city.run(create(city.portal.network, kind, content, LOCAL, publish=True))
    return str(document["id"]).rpartition("/")[2]


def newest(city: Node, kind: Kind, id: str) -> Any:
    return city.run(versions(city.portal.network, kind, id, LOCAL))[-1]


def form_of(page: str) -> dict[str, str]:
    """What the first form of the page's content would send as it is."""
    form = page[page.index('<form class="panel" method="post"') :]
    form = form[: form.index("</form>")]
    fields = dict(re.findall(r'<input id="[^"]*" name="([^"]+)"[^>]*? value="([^"]*)"', form))
    fields |= dict(re.findall(r'<textarea id="[^"]*" name="([^"]+)"[^>]*>([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)"[^>]*? selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in fields.items()}


def test_a_published_need_is_corrected_with_the_reason_and_keeps_what_the_form_does_not_show(
    city: Node,
) -> None:
    id = made(city, NEED_KIND, NEED)
    page = f"/en/network/needs/{id}"
    assert f"{page}/correct" in city.text(page)
    fields = form_of(city.text(f"{page}/correct"))
    assert (fields["longitude"], fields["latitude"], fields["types"]) == (
        "3.05",
        "50.6",
        "OffStreetParking, Road",
    )
    refused = send(
        city, f"{page}/correct", f"{page}/correct", **{**fields, "title": "Another title", "why": " "}
    )
    assert (refused.status, b"is changed with a reason" in refused.body) == (400, True)
    assert b'value="Another title"' in refused.body
    assert newest(city, NEED_KIND, id)["version"] == 1
    changed = {
        **fields,
        "title": "Another title",
        "types": "OffStreetParking",
        "longitude": "3,1",
        "why": "It was wrong",
    }
    assert send(city, f"{page}/correct", f"{page}/correct", **changed).headers["location"] == page
    document = newest(city, NEED_KIND, id)
    assert document["content"] == {
        **NEED, "title": "Another title", "data": [{"type": "OffStreetParking", "dataset": "https://data.example/parking"}],
        "location": {"type": "Point", "coordinates": [3.1, 50.6]},
    }  # fmt: skip
    shown = city.text(page)
    assert all(
        said in shown for said in ("It was wrong", "Another title", str(MEASURED_ON[0].content["title"]))
    )


@pytest.mark.parametrize(
    ("longitude", "latitude", "said"),
    [
        ("3.06", "", "est pas une coordonnée en degrés"),
        ("200", "50", "Aucun lieu de la Terre"),
        ("nan", "50", "est pas une coordonnée en degrés"),
        ("here", "there", "« here »"),
    ],
)
def test_a_place_that_is_none_is_refused_in_the_readers_language(
    city: Node, longitude: str, latitude: str, said: str
) -> None:
    id = made(city, NEED_KIND, NEED)
    page = f"/fr/network/needs/{id}/correct"
    fields = {**form_of(city.text(page)), "longitude": longitude, "latitude": latitude, "why": "x"}
    refused = send(city, page, page, **fields)
    assert (refused.status, said in html.unescape(refused.body.decode()).replace("\xa0", " ")) == (400, True)
    assert newest(city, NEED_KIND, id)["version"] == 1


def test_an_event_is_announced_with_its_place_shown_on_a_map_and_moved(city: Node) -> None:
    fields = {"title": "Tour", "sort": "tour", "begins": "2027-01-02", "place": "Onetown", "longitude": "3.7", "latitude": "51"}  # fmt: skip
    assert send(city, "/en/network/events", "/en/network/events", **fields).status == 303
    shown = city.text("/en/network/events")
    assert '"coordinates": [3.7, 51.0]' in shown
    id = re.search(r"/en/network/correct/event/([\w-]+)", shown)[1]  # type: ignore[index]
    page = f"/en/network/correct/event/{id}"
    moved = {**form_of(city.text(page)), "longitude": "", "latitude": "", "place.name": "", "ends": "2027-01-01", "why": "x"}  # fmt: skip
    assert b"before it begins" in send(city, page, page, **moved).body
    moved["ends"] = "2027-01-04"
    assert send(city, page, page, **moved).headers["location"] == "/en/network/events"
    content = newest(city, EVENT, id)["content"]
    assert (content["ends"], "place" in content) == ("2027-01-04", False)
    assert b"says what the document says already" in send(city, page, page, **moved).body


def test_a_practice_is_corrected_and_withdrawn(city: Node) -> None:
    page = str(send(city, "/en/network/practices", "/en/network/practices", **PRACTICE).headers["location"])
    form = page.replace("practices", "correct/practice")
    assert form in city.text(page)
    fields = {**form_of(city.text(form)), "cost.amount": "10 000", "cost.note": "two years", "why": "Counted again"}  # fmt: skip
    assert send(city, form, form, **fields).headers["location"] == page
    content = newest(city, KINDS["practice"], page.rpartition("/")[2])["content"]
    assert content["cost"] == {"currency": "EUR", "amount": "10000", "note": "two years"}
    assert content["result"] == PRACTICE["result"]
    assert b"withdrawn with a reason" in send(city, form, f"{form}/withdraw", reason=" ").body
    assert send(city, form, f"{form}/withdraw", reason="Ended").status == 303
    assert "Ended" in city.text(page)
    assert 'name="why"' not in city.text(form)


def test_lines_that_a_form_sends_back_as_they_were_are_no_correction(city: Node) -> None:
    typed = {**PRACTICE, "result": "Waiting fell.\r\nFrom 24 to 11 minutes."}
    page = str(send(city, "/en/network/practices", "/en/network/practices", **typed).headers["location"])
    form = page.replace("practices", "correct/practice")
    assert (
        "Waiting fell.\nFrom 24"
        in newest(city, KINDS["practice"], page.rpartition("/")[2])["content"]["result"]
    )
    fields = {**form_of(city.text(form)), "result": typed["result"], "why": "Nothing"}
    refused = send(city, form, form, **fields)
    assert (refused.status, b"says what the document says already" in refused.body) == (400, True)


def test_indicators_and_typed_readings_are_corrected_and_computed_readings_only_withdrawn(
    city: Node,
) -> None:
    own = city.run(signer_of(city.portal.network)).did
    pledge = made(city, PLEDGE, {"title": "Open", "language": "en"})
    shows = f"{own}/pledges/{pledge}"
    indicator = made(
        city, INDICATOR, {"title": "Sets", "language": "en", "unit": "C62", "shows": shows, "target": "40"}
    )
    of = {"indicator": f"{own}/indicators/{indicator}", "value": "12", "at": "2026-10-01T10:00:00Z"}
    typed = made(city, READING, {**of, "source": {"how": "typed", "note": "By hand"}})
    computed = made(city, READING, {**of, "source": {"how": "computed", "entities": 2}})
    shown = city.text(f"/en/network/strategy/{pledge}")
    for kind, id in (("indicator", indicator), ("reading", typed), ("reading", computed)):
        assert f"/en/network/correct/{kind}/{id}" in shown
    form = f"/en/network/correct/indicator/{indicator}"
    fields = {**form_of(city.text(form)), "target": "50,5", "why": "Aimed higher"}
    assert send(city, form, form, **fields).headers["location"] == f"/en/network/strategy/{pledge}"
    assert newest(city, INDICATOR, indicator)["content"]["target"] == "50.5"
    form = f"/en/network/correct/reading/{typed}"
    fields = {**form_of(city.text(form)), "value": "13", "source.note": "", "why": "One was forgotten"}
    assert send(city, form, form, **fields).status == 303
    assert newest(city, READING, typed)["content"] == {**of, "value": "13", "source": {"how": "typed"}}
    assert "corrected: One was forgotten" in city.text(f"/en/network/strategy/{pledge}")
    form = f"/en/network/correct/reading/{computed}"
    assert 'name="value"' not in city.text(form)
    assert send(city, form, f"{form}/withdraw", reason="The sensor stood still").status == 303
    assert newest(city, READING, computed)["state"] == "withdrawn"


def test_a_draft_is_published_and_ours_too_is_taken_back(city: Node) -> None:
    network = city.portal.network
    draft = city.run(create(network, EVENT, {"title": "Soon", "language": "en", "sort": "online", "begins": "2027-02-01"}, LOCAL))  # fmt: skip
    id = str(draft["id"]).rpartition("/")[2]
    form = f"/en/network/correct/event/{id}"
    assert send(city, form, f"{form}/publish").status == 303
    assert newest(city, EVENT, id)["state"] == "published"
    assert send(city, form, f"{form}/publish").status == 400
    need = f"{CITY_B}/needs/1"
    city.run(hear(city, NEED_KIND, CITY_B, MEASURED_ON[0].content, need))
    ours = made(city, KINDS["interest"], {"need": need, "language": "en", "wishes": ["Also at night"]})
    form = f"/en/network/correct/interest/{ours}"
    assert form_of(city.text(form))["wishes"] == "Also at night"
    assert send(city, form, f"{form}/withdraw", reason="Solved").status == 303
    assert newest(city, KINDS["interest"], ours)["state"] == "withdrawn"


def test_nobody_corrects_what_another_city_said_nor_kinds_that_have_steps(city: Node) -> None:
    change = interest("did:web:nieuwdam.example/needs/1")
    city.keep(change.key.kind, change.key.id, json.loads(change.document or b"{}"))
    for path in (
        f"interest/{quote(change.key.id, safe='')}",
        "call/1",
        "pledge/1",
        "practice/1",
    ):
        assert city.get(f"/en/network/correct/{path}").status == 404


def test_an_action_is_corrected_with_all_its_members(city: Node) -> None:
    own = city.run(signer_of(city.portal.network)).did
    pledge = made(city, PLEDGE, {"title": "Open", "language": "en"})
    action = made(
        city,
        ACTION,
        {"title": "Bikes", "language": "en", "stage": "planned", "pledge": f"{own}/pledges/{pledge}"},
    )
    page = f"/en/network/strategy/{action}"
    said = {"title": "Bikes", "text": "Each day", "responsible": "Data office", "document": "https://city.example/act", "stage": "running", "why": "More is known"}  # fmt: skip
    assert send(city, page, page, **said).status == 303
    content = newest(city, ACTION, action)["content"]
    assert all(content[name] == said[name] for name in ("text", "responsible", "document", "stage"))


def test_a_solution_says_where_it_runs_and_where_no_more(city: Node) -> None:
    solution = made(city, KINDS["solution"], {"manifest": reference()})
    page = f"/en/network/solutions/{solution}"
    runs = {"city": "Onetown", "endpoint": "https://onetown.example/x", "longitude": "3.7", "latitude": "51"}
    wrong = send(city, page, f"{page}/deployments", **{**runs, "endpoint": "onetown"})
    assert (wrong.status, b"onetown" in wrong.body) == (400, True)
    assert send(city, page, f"{page}/deployments", **runs).status == 303
    other = {"city": "Twotown", "endpoint": "https://twotown.example/x"}
    assert send(city, page, f"{page}/deployments", **other).status == 303
    document = newest(city, KINDS["solution"], solution)
    assert document["content"]["deployments"] == [
        {"city": "Onetown", "endpoint": "https://onetown.example/x", "point": [3.7, 51.0]}, other,
    ]  # fmt: skip
    assert '"coordinates": [3.7, 51.0]' in city.text(page)
    gone = {"endpoint": "https://onetown.example/x"}
    assert send(city, page, f"{page}/deployments/end", **gone, reason="").status == 400
    assert send(city, page, f"{page}/deployments/end", **gone, reason="It ended").status == 303
    assert newest(city, KINDS["solution"], solution)["content"]["deployments"] == [other]


def test_the_language_switch_of_a_followed_document_leads_to_it(city: Node) -> None:
    """Its id is a DID URL with an encoded port: it stands in the address encoded once, not twice."""
    origin = "did:web:127.0.0.1%3A1026"
    need = f"{origin}/needs/1"
    city.run(hear(city, NEED_KIND, origin, MEASURED_ON[0].content, need))
    page = f"/en/network/needs/{quote(need, safe='')}"
    other = re.search(r'href="(/fr/[^"]+)" hreflang="fr" lang="fr"', city.text(page))
    assert other is not None
    assert city.get(other[1]).status == 200
