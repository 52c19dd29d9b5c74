"""The pages of those who trade, in a real browser: usable by everybody, complete on a phone, quiet."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.portal.browser import DRAWN, IN_A_BROWSER, TWICE, faults, in_both, look, too_wide
from tests.portal.served import Served, serve
from tests.portal.trading import ACTIVE, BILL, DRAFT, ENDED, OFFER, SUSPENDED, trading_node

pytestmark = IN_A_BROWSER

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
    "market/selling/new?service=1",
    f"market/selling/{OFFER}",
    f"market/selling/{DRAFT}",
    f"market/selling/{DRAFT}/correct",
    f"market/selling/{DRAFT}/discard",
    "market/account",
    "market/account/erase",
    "market/audit",
    f"market/bills/{BILL}",
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(trading_node) as node:
        yield node


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["fr", "en"])
def test_axe_finds_nothing_wrong(browser: Browser, served: Served, code: str, scheme: str) -> None:
    assert faults(browser, served.url, [f"/{code}/{page}" for page in PAGES], scheme) == []


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, served: Served, width: int) -> None:
    assert too_wide(browser, served.url, in_both(PAGES), width) == []


def test_text_at_twice_its_size_hides_nothing(browser: Browser, served: Served) -> None:
    assert too_wide(browser, served.url, [f"/fr/{page}" for page in PAGES], 1280, TWICE) == []


def test_the_axis_of_a_chart_writes_the_first_of_a_month_as_the_page_does(
    browser: Browser, served: Served
) -> None:
    with look(browser, served.url) as window:
        window.page.add_init_script(DRAWN)
        for code, first in (("fr", "1er nov."), ("en", "1 Nov")):
            page = window.go(f"/{code}/market/mine/{ACTIVE}")
            page.wait_for_function("window.drawn.length > 0")
            labels = [one["text"] for one in page.evaluate("window.drawn")]
            assert first in labels
        assert window.complaints == []


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


@pytest.mark.parametrize("width", [1280, 390])
def test_a_service_is_offered_by_keyboard_and_told_what_is_wrong(
    browser: Browser, served: Served, width: int
) -> None:
    with look(browser, served.url, viewport={"width": width, "height": 900}) as window:
        page = window.go("/fr/market/selling/new")
        page.get_by_role("link", name="Proposer un service").press("Enter")
        page.get_by_label("Titre", exact=True).fill("Arrêts (simulés)")
        page.get_by_label("Adresse du service").fill("https://stops.example/v1")
        page.get_by_label("Avec des identifiants du service, que je remets").check()
        page.get_by_label("En tout, au plus").fill("cinq")
        page.get_by_role("button", name="Créer le brouillon").press("Enter")
        asked = page.get_by_label("Avec des identifiants : l’adresse qui les remet")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("« cinq » n’est pas un nombre entier.")
        assert window.violations() == []
        assert window.overflow() <= 0
        alert.get_by_role("link", name="L’adresse qui remet les identifiants manque.").press("Enter")
        expect(asked).to_be_focused()
        assert asked.get_attribute("aria-invalid") == "true"
        asked.fill("https://stops.example/hand-over")
        page.get_by_label("En tout, au plus").fill("5")
        page.get_by_text("La même chose en anglais (facultatif)").press("Enter")
        page.get_by_label("Titre en anglais").fill("Stops (simulated)")
        page.get_by_role("button", name="Créer le brouillon").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Arrêts (simulés)")
        assert window.violations() == []
