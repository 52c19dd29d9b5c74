"""Adding a source in a real browser: with the keyboard, for everybody, on a phone, until it has been read."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, expect
from tests.portal.browser import IN_A_BROWSER, Look, look
from tests.portal.node import Node, make_node
from tests.portal.served import Served, serve, wall_clock
from tests.portal.test_sources import ODD, STATIONS, stations
from tests.sources.fakes import NOT_FOUND, Answer, text

from beffroi.portal.services import PortalSettings
from beffroi.processes.harvest import Harvester, Progress
from beffroi.processes.harvest_due import run_due

pytestmark = IN_A_BROWSER
REFUSED = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"


TWELVE = stations(12) + b"13,Square 13,,open,20,5,15,2026-11-22T12:00:00Z\n"
"""With a thirteenth that is refused: it lies nowhere."""

SLOW = "https://city.test/slow.csv"
FILES = {STATIONS: TWELVE, SLOW: TWELVE, ODD: b"a,b\n1,2\n"}


async def internet(url: str, headers: Mapping[str, str]) -> Answer:
    if url == SLOW:
        await asyncio.sleep(1.5)
    return text(FILES[url]) if url in FILES else NOT_FOUND


def node() -> AbstractContextManager[Node]:
    settings = PortalSettings("Simville", simulated=True)
    return make_node(clock=wall_clock, settings=settings, entities=[], web=internet)


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(node) as opened:
        yield opened


def harvester_of(served: Served) -> Harvester:
    found = served.node.portal.harvester
    assert found
    return found


def look_behind(window: Look, code: str, url: str) -> None:
    """Type an address and send it, without a mouse."""
    window.open(f"/{code}/sources/new")
    field = window.page.locator("#url")
    field.focus()
    window.page.keyboard.type(url)
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["fr", "en"])
def test_each_step_is_for_everybody_and_fits_a_phone(
    browser: Browser, served: Served, code: str, scheme: str
) -> None:
    size = {"width": 390, "height": 844}
    with look(browser, served.url, viewport=size, color_scheme=scheme) as window:
        found = list[str]()

        def judge(step: str) -> None:
            window.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found.extend(f"{step}: {one}" for one in window.violations())
            assert window.overflow() <= 0, step

        window.open(f"/{code}/sources/new")
        judge("address")
        look_behind(window, code, "https://city.test/nothing")
        judge("refused")
        look_behind(window, code, STATIONS)
        judge("datasets")
        window.page.locator("#area").fill("here")
        window.page.locator("button[value=try]").click()
        expect(window.page.locator("#area-mistake")).to_be_visible()
        judge("wrong")
        window.page.locator("#area").fill("")
        window.page.locator("button[value=try]").click()
        expect(window.page.locator("#tried")).to_be_visible()
        judge("tried")
        window.page.locator("button[value=add]").click()
        expect(window.page.locator(".run .waits")).to_be_visible()
        judge("added")
        for progress in (Progress("stations", 250), Progress("stations", 250, 1_260, 200, 30, 15, 5)):
            harvester_of(served).busy["", "stations"] = progress
            expect(window.page.locator(".run progress")).to_be_visible()
            judge("being read")
        del harvester_of(served).busy["", "stations"]
        window.open(f"/{code}/sources/named/stations")
        judge("one")
        assert found == []
        assert window.elsewhere == []
        assert [said for said in window.complaints if said != REFUSED] == []


SAID = {
    "en": "The node asks the portal. That takes 45 seconds at most; the answer then comes by itself.",
    "fr": "Le nœud interroge le portail. Cela prend 45 secondes au plus\xa0; la réponse vient ensuite d’elle-même.",
}


BUSY = """[document.querySelector('.busy').textContent,
 document.querySelector('button[value=look]').getAttribute('aria-disabled')]"""
STAY = """window.sent = 0;
addEventListener('submit', event => { window.sent += !event.defaultPrevented; event.preventDefault(); })"""
LATER = """document.addEventListener('submit', () => setTimeout(() => {
  sessionStorage.said = document.querySelector('.busy').textContent;
  document.querySelector('button[value=look]').click();
}, 500), { once: true })"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["fr", "en"])
def test_a_form_that_takes_its_time_says_so_until_the_browser_is_stopped(
    browser: Browser, served: Served, code: str, scheme: str
) -> None:
    size = {"width": 390, "height": 844}
    with look(browser, served.url, viewport=size, color_scheme=scheme) as window:
        page = window.open(f"/{code}/sources/new")
        page.evaluate(STAY)
        expect(page.locator(".busy")).to_be_hidden()
        page.locator("#url").fill(STATIONS)
        for _ in range(2):
            page.locator("#url").press("Enter")
            expect(page.locator(".busy")).to_be_visible()
        assert page.evaluate(BUSY) == [SAID[code], "true"]
        assert page.evaluate("sent") == 1
        assert window.violations() == []
        assert window.overflow() <= 0
        page.keyboard.press("Escape")
        assert page.evaluate(BUSY) == ["", None]
        page.locator("#url").press("Enter")
        assert page.evaluate("sent") == 2


