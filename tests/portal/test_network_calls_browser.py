"""The pages of needs and calls in a real browser: usable by everybody, complete on a phone, quiet."""

from collections.abc import Iterator
from itertools import combinations

import pytest
from playwright.sync_api import Browser, FloatRect, expect
from tests.portal.browser import IN_A_BROWSER, TWICE, WIDTHS, faults, in_both, look, too_wide
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


@pytest.mark.parametrize("width", WIDTHS)
def test_no_name_on_the_map_of_needs_covers_another_and_a_hidden_one_shows_when_it_is_reached(
    browser: Browser, served: Served, width: int
) -> None:
    """Fourteen needs in a row, closer to each other than their names are wide."""
    with look(browser, served.url, viewport={"width": width, "height": 844}) as window:
        page = window.go("/en/network/needs")
        expect(page.locator("beffroi-map .place")).to_have_count(14)
        room = page.locator("beffroi-map .canvas").first.bounding_box()
        shown = page.locator("beffroi-map .place:not(.quiet) span")
        boxes = [room, *(one.bounding_box() for one in shown.all())]
        assert 2 < len(boxes) < 14
        assert [one for one in boxes if not _within(one, room)] == []
        assert [pair for pair in combinations(boxes[1:], 2) if _meet(*pair)] == []
        quiet = page.locator("beffroi-map .place.quiet").first
        expect(quiet.locator("span")).to_be_hidden()
        quiet.focus()
        expect(quiet.locator("span")).to_be_visible()
        page.keyboard.press("Enter")
        name = quiet.get_attribute("aria-label") or ""
        link = page.locator(".maplibregl-popup").get_by_role("link", name=name, exact=False).first
        assert window.violations() == []
        link.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)


def _within(box: FloatRect | None, room: FloatRect | None) -> bool:
    assert box
    assert room
    across = room["x"] <= box["x"] and box["x"] + box["width"] <= room["x"] + room["width"] + 1
    return across and room["y"] <= box["y"] and box["y"] + box["height"] <= room["y"] + room["height"] + 1


def _meet(a: FloatRect | None, b: FloatRect | None) -> bool:
    assert a
    assert b
    beside = a["x"] + a["width"] <= b["x"] + 0.5 or b["x"] + b["width"] <= a["x"] + 0.5
    return not (beside or a["y"] + a["height"] <= b["y"] + 0.5 or b["y"] + b["height"] <= a["y"] + 0.5)


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
