"""The pages of needs and calls in a real browser: usable by everybody, complete on a phone, quiet."""

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.portal.browser import chromium, look, missing
from tests.portal.calling import calling_node
from tests.portal.served import Served, serve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(missing()), reason=missing() or "all is there"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


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
        "network/needs", f"network/needs/{made['need']}", "network/calls", *calls, f"{draft}/draft", f"{opened}/apply",
        f"{opened}/apply?eligible=yes", f"{opened}/mine", f"{awarded}/mine", f"{evaluating}/jury", f"{evaluating}/ranking",
        f"{evaluating}/jury/{made['evaluating pia']}", f"{evaluating}/jury/{made['evaluating otto']}", f"{awarded}/ranking",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize(("code", "scheme"), [("fr", "light"), ("en", "dark")])
def test_axe_finds_nothing_wrong(
    browser: Browser, served: Served, pages: list[str], code: str, scheme: str
) -> None:
    found = list[str]()
    for width in (1280, 390):
        size = {"width": width, "height": 900}
        with look(browser, served.url, viewport=size, color_scheme=scheme) as window:
            for page in pages:
                window.go(f"/{code}/{page}")
                found += [f"{width} {page}: {one}" for one in window.violations()]
            assert window.elsewhere == []
            assert window.complaints == []
    assert found == []


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_scrolls_sideways_on_a_phone(
    browser: Browser, served: Served, pages: list[str], width: int
) -> None:
    with look(browser, served.url, viewport={"width": width, "height": 844}) as window:
        for code, page in itertools.product(("fr", "en"), pages):
            window.open(f"/{code}/{page}")
            assert window.overflow() <= 0, (code, page)


def test_text_at_twice_its_size_hides_nothing(browser: Browser, served: Served, pages: list[str]) -> None:
    with look(browser, served.url) as window:
        for page in pages:
            window.open(f"/fr/{page}")
            window.page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert window.overflow() <= 0, page


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