def test_a_form_is_sent_once_while_its_answer_is_waited_for(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page, sent = window.page, list[str]()
        page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
        window.open("/en/sources/new").evaluate(LATER)
        page.locator("#url").fill(SLOW)
        page.locator("#url").press("Enter", no_wait_after=True)
        expect(page.locator(".dataset")).to_have_count(1)
        assert page.evaluate("sessionStorage.said") == SAID["en"]
        assert len(sent) == 1
        page.go_back()
        assert page.evaluate(BUSY) == ["", None]


@pytest.mark.parametrize("code", ["fr", "en"])
def test_a_run_is_seen_going_on_until_its_report_stands_there(
    browser: Browser, served: Served, code: str
) -> None:
    with look(browser, served.url) as window:
        page = window.page
        look_behind(window, code, STATIONS)
        page.locator("button[value=add]").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/sources#source-stations")
        page.evaluate("window.loaded = 'once'")
        expect(page.locator(".run .waits")).to_be_visible()
        harvester = harvester_of(served)
        harvester.busy["", "stations"] = Progress("stations", 250, None, 250)
        expect(page.locator("progress")).to_be_visible()
        assert page.locator("progress").get_attribute("value") is None
        harvester.busy["", "stations"] = Progress("stations", 1_250, 2_500, 1_200, 0, 49, 1)
        expect(page.locator("progress")).to_have_attribute("value", "1250")
        read = "1,250 of 2,500" if code == "en" else "1\u202f250 sur 2\u202f500"
        expect(page.locator(".run dd").first).to_have_text(read)
        counts = ["1,200" if code == "en" else "1\u202f200", "0", "49", "1"]
        expect(page.locator(".run dd").nth(1)).to_have_text(counts[0])
        assert page.locator(".run dd").all_text_contents()[1:] == counts
        assert page.locator("#runs-said").text_content() == "", "not at every step"
        page.get_by_role("link", name="Change" if code == "en" else "Modifier").focus()
        del harvester.busy["", "stations"]
        served.do(run_due(harvester))
        expect(page.locator(".source tbody td").nth(1)).to_have_text("12")
        expect(page.locator("beffroi-runs, .run")).to_have_count(0)
        told = {
            "en": "stations.csv in order: Read 13, New 12, Changed 0, Same 0, Refused 1",
            "fr": "stations.csv en ordre: Lus 13, Nouveaux 12, Changés 0, Inchangés 0, Refusés 1",
        }
        expect(page.locator("#runs-said")).to_have_text(told[code])
        assert page.evaluate("document.activeElement.textContent") in {"Change", "Modifier"}
        assert page.evaluate("window.loaded") == "once"
        assert window.violations() == []
        assert window.complaints == []


def test_what_is_read_again_keeps_its_place_and_can_be_paused(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.page
        look_behind(window, "en", STATIONS)
        page.locator("button[value=add]").click()
        served.do(run_due(harvester_of(served)))
        expect(page.locator(".source tbody tr")).to_have_count(1)
        page.get_by_role("button", name="Read now").press("Enter")
        page.wait_for_url("**/sources#source-stations")
        expect(page.locator("#source-stations")).to_be_in_viewport()
        expect(page.locator(".run .waits")).to_be_visible()
        page.locator("summary").first.press("Enter")
        page.get_by_role("button", name="Pause the display").press("Enter")
        served.do(run_due(harvester_of(served)))
        page.wait_for_timeout(2_500)
        expect(page.locator(".source tbody tr")).to_have_count(1)
        page.get_by_role("button", name="Go on").press("Enter")
        expect(page.locator(".source tbody tr")).to_have_count(2)
        expect(page.locator("details[open]")).to_have_count(1)
        assert page.evaluate("document.activeElement.id") == "content"


def test_a_screen_reader_is_told_now_and_then_how_far_a_run_is(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.page
        look_behind(window, "en", STATIONS)
        page.locator("button[value=add]").click()
        page.clock.install()
        window.open("/en/sources")
        said, busy = page.locator("#runs-said"), harvester_of(served).busy
        busy["", "stations"] = Progress("stations", 250, None, 250)
        expect(page.locator(".run [data-count=read]")).to_have_text("250")
        expect(said).to_be_empty()
        page.clock.fast_forward(15_000)
        busy["", "stations"] = Progress("stations", 500, None, 500)
        expect(said).to_have_text("stations.csv being read: Read 500")
        busy["", "stations"] = Progress("stations", 750, 1_500, 750)
        expect(page.locator("progress")).to_have_attribute("value", "750")
        expect(said).to_have_text("stations.csv being read: Read 500")
        page.clock.fast_forward(15_000)
        busy["", "stations"] = Progress("stations", 1_000, 1_500, 1_000)
        expect(said).to_have_text("stations.csv being read: Read 1,000 of 1,500")


def test_a_run_that_stops_says_why(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.page
        look_behind(window, "en", STATIONS)
        page.locator("button[value=add]").click()
        expect(page.locator(".run")).to_be_visible()
        FILES[STATIONS] = b"<html>closed"
        try:
            served.do(run_due(harvester_of(served)))
        finally:
            FILES[STATIONS] = TWELVE
        expect(page.locator("#runs-said")).to_contain_text("The last run stopped:")
        expect(page.locator(".source .problem")).to_be_visible()


def test_without_scripts_the_page_says_how_far_a_run_is(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        look_behind(window, "en", STATIONS)
        window.page.locator("button[value=add]").click()
        expect(window.page.locator(".run")).to_be_visible()
    harvester_of(served).busy["", "stations"] = Progress("stations", 1_250, 2_500, 1_200, 0, 49, 1)
    with look(browser, served.url, java_script_enabled=False) as window:
        page = window.open("/en/sources")
        expect(page.locator(".run dd").first).to_have_text("1,250 of 2,500")
        expect(page.locator("progress")).to_have_attribute("value", "1250")
        expect(page.get_by_role("link", name="Load the page again")).to_be_visible()
