"""Bills on pages: who sees them, what they say, and what can be taken away."""

from collections.abc import Iterator

import pytest
from tests.portal.node import Node
from tests.portal.test_mine import see, text
from tests.portal.trading import AUDITOR, BILL, CITY, FIRM, OTHER, trading_node

from beffroi.market.wire.fonts import free_font
from beffroi.web.message import Actor


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with trading_node() as made:
        yield made


@pytest.mark.parametrize("actor", [FIRM, CITY, AUDITOR])
def test_both_parties_and_an_auditor_see_the_bill(node: Node, actor: Actor) -> None:
    page = text(node, actor, "/en/market/bills")
    assert "2026-000001" in page
    assert "October 2026" in page
    assert "octobre 2026" in text(node, actor, "/fr/market/bills")


def test_nobody_else_does(node: Node) -> None:
    assert "2026-000001" not in text(node, OTHER, "/fr/market/bills")
    for path in ("", "/pdf", "/xml"):
        assert see(node, OTHER, f"/fr/market/bills/{BILL}{path}").status == 404


def test_the_page_says_what_the_invoice_says(node: Node) -> None:
    page = text(node, FIRM, f"/fr/market/bills/{BILL}")
    assert "Facture 2026-000001" in page
    assert "Petite société simulée" in page
    assert "Total TTC" in page
    assert "SIRET 40483304800022" in page


def test_the_xml_is_an_invoice(node: Node) -> None:
    got = see(node, FIRM, f"/fr/market/bills/{BILL}/xml")
    assert b"CrossIndustryInvoice" in got.body
    assert got.headers["content-disposition"] == 'attachment; filename="2026-000001.xml"'


def test_the_pdf_is_one(node: Node) -> None:
    assert free_font().regular.is_file()
    got = see(node, FIRM, f"/en/market/bills/{BILL}/pdf")
    assert got.body.startswith(b"%PDF")
    assert got.headers["content-type"] == "application/pdf"


def test_a_bill_without_the_data_of_a_party_says_what_is_missing() -> None:
    with trading_node() as node:
        node.keep("tmf:organization", "firm", {"id": "firm", "tradingName": "Société simulée sans adresse"})
        page = text(node, FIRM, f"/fr/market/bills/{BILL}")
        assert "Aucune facture ne peut encore être faite" in page
        assert "sans adresse" in page
        assert see(node, FIRM, f"/fr/market/bills/{BILL}/xml").status == 400
