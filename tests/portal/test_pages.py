"""The pages as a visitor without scripts gets them, through the route table."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.portal.city import HOSTILE, made_up_check
from tests.portal.node import Node, make_node

from beffroi.kernel.json import decode_object
from beffroi.portal.routes import PORTAL_ROUTES
from beffroi.portal.services import PortalSettings
from beffroi.portal.words.update import collected, stored
from beffroi.processes.checks import without_bodies
from beffroi.processes.kept_checks import Listed, changes_key, list_of, with_outcomes
from beffroi.proof import check
from beffroi.proof.exchange import Answer
from beffroi.proof.pack import report_json

STATION = "urn:ngsi-ld:BikeHireDockingStation:sim-001"
PAGES = (
    "",
    "?layer=BikeHireDockingStation",
    "?layer=EVChargingStation&by=power",
    "types",
    "types/BikeHireDockingStation",
    "types/https:%2F%2Fexample.org%2Fmodels%23Garden",
    "types/Evil",
    f"entities/{STATION}",
    "entities/urn:ngsi-ld:AirQualityObserved:sim-1",
    "entities/urn:ngsi-ld:Garden:sim-1",
    "entities/urn:ngsi-ld:Evil:%253Cscript%253E",
    "sources",
    "checks",
    "checks/check-1",
    "checks/check-2",
    "checks/check-3",
    "about",
    "accessibility",
    "api",
)


@pytest.mark.parametrize("code", ["fr", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_answers_in_both_languages(node: Node, code: str, page: str) -> None:
    text = node.text(f"/{code}/{page}")
    assert f'<html lang="{code}"' in text
    assert text.count("<h1") == 1
    assert text.count("<main") == 1


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_a_script_or_a_style_in_line(node: Node, page: str) -> None:
    text = node.text(f"/fr/{page}")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|(?:href|src|action)=\"javascript:", text)
    for attributes in re.findall(r"<script([^>]*)>", text):
        assert "src=" in attributes or 'type="application/json"' in attributes


@pytest.mark.parametrize(
    "page", ["", "types/Evil", "entities/urn:ngsi-ld:Evil:%253Cscript%253E", "checks/check-1"]
)
def test_hostile_texts_stay_texts(node: Node, page: str) -> None:
    for code in ("fr", "en"):
        text = node.text(f"/{code}/{page}")
        assert HOSTILE not in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert 'href="javascript' not in text


def test_no_two_pages_have_the_same_address() -> None:
    shapes = [(row.method, re.sub(r"{[^}]*}", "{}", row.path)) for row in PORTAL_ROUTES]
    assert sorted(shapes) == sorted(set(shapes))


def test_templates_in_texts_are_not_filled(node: Node) -> None:
    assert "{{7*7}}" in node.text("/fr/types/Evil")


def test_the_security_headers_are_on_every_page(node: Node) -> None:
    for page in PAGES:
        headers = node.get(f"/fr/{page.partition('?')[0]}").headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("header", "goal"),
    [
        ("en-GB,en;q=0.9", "/en/"),
        ("fr", "/fr/"),
        ("de", "/fr/"),
        ("de, en;q=0.3, fr;q=0.8", "/fr/"),
        ("", "/fr/"),
    ],
)
def test_the_first_address_goes_to_the_language_that_the_browser_likes(
    node: Node, header: str, goal: str
) -> None:
    response = node.get("/", {"accept-language": header})
    assert (response.status, response.headers["location"]) == (302, goal)


def test_the_language_switch_keeps_the_page(node: Node) -> None:
    text = node.text("/fr/types/Streetlight?sort=-lampPower")
    assert 'href="/en/types/Streetlight?sort=-lampPower" hreflang="en"' in text


def test_numbers_units_and_ages_are_written_as_the_language_does(node: Node) -> None:
    french = node.text("/fr/entities/urn:ngsi-ld:AirQualityObserved:sim-1")
    english = node.text("/en/entities/urn:ngsi-ld:AirQualityObserved:sim-1")
    assert re.search(r"\d+,\d\u202fµg/m³", french)
    assert re.search(r"\d+\.\d\u202fµg/m³", english)
    assert "il y a 15 minutes" in french
    assert "15 minutes ago" in english
    assert 'datetime="2026-11-22T12:45:00.000000Z" title="22 nov. 2026, 13:45:00"' in french


def test_a_relationship_is_a_link_to_the_entity(node: Node) -> None:
    text = node.text(f"/fr/entities/{STATION}")
    assert 'href="/fr/entities/urn:ngsi-ld:BikeHireDockingStation:sim-002"' in text


def test_sub_attributes_are_shown_with_their_units(node: Node) -> None:
    text = node.text("/en/entities/urn:ngsi-ld:AirQualityObserved:sim-1")
    assert "<dt>accuracy</dt>" in text
    assert "0.5\u202fµg/m³" in text


def test_the_history_of_a_number_is_a_drawing_and_a_table(node: Node) -> None:
    text = node.text(f"/fr/entities/{STATION}")
    assert re.search(r'<svg class="line"[^>]*><path d="M0 [\d.]+H', text)
    assert text.count('<time datetime="2026-11-22T12:02:00.000000Z">') == 2
    assert '<data value="14.0">14</data>' in text


def test_what_is_simulated_says_so(node: Node) -> None:
    assert "Données simulées." in node.text("/fr/")
    assert '<span class="tag">simulé</span>' in node.text(f"/fr/entities/{STATION}")


def test_a_missing_page_is_told_in_the_language_of_the_address(node: Node) -> None:
    for path in ("/fr/nothing", "/fr/entities/urn:ngsi-ld:None:1", "/fr/types/Nothing", "/fr/checks/none"):
        response = node.get(path, {"accept": "text/html"})
        assert response.status == 404
        assert "Cette page n’existe pas" in response.body.decode()


def test_a_program_gets_a_line_of_text_instead_of_a_page(node: Node) -> None:
    response = node.get("/fr/nothing", {"accept": "application/json"})
    assert response.headers["content-type"].startswith("text/plain")


def test_sources_show_their_runs_with_what_was_refused(node: Node) -> None:
    text = node.text("/fr/sources")
    assert "lille-bike-stations" in text
    assert "1\u202f260" in text
    assert "The page after 3 is not JSON." in text
    assert "No place. &lt;script&gt;" in text
    assert "code_insee" in text
    assert "1 source en difficulté" in node.text("/fr/")


def test_sources_say_that_places_were_turned_and_where_they_lie(node: Node) -> None:
    text = node.text("/fr/sources")
    assert "sont échangées dans la source\N{NO-BREAK SPACE}: 17 lieux ont été remis à l’endroit" in text
    assert "entre les longitudes 3 et 3,1, les latitudes 50,6 et 50,7" in text


def test_the_page_about_the_node_says_who_answers_for_it(node: Node) -> None:
    assert "Who answers for it" not in node.text("/en/about")
    named = PortalSettings(
        "Simville", publisher="Town <of> Simville", licence="https://l.example/", contact="a@b.example"
    )
    with make_node(settings=named) as other:
        text = other.text("/en/about")
    for part in ("Town &lt;of&gt; Simville", 'href="https://l.example/"', 'href="mailto:a@b.example"'):
        assert part in text


def test_checks_are_listed_by_pages_the_newest_first(node: Node) -> None:
    for n in range(45):
        node.keep("check", f"c{n}", {"url": f"https://c{n}.example", "state": "running"})
    node.keep("check-list", "all", list_of(Listed(f"c{n}", f"https://c{n}.example") for n in range(45)))
    pages = [re.findall(r"https://c(\d+)\.example", node.text(f"/en/checks?page={n}")) for n in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert [int(n) for page in pages for n in page] == list(range(44, -1, -1))
    assert 'rel="next"' in node.text("/en/checks?page=nonsense")
    assert 'rel="next"' not in node.text("/en/checks?page=3")


def test_a_verdict_that_was_another_one_says_since_when(node: Node) -> None:
    url = "http://portal.example.org/ogcapi"
    key = changes_key("", url)
    body = made_up_check(url)
    verdicts: Any = body["verdicts"]
    name = verdicts[0]["requirement"]
    node.keep(key.kind, key.id, with_outcomes({}, url, "2026-01-02T10:00:00Z", [(name, "INCONCLUSIVE")]))
    assert "since" not in node.text("/en/checks/check-1")
    later = with_outcomes(
        with_outcomes({}, url, "2026-01-02T10:00:00Z", [(name, "INCONCLUSIVE")]),
        url,
        "2026-02-03T10:00:00Z",
        [(name, verdicts[0]["outcome"])],
    )
    node.keep(key.kind, key.id, later)
    assert re.search(r"since[^<]*3 Feb(ruary)? 2026|since[^<]*Feb 3, 2026", node.text("/en/checks/check-1"))


def test_a_check_shows_its_verdicts_with_their_evidence(node: Node) -> None:
    text = node.text("/fr/checks/check-1")
    assert "Niveau initial" in text
    assert "limit=-1 est accepté." in text
    assert "Réparez-le." in text
    assert 'href="#exchange-1"' in text
    assert 'id="exchange-1"' in text
    assert "0" * 64 in text


@pytest.mark.parametrize(
    ("code", "said"),
    [("en", "Nothing answers there in time."), ("fr", "Rien ne répond à temps à cette adresse.")],
)
def test_a_check_of_an_address_that_never_answered_says_only_that(node: Node, code: str, said: str) -> None:
    async def late(method: str, url: str, headers: Mapping[str, str]) -> Answer:
        return Answer(0, failure="timeout")

    report = asyncio.run(check("https://late.example.org", fetch=late, now=lambda: datetime.now(UTC)))
    kept = {**without_bodies(decode_object(report_json(report))), "state": "done"}
    node.keep("check", "check-9", kept)
    node.keep("check-list", "all", list_of([Listed("check-9", "https://late.example.org")]))
    text = node.text(f"/{code}/checks/check-9")
    assert said in text
    assert report.verdicts
    assert [one.requirement for one in report.verdicts if one.requirement in text] == []
    assert 'id="exchange-1"' in text
    listed = node.text(f"/{code}/checks")
    assert ("pas de réponse" if code == "fr" else "no answer") in listed
    assert 'class="score"' not in listed


def test_verdicts_are_filtered_by_outcome(node: Node) -> None:
    text = node.text("/en/checks/check-1?outcome=FAIL")
    assert "0.C2.R2.1" in text
    assert "0.C1.R1.1" not in text


def test_the_evidence_can_be_taken_away(node: Node) -> None:
    response = node.get("/en/checks/check-1/pack")
    assert response.headers["content-type"] == "application/json"
    assert b'"format":"beffroi-check/1"' in response.body


def test_an_empty_node_says_how_to_begin() -> None:
    with make_node(entities=[]) as empty:
        for path in ("/fr/", "/en/types", "/fr/sources", "/fr/checks"):
            assert 'class="empty"' in empty.text(path)


def test_every_sentence_has_a_french_translation() -> None:
    catalogue = stored("fr")
    missing = [message.id for message in collected() if message.id and not _translated(catalogue, message.id)]
    assert missing == []


def test_the_catalogue_has_no_sentence_that_no_page_says() -> None:
    known = {_key(message.id) for message in collected()}
    assert [message.id for message in stored("fr") if _key(message.id) not in known] == []


def _translated(catalogue: object, message: object) -> bool:
    found = catalogue.get(_key(message))  # type: ignore[attr-defined]
    text = found.string if found else ""
    return all(text) if isinstance(text, tuple | list) else bool(text)


def _key(message: object) -> object:
    return message[0] if isinstance(message, tuple | list) else message
