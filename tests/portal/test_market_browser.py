"""The market for buyers in a real browser: everybody can use it, with scripts and without."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.portal.browser import DRAWN, IN_A_BROWSER, TWICE, Look, in_both, look, too_wide
from tests.portal.market import make_market
from tests.portal.served import Served, serve, wall_clock
from tests.portal.test_market import BUYER, DOORS

from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.portal.services import PortalSettings
from beffroi.web.cookie import SESSION_COOKIE

pytestmark = IN_A_BROWSER

BIKES = "market/catalogue/bikes"
PAGES = (
    "market",
    "market?view=table",
    "market?type=nothing",
    BIKES,
    f"{BIKES}?requests=x",
    "market/catalogue/chargers",
    "market/catalogue/forecast",
    "market/catalogue/evil&1",
    f"{BIKES}/order",
    f"{BIKES}/order/terms",
    f"{BIKES}/order/confirm",
)
EXPECTED = ("Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)",)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    settings = PortalSettings("Simville", simulated=True, sign_in=True)
    with serve(lambda: make_market(clock=wall_clock, settings=settings, doors=DOORS)) as node:
        node.node.visitors["buyer"] = BUYER
        yield node


def enter(window: Look) -> Page:
    """Be signed in as the buyer."""
    cookie = {"name": SESSION_COOKIE, "value": "buyer", "url": window.home}
    window.page.context.add_cookies([cookie])  # type: ignore[list-item]
    return window.page


def test_percents_of_a_service_level_end_at_100(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        enter(window)
        window.page.add_init_script(DRAWN)
        page = window.go(f"/en/{BIKES}")
        page.wait_for_function("window.drawn.length > 0")
        labels = [one["text"] for one in page.evaluate("window.drawn") if "%" in one["text"]]
        assert max(float(label.rstrip("\u202f%")) for label in labels) == 100
        assert all(one["left"] >= 0 for one in page.evaluate("window.drawn"))
        assert window.complaints == []


def order(page: Page, home: str) -> None:
    """Walk through the three steps."""
    page.goto(f"{home}/en/{BIKES}")
    page.get_by_role("link", name="Order", exact=True).click()
    page.get_by_label("Requests a month").fill("20 000")
    page.get_by_role("button", name="Calculate").click()
    expect(page.locator(".bill tfoot")).to_contain_text("€44.40")
    page.get_by_role("link", name="Go on to the terms").click()
    expect(page.locator("main")).to_contain_text("You order for Acheteur simulé")
    page.get_by_label("What you will use the data for").select_option("research")
    page.get_by_label("I have read the terms").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".bill tfoot")).to_contain_text("€44.40")
    page.get_by_role("button", name="Order with obligation to pay").click()
    page.wait_for_url("**/en/market/orders/*")
    expect(page.locator("#state-title")).to_have_text("State: received")


@pytest.mark.parametrize("code", ["fr", "en"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_wrong_on_any_page(
    browser: Browser, served: Served, code: str, width: int, scheme: str
) -> None:
    found = list[str]()
    size = {"width": width, "height": 900}
    with look(browser, served.url, viewport=size, color_scheme=scheme) as window:
        for page in PAGES:
            window.go(f"/{code}/{page}")
            found += [f"{page}: {one}" for one in window.violations()]
            if window.overflow() > 0:
                found.append(f"{page}: scrolls sideways")
        assert window.elsewhere == []
        assert [said for said in window.complaints if said not in EXPECTED] == []
    assert found == []


def test_an_order_is_placed_and_its_page_follows_by_itself(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = enter(window)
        order(page, served.url)
        assert window.violations() == []
        key = Key("", "tmf:productOrder", page.url.rpartition("/")[2])
        store = served.node.portal.market.store

        def finish(stored: dict[Key, object]) -> Commit:
            body = stored[key].body  # type: ignore[attr-defined]
            return Commit((Change(key, document_of({**body, "state": "completed"})),))

        served.do(store.transact([key], finish))  # type: ignore[arg-type]
        expect(page.locator("#state-title")).to_have_text("State: ready", timeout=20_000)
        expect(page.get_by_role("link", name="To my products")).to_be_visible()
        assert window.violations() == []
        assert window.complaints == []


def test_an_order_is_placed_without_scripts_on_a_phone(browser: Browser, served: Served) -> None:
    size = {"width": 390, "height": 844}
    with look(browser, served.url, viewport=size, java_script_enabled=False) as window:
        page = enter(window)
        order(page, served.url)
        expect(page.get_by_role("link", name="Load the page again")).to_be_visible()


def test_the_form_to_sign_in_comes_back_to_the_terms(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.open(f"/en/{BIKES}/order/terms")
        expect(page.get_by_label("Who orders")).to_be_visible()
        page.goto(f"{served.url}/en/sign-in?after=/en/{BIKES}/order/terms")
        expect(page.locator("[name=after]")).to_have_value(f"/en/{BIKES}/order/terms")


def test_filters_work_with_the_keyboard_and_without_scripts(browser: Browser, served: Served) -> None:
    with look(browser, served.url, java_script_enabled=False) as window:
        page = window.page
        page.goto(f"{served.url}/fr/market")
        page.get_by_role("searchbox").fill("VELOS")
        page.keyboard.press("Enter")
        expect(page.locator(".offer")).to_have_count(1)
        page.get_by_role("link", name="Tableau").click()
        expect(page.locator("#offers tbody tr")).to_have_count(1)
        page.get_by_role("link", name="Tout effacer").click()
        page.get_by_label("Prix", exact=True).select_option("free")
        page.get_by_role("button", name="Afficher").click()
        expect(page.locator(".offer")).to_have_count(1)
        expect(page.locator(".offer h3")).to_have_text("Bornes de recharge (simulées)")


def test_text_at_twice_its_size_and_narrow_windows_hide_nothing(browser: Browser, served: Served) -> None:
    assert too_wide(browser, served.url, in_both(PAGES), 320) == []
    assert too_wide(browser, served.url, [f"/fr/{page}" for page in PAGES], 1280, TWICE) == []


def test_the_filters_fold_on_a_phone_while_nothing_is_filtered_also_without_scripts(
    browser: Browser, served: Served
) -> None:
    phone = {"width": 390, "height": 844}
    with look(browser, served.url, viewport=phone, java_script_enabled=False) as window:
        page = window.open("/en/market")
        kind, offers = page.get_by_label("Kind of data"), page.locator("#offers-title")
        expect(kind).to_be_hidden()
        expect(offers).to_be_in_viewport()
        page.locator(".sift summary").click()
        expect(kind).to_be_visible()
        kind.select_option(index=1)
        page.get_by_role("button", name="Show", exact=True).click()
        expect(kind).to_be_visible()
        expect(kind).not_to_have_value("")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{served.url}/en/market")
        expect(kind).to_be_visible()
        expect(page.locator(".sift summary")).to_be_hidden()
