"""The pages of clauses and contracts in a real browser: usable by everybody, complete on a phone, by keyboard."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.network.contracts.buying import NAMES
from tests.portal.browser import IN_A_BROWSER, TWICE, faults, in_both, look, too_wide
from tests.portal.buying import NAMED, buying_node
from tests.portal.served import Served, serve

from beffroi.processes.buying import pack_of
from beffroi.proof.clauses.pack import pack_json

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(buying_node) as node:
        yield node


def pages() -> list[str]:
    contracts = [f"network/contracts/{NAMED[name]}" for name in ("open", "breached", "new", "lying")]
    return [
        "network/clauses",
        "network/clauses?choose=1",
        "network/clauses/text?requirement=MIM1,0.C1.R1.1",
        "network/clauses/compare",
        "network/contracts",
        *contracts,
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["fr", "en"])
def test_axe_finds_nothing_wrong(browser: Browser, served: Served, code: str, scheme: str) -> None:
    assert faults(browser, served.url, [f"/{code}/{page}" for page in pages()], scheme) == []


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, served: Served, width: int) -> None:
    assert too_wide(browser, served.url, in_both(pages()), width) == []


def test_text_at_twice_its_size_hides_nothing(browser: Browser, served: Served) -> None:
    assert too_wide(browser, served.url, [f"/fr/{page}" for page in pages()], 1280, TWICE) == []


def test_requirements_are_chosen_by_keyboard_alone(browser: Browser, served: Served) -> None:
    with look(browser, served.url) as window:
        page = window.go("/fr/network/clauses")
        page.locator("[id='pick-0.C2.R2.2']").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url("**/clauses/text?requirement=0.C2.R2.2")
        expect(page.locator("main")).to_contain_text("filter-place, filter-attribute, filter-time")


def test_two_files_are_sent_and_the_table_comes_back(
    browser: Browser, served: Served, tmp_path: Path
) -> None:
    clauses, evidence = tmp_path / "clauses.json", tmp_path / "evidence.json"
    clauses.write_bytes(pack_json(pack_of(NAMES.split(","), [])))
    evidence.write_text(json.dumps({"format": "beffroi-check/1", "url": "https://firm.example/ogc"}))
    with look(browser, served.url) as window:
        page = window.go("/fr/network/clauses/compare")
        page.set_input_files("#evidence", str(evidence))
        page.set_input_files("#clauses", str(clauses))
        page.locator("#again").uncheck()
        page.locator("main form button").click()
        expect(page.locator("#result-title")).to_contain_text("Le dossier n’est pas crédible")
        assert window.violations() == []
        assert page.locator("table.rows tbody tr").count() == len(NAMES.split(","))
