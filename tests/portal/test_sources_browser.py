"""Adding a source in a real browser: with the keyboard, for everybody, on a phone, until it has been read."""

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
from beffroi.processes.harvest_due import run_due

pytestmark = IN_A_BROWSER
REFUSED = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"


async def internet(url: str, headers: Mapping[str, str]) -> Answer:
    files = {STATIONS: stations(12), ODD: b"a,b\n1,2\n"}
    return text(files[url]) if url in files else NOT_FOUND


def node() -> AbstractContextManager[Node]:
    settings = PortalSettings("Simville", simulated=True)
    return make_node(clock=wall_clock, settings=settings, entities=[], web=internet)


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(node) as opened:
        yield opened


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
        expect(window.page.locator("beffroi-wait")).to_be_visible()
        judge("added")
        window.open(f"/{code}/sources/named/stations")
        judge("one")
        assert found == []
        assert window.elsewhere == []
        assert [said for said in window.complaints if said != REFUSED] == []


def test_the_page_says_by_itself_when_a_new_source_was_read(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        look_behind(window, "en", STATIONS)
        window.page.locator("button[value=add]").focus()
        window.page.keyboard.press("Enter")
        expect(window.page.locator("beffroi-wait")).to_contain_text("stations.csv")
        harvester = served.node.portal.harvester
        assert harvester
        served.do(run_due(harvester))
        expect(window.page.locator("beffroi-wait")).to_have_count(0, timeout=20_000)
        expect(window.page.locator(".source tbody td").nth(1)).to_have_text("12")
