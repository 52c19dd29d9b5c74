"""The network's own pages in a real browser: usable by everybody, complete on a phone, quiet."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.portal.browser import IN_A_BROWSER, TWICE, WIDTHS, Look, in_both, look, too_wide
from tests.portal.served import Served, serve
from tests.portal.steering import steering_node

from beffroi.web.cookie import SESSION_COOKIE

pytestmark = IN_A_BROWSER
LISTS = tuple(
    f"network{more}" for more in ("", "/strategy", "/practices", "/events", "/comparison", "/nodes")
)
OPEN_ALL = "document.querySelectorAll('main details').forEach(one => one.open = true)"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(steering_node) as node:
        yield node


@pytest.fixture(scope="module")
def pages(served: Served) -> list[str]:
    made = served.node.made
    return [*LISTS, made["pledge"], made["action"], made["practice"]]


def made_to_correct(served: Served) -> str:
    return str(served.node.made["practice"]).replace("practices", "correct/practice")


def visit_as_anybody(window: Look) -> None:
    window.page.context.add_cookies([{"name": SESSION_COOKIE, "value": "nobody", "url": window.home}])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["fr", "en"])
def test_axe_finds_nothing_wrong_and_nothing_scrolls_sideways(
    browser: Browser, served: Served, pages: list[str], code: str, scheme: str
) -> None:
    """For the office, whose forms are open."""
    found = list[str]()
    with look(browser, served.url, color_scheme=scheme) as window:
        for number, page in enumerate([*pages, made_to_correct(served)]):
            window.go(f"/{code}/{page}").evaluate(OPEN_ALL)
            for width in WIDTHS[:: 1 if number % 2 else -1]:
                window.page.set_viewport_size({"width": width, "height": 900})
                found += [f"{width} {page}: {one}" for one in window.violations()]
                if window.overflow() > 0:
                    found.append(f"{width} {page}: {window.overflow()} px too wide")
        assert window.elsewhere == []
        assert window.complaints == []
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_for_a_visitor(
    browser: Browser, served: Served, pages: list[str], scheme: str
) -> None:
    with look(browser, served.url, color_scheme=scheme) as window:
        visit_as_anybody(window)
        found = list[str]()
        for page in pages:
            window.go(f"/fr/{page}")
            assert window.page.locator("main form[method=post]").count() == 0, page
            found += [f"{page}: {one}" for one in window.violations()]
        assert found == []


def test_nothing_scrolls_sideways_on_a_small_phone_nor_with_large_text(
    browser: Browser, served: Served, pages: list[str]
) -> None:
    addresses = in_both(pages)
    assert too_wide(browser, served.url, addresses, 320, OPEN_ALL) == []
    assert too_wide(browser, served.url, addresses, 1280, f"{OPEN_ALL}; {TWICE}") == []


def test_a_place_is_chosen_on_the_map_by_click_and_by_key_and_typed(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.open("/en/network/nodes")
        page.get_by_text("Say who this node is").click()
        east, north = page.get_by_label("Longitude"), page.get_by_label("Latitude")
        expect(east).to_have_value("3.06")
        map = page.locator("beffroi-map")
        expect(map).to_have_attribute("data-chosen", "3.060000 50.630000", timeout=60_000)
        map.locator("canvas").click(position={"x": 20, "y": 20})
        expect(east).not_to_have_value("3.06")
        assert float(east.input_value()) < 3.06
        assert float(north.input_value()) > 50.63
        north.fill("50.5")
        east.fill("3,25")
        east.press("Tab")
        expect(map).to_have_attribute("data-chosen", "3.250000 50.500000")
        map.locator("canvas").focus()
        page.keyboard.press("Enter")
        expect(east).to_have_value("3.250000")
        assert window.violations() == []
        assert window.complaints == []


def test_the_map_shows_the_nodes_and_the_table_says_the_same(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go("/en/network")
        expect(page.locator("beffroi-map")).to_have_attribute("data-count", "3")
        rows = page.locator("table tbody tr")
        expect(rows).to_have_count(4)
        expect(rows.first).to_contain_text("this node")
        page.locator("beffroi-map canvas").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".maplibregl-popup")).to_be_visible()
        assert window.violations() == []


def test_each_node_on_the_map_has_its_name_and_is_reached_by_keyboard(
    browser: Browser, served: Served
) -> None:
    with look(browser, served.url) as window:
        page = window.go("/en/network")
        places = page.locator("beffroi-map .place")
        expect(places).to_have_count(3)
        said = set(places.all_inner_texts())
        assert said <= set(page.locator("table tbody th").all_inner_texts())
        page.locator("beffroi-map canvas").focus()
        page.keyboard.press("Tab")
        expect(places.first).to_be_focused()
        page.keyboard.press("Enter")
        popup = page.locator(".maplibregl-popup")
        expect(popup).to_contain_text(places.first.inner_text())
        assert window.violations() == []
        page.keyboard.press("Escape")
        expect(popup).to_have_count(0)
        expect(places.first).to_be_focused()
        assert window.elsewhere == []
        assert window.complaints == []
