"""The page of reported usage in a real browser: for everybody, and with a file that is chosen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.portal.browser import IN_A_BROWSER, faults, in_both, look, too_wide
from tests.portal.served import Served, serve
from tests.portal.test_reporting import KEYS, handing_node

pytestmark = IN_A_BROWSER
PAGE = f"market/mine/{KEYS}/reported"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(handing_node) as node:
        yield node


def test_axe_finds_nothing_wrong_and_nothing_scrolls_sideways(browser: Browser, served: Served) -> None:
    assert faults(browser, served.url, [f"/fr/{PAGE}", f"/en/{PAGE}"], "light") == []
    assert too_wide(browser, served.url, in_both([PAGE]), 320) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_table_is_chosen_and_its_rows_come_back(
    browser: Browser, served: Served, tmp_path: Path, width: int
) -> None:
    day = 6 if width == 1280 else 7
    table = tmp_path / "usage.csv"
    table.write_text(f"du,au,requêtes\n2026-11-{day:02},2026-11-{day:02},12\n")
    with look(browser, served.url, viewport={"width": width, "height": 900}) as window:
        page = window.go(f"/fr/{PAGE}")
        page.get_by_label("Fichier CSV").set_input_files(table)
        page.get_by_role("button", name="Déclarer toutes les lignes").press("Enter")
        expect(page.get_by_role("region", name="Tableau de l’usage déclaré")).to_contain_text("12")
        expect(page.get_by_text("La chaîne tient")).to_be_visible()
        assert window.violations() == []
        assert window.overflow() <= 0
        page.get_by_role("button", name="Déclarer toutes les lignes").press("Enter")
        page.get_by_label("Requêtes").fill("beaucoup")
        page.get_by_label("Au (ce jour compris)").fill(f"2026-11-{day + 1:02}")
        page.get_by_role("button", name="Déclarer", exact=True).press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("n’est pas un nombre entier")
        assert window.violations() == []
