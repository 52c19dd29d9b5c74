"""What a check says of an address where no interface can be judged: what is the case, and no more."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from tests.outbound.hostile import answering, babbles, drips, endless, hangs, listening
from tests.proof import controls
from tests.proof.checking import checked, having, now
from tests.proof.controls import Control

from beffroi.proof import LOCAL, Report, check, guarded_fetch, replay, report_html, report_json
from beffroi.proof.kept import Language
from beffroi.proof.reports.table import report_table

QUICK = replace(LOCAL, timeout_s=0.3, most_bytes=100_000)
CUT = answering("200 OK", {"Content-Length": "100"}, b"[1, 2")


async def cut_short(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await CUT(head, reader, writer)
    writer.close()


async def report_on(behaviour: Callable[..., Awaitable[None]]) -> Report:
    async with listening(behaviour) as (url, _), guarded_fetch(QUICK, pause_s=0) as fetch:
        return await check(url, fetch=fetch, now=now)


def printed(report: Report, lang: Language) -> str:
    console = Console(width=300, file=StringIO())
    with console.capture() as capture:
        console.print(report_table(report, lang))
    return capture.get()


@pytest.mark.parametrize(
    ("behaviour", "failure", "english", "french"),
    [
        (hangs, "timeout", "nothing answers there in time", "rien ne répond à temps"),
        (drips, "unended", "begins there, and does not end in time", "ne se termine pas à temps"),
        (cut_short, "cut-short", "ends before it is whole", "s'arrête avant d'être entière"),
        (endless, "too-large", "sends more than the check reads", "envoie plus que ce que le contrôle lit"),
        (babbles, "bad-answer", "cannot be read as HTTP", "ne se lit pas comme du HTTP"),
    ],
)
def test_an_address_without_a_whole_answer_is_told_of_as_what_it_is(
    behaviour: Callable[..., Awaitable[None]], failure: str, english: str, french: str
) -> None:
    report = asyncio.run(report_on(behaviour))
    assert {one.answer.failure for one in report.recording.exchanges} == {failure}
    assert report.recording.stopped == "unreachable"
    assert english in printed(report, "en")
    assert french in printed(report, "fr")
    assert having(report, "PASS") == having(report, "FAIL") == set()
    again = replay(report_json(report))
    assert (again.report.recording.silence, again.differences) == (failure, ())


def test_requests_without_an_answer_are_shown_in_the_language_of_the_report() -> None:
    report = asyncio.run(report_on(drips))
    assert "the answer did not end in time" in report_html(report, "en")
    french = report_html(report, "fr")
    assert "la réponse ne s&#39;est pas terminée à temps" in french
    assert "unended" not in french


def everywhere(body: bytes, kind: str) -> Control:
    return lambda _: controls.answer(200, body, kind)


def reasons(report: Report, lang: Language) -> str:
    return " ".join(verdict.reason.in_language(lang) for verdict in report.verdicts)


@pytest.mark.parametrize("kind", ["application/json", "application/geo+json; charset=utf-8"])
def test_broken_json_is_no_page_for_people(kind: str) -> None:
    report = checked(everywhere(b'{"collections": [{"id": ', kind), "/")
    assert "page for people" not in reasons(report, "en")
    assert "page pour humains" not in reasons(report, "fr")
    assert "cannot be read as JSON" in reasons(report, "en")
    assert "ne se lit pas comme du JSON" in reasons(report, "fr")
    assert having(report, "PASS") == set()
    decided = {one.requirement: one.decided_by for one in report.verdicts if one.outcome == "FAIL"}
    assert decided["0.C1.R1.1"] == ("data-readable",)
    assert set(decided.values()) <= {("data-readable",), ()}, "what rests on nothing else that was seen"


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"<Capabilities/>", "application/xml"), (b"", "application/json"), (b'{"a": ', "text/plain")],
)
def test_what_is_neither_page_nor_json_is_left_open(body: bytes, kind: str) -> None:
    report = checked(everywhere(body, kind), "/")
    assert "page for people" not in reasons(report, "en")
    assert kind in reasons(report, "fr")
    assert having(report, "PASS") == having(report, "FAIL") == set()


def test_text_in_place_of_data_is_no_page_for_people() -> None:
    report = checked(everywhere(b"hello", "text/plain"), "/")
    assert "page for people" not in reasons(report, "en")
    assert "answers 200 with text that is no data (text/plain)" in reasons(report, "en")
    assert "par du texte qui n'est pas des données (text/plain)" in reasons(report, "fr")


def nothing_listed(request: controls.Asked) -> controls.Answer:
    if request.path == "/collections":
        return controls.as_json({"collections": [], "links": []})
    return controls.not_found()


def test_an_ogc_api_without_collections_is_known_for_what_it_is() -> None:
    report = checked(nothing_listed, "/")
    assert (report.family, report.base) == ("OGC API Features", "http://city.example")
    assert "http://city.example/collections lists no collection" in reasons(report, "en")
    assert "n'annonce aucune collection" in reasons(report, "fr")
    assert "No known interface" not in reasons(report, "en")
    assert having(report, "PASS") == having(report, "FAIL") == set()
    assert replay(report_json(report)).differences == ()


def test_an_empty_list_without_links_is_no_ogc_api() -> None:
    report = checked(lambda _: controls.as_json({"collections": []}), "/")
    assert report.family == ""


def test_a_broker_beside_an_ogc_api_without_collections_is_judged() -> None:
    city = controls.LdCity()

    def both(request: controls.Asked) -> controls.Answer:
        return nothing_listed(request) if "collections" in request.path else city(request)

    assert checked(both, "/").family == "NGSI-LD"
