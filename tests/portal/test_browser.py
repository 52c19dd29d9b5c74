"""The portal in a real browser: nothing leaves the node, nothing complains, everybody can use it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.portal.browser import DRAWN, IN_A_BROWSER, TWICE, WIDTHS, faults, in_both, look, too_wide
from tests.portal.node import make_node
from tests.portal.served import Served, serve, wall_clock

from beffroi.portal.services import Doors, PortalSettings

pytestmark = IN_A_BROWSER

STATION = "entities/urn:ngsi-ld:BikeHireDockingStation:sim-001"
PAGES = (
    "",
    "?layer=BikeHireDockingStation",
    "?layer=EVChargingStation",
    "types",
    "types/BikeHireDockingStation",
    "types/Evil",
    STATION,
    "entities/urn:ngsi-ld:Evil:%253Cscript%253E",
    "sources",
    "checks",
    "checks/check-1",
    "about",
    "accessibility",
    "api",
    "sign-in",
    "nothing-here",
)
CLIPPED = """
[...document.querySelectorAll('main p, main h1, main h2, main a, main button, nav a')]
.filter(one => one.offsetParent && !one.closest('.unseen, .scroll, .layers, .canvas, pre'))
.filter(one => getComputedStyle(one).overflow === 'hidden' && one.scrollWidth > one.clientWidth + 1)
.map(one => one.textContent.trim())
"""
LARGE = """
(() => {
    const chart = document.querySelector('beffroi-chart');
    chart.querySelectorAll('data').forEach((one, place) => { one.value = 3023315 + 500000 * place; });
    window.drawn = [];
    chart.replaceWith(chart.cloneNode(true));
})()
"""
"""Another chart in the place of the first, of large numbers."""

EXPECTED = ("Failed to load resource: the server responded with a status of 404 (Not Found)",)


async def start_check(_: str) -> str:
    return "check-1"


async def sign_in(_: str, __: str) -> str | None:
    return None


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    doors = Doors(start_check, sign_in)
    settings = PortalSettings("Simville", simulated=True, sign_in=True)
    with serve(lambda: make_node(clock=wall_clock, settings=settings, doors=doors)) as node:
        yield node


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["fr", "en"])
def test_axe_finds_nothing_wrong_on_any_page(
    browser: Browser, served: Served, code: str, scheme: str
) -> None:
    addresses = [f"/{code}/{page}" for page in PAGES]
    assert faults(browser, served.url, addresses, scheme, EXPECTED) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_an_axis_has_the_room_that_its_longest_label_needs(
    browser: Browser, served: Served, width: int
) -> None:
    with look(browser, served.url, viewport={"width": width, "height": 900}) as window:
        window.page.add_init_script(DRAWN)
        page = window.go(f"/fr/{STATION}")
        page.evaluate(LARGE)
        page.wait_for_function("window.drawn.some(one => one.text.includes('000\\u202f000'))")
        assert page.evaluate("window.drawn.filter(one => one.left < 0)") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_parts_have_no_violation_either(browser: Browser, served: Served, scheme: str) -> None:
    with look(browser, served.url, color_scheme=scheme) as window:
        page = window.go(f"/fr/{STATION}")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.get_by_role("tab", name="Python").click()
        assert window.violations() == []
        page = window.go("/fr/?layer=BikeHireDockingStation")
        page.locator("beffroi-map canvas").focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
        assert window.violations() == []


def test_no_request_leaves_the_node_and_nothing_complains(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        for page in in_both(PAGES):
            window.go(page)
            window.page.wait_for_timeout(150)
        assert window.requests
        assert window.elsewhere == []
        assert [said for said in window.complaints if said not in EXPECTED] == []


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, served: Served, width: int) -> None:
    assert too_wide(browser, served.url, in_both(PAGES), width) == []


def test_text_at_twice_its_size_hides_nothing(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        hidden = list[str]()
        for page in PAGES:
            window.open(f"/fr/{page}")
            window.page.evaluate(TWICE)
            if window.overflow() > 0:
                hidden.append(page)
            hidden += window.page.evaluate(CLIPPED)
        assert hidden == []


def test_everything_can_be_reached_with_the_keyboard_alone(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go("/fr/")
        page.keyboard.press("Tab")
        skip = page.locator(":focus")
        expect(skip).to_have_text("Aller au contenu")
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        reached = list[str]()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate(
                    "(document.activeElement.ariaLabel || document.activeElement.textContent).trim().slice(0, 40)"
                )
            )
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none" or page.evaluate("document.activeElement === document.body")
        assert "Pause" in reached
        assert any(one.startswith("Stations de vélos") for one in reached)
        assert "Carte\u00a0: tout" in reached
        assert "Zoomer" in reached
        assert "À propos" in reached


def test_the_map_answers_to_the_keyboard(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go("/en/?layer=BikeHireDockingStation")
        page.locator("beffroi-map canvas").focus()
        page.keyboard.press("Enter")
        popup = page.locator(".maplibregl-popup")
        expect(popup).to_contain_text("Bikes available")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")


def test_tabs_move_with_the_arrow_keys(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go(f"/en/{STATION}")
        page.get_by_role("tab", name="curl").focus()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name="Python")).to_be_focused()
        expect(page.locator("#use-python")).to_be_visible()
        expect(page.locator("#use-curl")).to_be_hidden()
        page.keyboard.press("Home")
        expect(page.get_by_role("tab", name="curl")).to_be_focused()


def test_a_click_on_the_map_leads_to_the_page_of_the_thing(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go("/fr/?layer=Evil")
        box = page.locator("beffroi-map canvas").bounding_box()
        assert box
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        popup = page.locator(".maplibregl-popup")
        expect(popup.locator("h2")).to_contain_text("<script>alert('x')</script>")
        popup.get_by_role("link").click()
        page.wait_for_url("**/entities/urn:ngsi-ld:Evil:%253Cscript%253E")
        assert window.complaints == []


def test_live_changes_reach_the_map_and_can_be_paused(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go("/fr/?layer=BikeHireDockingStation")
        page.wait_for_selector(".beat.on")
        served.bikes(5, 19)
        page.wait_for_selector("beffroi-map[data-changes='1']", timeout=10_000)
        expect(page.locator("beffroi-live b")).to_have_text("1")
        page.get_by_role("button", name="Pause").click()
        served.bikes(5, 3)
        page.wait_for_timeout(2_500)
        expect(page.locator("beffroi-live b")).to_have_text("1")
        page.get_by_role("button", name="Reprendre").click()
        page.wait_for_selector(".beat.on")


def test_another_layer_is_shown_without_loading_the_page_again(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go("/fr/")
        page.evaluate("window.stayed = true")
        page.get_by_role("link", name="Bornes de recharge").first.click()
        page.wait_for_selector("beffroi-map[data-count='30']")
        expect(page.locator(".legend caption")).to_contain_text("État")
        expect(page.locator("#listing-title")).to_contain_text("Bornes de recharge")
        assert page.url.endswith("?layer=EVChargingStation")
        assert page.evaluate("window.stayed")
        page.select_option("#by", "power")
        page.get_by_role("button", name="Appliquer").click()
        expect(page.locator(".legend caption")).to_contain_text("Puissance")
        page.go_back()
        expect(page.locator(".legend caption")).to_contain_text("État")


def test_pages_say_the_same_without_scripts(browser: Browser, served: Served) -> None:
    with look(browser, served.url, java_script_enabled=False) as window:
        page = window.page
        page.goto(f"{served.url}/fr/?layer=BikeHireDockingStation")
        expect(page.locator("#listing tbody tr")).to_have_count(10)
        expect(page.locator(".map-note")).to_be_visible()
        page.get_by_role("link", name="Bornes de recharge").first.click()
        expect(page.locator(".legend caption")).to_contain_text("État")
        page.goto(f"{served.url}/fr/{STATION}")
        expect(page.locator("svg.line").first).to_be_visible()
        expect(page.locator("#use-python pre")).to_be_visible()


def test_a_search_finds_and_a_sort_sorts_in_the_browser(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go("/en/types/BikeHireDockingStation")
        page.get_by_label("Search in texts").fill("elise n° 12")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("#listing tbody tr")).to_have_count(1)
        page.goto(f"{served.url}/en/types/BikeHireDockingStation")
        page.get_by_role("link", name="Bikes available").click()
        expect(page.locator("th[aria-sort=ascending]")).to_have_text("Bikes available ↑")


def test_the_map_follows_when_the_system_turns_dark(browser: Browser, served: Served) -> None:
    with look(browser, served.url, color_scheme="light") as window:
        page = window.go("/fr/?layer=Streetlight")
        bright = page.locator("beffroi-map canvas").screenshot()
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(2_000)
        assert page.locator("beffroi-map canvas").screenshot() != bright
        page.get_by_role("link", name="Qualité de l’air").first.click()
        page.wait_for_selector("beffroi-map[data-count='8']")
        assert window.complaints == []
