"""The page and the table: two languages, nothing from outside, nothing that a hostile body can run."""

import asyncio
import io
import re
from collections.abc import Mapping
from html.parser import HTMLParser

import pytest
from rich.console import Console
from tests.proof import controls
from tests.proof.checking import checked, now
from tests.proof.controls import LdCity, LilleShaped, OgcCity
from typing_extensions import override

from beffroi.proof import check, report_html, report_table
from beffroi.proof.exchange import Answer
from beffroi.proof.kept import Language

VOID = {"meta", "link", "br", "hr", "img", "input", "rect"}
BOTH: list[Language] = ["en", "fr"]


class Page(HTMLParser):
    """Collects elements and checks that they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def parsed(html: str) -> Page:
    page = Page()
    page.feed(html)
    assert page.open == []
    return page


def assert_inert(html: str) -> None:
    page = parsed(html)
    for tag, attributes in page.elements:
        assert tag not in {"script", "iframe", "img", "link", "object", "embed", "form", "base"}, tag
        assert not [
            name for name in attributes if name.startswith("on") or name in {"src", "srcset", "action"}
        ]
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("lang", BOTH)
@pytest.mark.parametrize(
    ("control", "path"),
    [
        (OgcCity(), "/ogc"),
        (LilleShaped(), "/data/ogcapi"),
        (LdCity(), "/ngsi-ld/v1"),
        (controls.n15_key_required, "/x"),
    ],
)
def test_the_page_is_inert_and_its_evidence_links_lead_somewhere(
    lang: Language, control: controls.Control, path: str
) -> None:
    html = report_html(checked(control, path), lang)
    assert_inert(html)
    page = parsed(html)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {str(attributes["href"])[1:] for tag, attributes in page.elements if tag == "a"}
    assert targets <= set(ids)
    assert ("html", {"lang": lang}) in page.elements


@pytest.mark.parametrize("lang", BOTH)
def test_a_hostile_portal_cannot_write_into_the_page(lang: Language) -> None:
    evil = "</code></pre><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\u202e\x1b[31m{x}{0}"
    city = OgcCity()

    def hostile(request: controls.Asked) -> controls.Answer:
        answered = city(request)
        raw = answered.body.replace(b"Place 1", evil.replace("\x1b", "").encode()).replace(
            b"LED", b"<script>"
        )
        kept = controls.answer(answered.status, raw, f"application/geo+json; x={evil[:60]}")
        return kept if "/items" in request.path else answered

    city.sets[evil.replace("/", "")] = city.sets.pop("stations")
    report = checked(hostile)
    html = report_html(report, lang)
    assert_inert(html)
    assert "{{7*7}}" in html or "49" not in re.findall(r"alert\(1\)&gt;(\d+)", html)
    assert "\u202e" not in html
    assert "\x1b" not in html


@pytest.mark.parametrize("lang", BOTH)
def test_meaning_is_never_carried_by_colour_alone(lang: Language) -> None:
    html = report_html(checked(LilleShaped(), "/data/ogcapi"), lang)
    marks = re.findall(r'<span class="mark (\w+)"><span aria-hidden="true">(.)</span> ([^<]+)</span>', html)
    assert marks
    assert all(symbol.strip() and word.strip() for _, symbol, word in marks)


def test_the_page_speaks_the_language_asked_for() -> None:
    report = checked(LilleShaped(), "/data/ogcapi")
    assert "Ce qu&#39;il faut réparer" in report_html(report, "fr")
    assert "What to repair" in report_html(report, "en")


@pytest.mark.parametrize("lang", BOTH)
def test_the_table_names_every_requirement_and_the_counts(lang: Language) -> None:
    report = checked(OgcCity())
    out = io.StringIO()
    Console(file=out, width=140, color_system=None).print(report_table(report, lang))
    printed = out.getvalue()
    assert all(verdict.requirement in printed for verdict in report.verdicts)
    assert str(report.statement.testable) in printed


@pytest.mark.parametrize("lang", BOTH)
def test_an_address_that_never_answers_is_told_in_two_lines_and_not_in_thirty_verdicts(
    lang: Language,
) -> None:
    async def nothing(method: str, url: str, headers: Mapping[str, str]) -> Answer:
        return Answer(0, failure="network")

    report = asyncio.run(check("http://city.example/ogc", fetch=nothing, now=now))
    out = io.StringIO()
    Console(file=out, width=140, color_system=None).print(report_table(report, lang))
    assert len(out.getvalue().splitlines()) == 2
    assert not any(verdict.requirement in out.getvalue() for verdict in report.verdicts)


def test_markup_of_a_portal_is_plain_text_in_the_terminal() -> None:
    city = OgcCity(sets={"[red]x[/red]": controls.stations()})
    out = io.StringIO()
    Console(file=out, width=200, color_system=None).print(report_table(checked(city), "en"))
    assert "[red]x[/red]" in out.getvalue()
