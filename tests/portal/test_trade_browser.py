"""The pages of those who trade, in a real browser: usable by everybody, complete on a phone, quiet."""

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.portal.browser import chromium, look, missing
from tests.portal.served import Served, serve
from tests.portal.trading import ACTIVE, BILL, ENDED, OFFER, SUSPENDED, trading_node

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(missing()), reason=missing() or "all is there"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

PAGES = (
    "market/mine",
    f"market/mine/{ACTIVE}",
    f"market/mine/{SUSPENDED}",
    f"market/mine/{ENDED}",
    f"market/mine/{ACTIVE}/end",
    "market/bills",
    "market/selling",
    "market/selling/new",
    "market/selling/new?type=EVChargingStation",
    f"market/selling/{OFFER}",
    "market/account",
    "market/account/erase",
    "market/audit",
    f"market/bills/{BILL}",
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(trading_node) as node:
        yield node


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["fr", "en"])
def test_axe_finds_nothing_wrong(browser: Browser, served: Served, code: str, scheme: str) -> None:
    found = list[str]()
    for width in (1280, 390):
        size = {"width": width, "height": 900}
        with look(browser, served.url, viewport=size, color_scheme=scheme) as window:
            for page in PAGES:
                window.go(f"/{code}/{page}")
                found += [f"{width} {page}: {one}" for one in window.violations()]
            assert window.elsewhere == []
            assert window.complaints == []
    assert found == []


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, served: Served, width: int) -> None:
    with look(browser, served.url, viewport={"width": width, "height": 844}) as window:
        for code, page in itertools.product(("fr", "en"), PAGES):
            window.open(f"/{code}/{page}")
            assert window.overflow() <= 0, (code, page)


def test_text_at_twice_its_size_hides_nothing(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        for page in PAGES:
            window.open(f"/fr/{page}")
            window.page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert window.overflow() <= 0, page


def test_a_secret_is_asked_for_and_stands_in_the_code_to_copy(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go(f"/fr/market/mine/{ACTIVE}")
        page.locator("form[action$='/secret'] button").click()
        shown = page.locator(".secret")
        expect(shown).to_contain_text("sec_")
        assert window.violations() == []
        secret = shown.locator("dd").nth(1).inner_text()
        expect(page.locator("#use-curl pre")).to_contain_text(secret)
        page = window.go(f"/fr/market/mine/{ACTIVE}")
        expect(page.locator("main")).not_to_contain_text(secret)
        expect(page.locator("main")).to_contain_text("cli_")
