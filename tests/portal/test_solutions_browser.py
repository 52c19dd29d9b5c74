"""The pages of solutions in a real browser: usable by everybody, complete on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.portal.browser import IN_A_BROWSER, Look, faults, in_both, look, too_wide
from tests.portal.served import Served, serve
from tests.portal.solving import solving_node

pytestmark = IN_A_BROWSER
PAGES = ("network/solutions", "network/solutions/availability")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(solving_node) as node:
        yield node


def measure(window: Look, code: str) -> None:
    """Ask whether it will run here."""
    window.open(f"/{code}/network/solutions/availability")
    window.page.locator("button[value=measure]").click()
    expect(window.page.locator("svg.coverage")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["fr", "en"])
def test_axe_finds_nothing_wrong(browser: Browser, served: Served, code: str, scheme: str) -> None:
    found = faults(browser, served.url, [f"/{code}/{page}" for page in PAGES], scheme)
    for width in (1280, 390):
        size = {"width": width, "height": 900}
        with look(browser, served.url, viewport=size, color_scheme=scheme) as window:
            measure(window, code)
            found += [f"{width} fit: {one}" for one in window.violations()]
            assert window.elsewhere == []
            assert window.complaints == []
    assert found == []


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, served: Served, width: int) -> None:
    assert too_wide(browser, served.url, in_both(PAGES), width) == []
    with look(browser, served.url, viewport={"width": width, "height": 844}) as window:
        measure(window, "fr")
        assert window.overflow() <= 0


def test_a_mapping_is_confirmed_by_keyboard_alone(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        measure(window, "en")
        page = window.page
        page.locator("textarea#mapping").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Confirmed mappings")).to_be_visible()
        expect(
            page.locator("h2", has_text="Confirmed mappings").locator("xpath=..").locator("li")
        ).to_have_count(2)
