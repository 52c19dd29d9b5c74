"""The pages of needs and calls in a real browser: usable by everybody, complete on a phone, quiet."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.portal.browser import IN_A_BROWSER, TWICE, faults, in_both, look, too_wide
from tests.portal.calling import calling_node
from tests.portal.served import Served, serve

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(calling_node) as node:
        yield node


@pytest.fixture(scope="module")
def pages(served: Served) -> list[str]:
    made = served.node.made
    calls = [f"network/calls/{made[word]}" for word in ("open", "evaluating", "awarded", "draft")]
    opened, evaluating, awarded, draft = calls
    return [
        "network/for-you", "network/needs", f"network/needs/{made['need']}", f"network/needs/{made['need']}/correct", "network/calls", *calls, f"{draft}/draft", f"{opened}/apply",
        f"{opened}/apply?eligible=yes", f"{opened}/mine", f"{awarded}/mine", f"{evaluating}/jury", f"{evaluating}/ranking",
        f"{evaluating}/jury/{made['evaluating pia']}", f"{evaluating}/jury/{made['evaluating otto']}", f"{awarded}/ranking",
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "scheme"), [("fr", "light"), ("en", "dark")])
def test_axe_finds_nothing_wrong(
    browser: Browser, served: Served, pages: list[str], code: str, scheme: str
) -> None:
    assert faults(browser, served.url, [f"/{code}/{page}" for page in pages], scheme) == []


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_scrolls_sideways_on_a_phone(
    browser: Browser, served: Served, pages: list[str], width: int
) -> None:
    assert too_wide(browser, served.url, in_both(pages), width) == []


def test_text_at_twice_its_size_hides_nothing(browser: Browser, served: Served, pages: list[str]) -> None:
    assert too_wide(browser, served.url, [f"/fr/{page}" for page in pages], 1280, TWICE) == []


def test_a_firm_applies_with_the_keyboard_alone(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.open(f"/en/network/calls/{served.node.made['open']}/apply")
        page.get_by_label("We meet every condition").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_label("What you offer").fill("By keyboard (simulated).")
        page.get_by_role("button", name="Continue").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Send the application").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/mine")
        assert page.get_by_text("sealed until the close").is_visible()
