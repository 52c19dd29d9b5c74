"""A bill as PDF/A-3 with its Factur-X XML inside (profile EN 16931), checked against the schema."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from importlib import import_module
from typing import Protocol, cast

from fpdf import FPDF, FontFace
from fpdf.enums import DocumentCompliance, TableBordersLayout, XPos, YPos
from typing_extensions import override

from beffroi.market.rules.bills.invoice import Invoice
from beffroi.market.rules.bills.view import BillView, Row, bill_view
from beffroi.market.rules.bills.words import LANGUAGES, colon, word
from beffroi.market.wire.cii import cii
from beffroi.market.wire.fonts import free_font

FONT = "bill"
WIDTHS = (62, 36, 42, 16, 34)
ALIGNED = ("LEFT", "RIGHT", "RIGHT", "RIGHT", "RIGHT")


class _FacturX(Protocol):
    """What is used of the library, which says no types."""

    def generate_from_binary(  # noqa: PLR0913
        self, pdf_file: bytes, xml: bytes, *, flavor: str, level: str, check_xsd: bool,
        pdf_metadata: Mapping[str, str], lang: str, afrelationship: str,
    ) -> bytes: ...  # fmt: skip


def bill_pdf(invoice: Invoice, language: str) -> bytes:
    """The document. Raises Problem: of the kind BadRequestData for a language that bills are not written in,
    Unavailable where this machine has no font."""
    view = bill_view(invoice, language)
    library = cast("_FacturX", import_module("facturx"))
    return library.generate_from_binary(
        _page(view, datetime.combine(invoice.issued, time(), UTC)),
        cii(invoice, language),
        flavor="factur-x",
        level="en16931",
        check_xsd=True,
        pdf_metadata=_metadata(invoice, view),
        lang=LANGUAGES[language].replace("_", "-"),
        afrelationship="data",
    )


def _metadata(invoice: Invoice, view: BillView) -> dict[str, str]:
    return {
        "author": invoice.seller.name,
        "title": f"{view.title}, {invoice.seller.name}",
        "subject": view.title,
        "keywords": "Factur-X, EN 16931",
    }


class _Page(FPDF):
    """Pages that say their number."""

    language = "en"

    @override
    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(FONT, size=8)
        self.cell(0, 5, f"{word('Page', self.language)} {self.page_no()}", align="R")


def _page(view: BillView, made: datetime) -> bytes:
    font = free_font()
    pdf = _Page(enforce_compliance=DocumentCompliance.PDFA_3B)
    pdf.language = view.language
    pdf.creation_date = made
    pdf.set_title(view.title)
    pdf.set_lang(view.language)
    pdf.add_font(FONT, fname=font.regular)
    pdf.add_font(FONT, style="B", fname=font.bold)
    pdf.set_margin(10)
    pdf.set_auto_page_break(auto=True, margin=18)
    pdf.add_page()
    _title(pdf, view)
    _parties(pdf, view)
    _rows(pdf, view)
    _sums(pdf, view.sums)
    _notes(pdf, view.notes)
    return bytes(pdf.output())


def _title(pdf: FPDF, view: BillView) -> None:
    pdf.set_font(FONT, "B", 18)
    _text(pdf, 10, view.title)
    for label, value in view.facts:
        pdf.set_font(FONT, size=10)
        _text(pdf, 5.5, f"{label}{colon(view.language)}{value}")
    pdf.ln(5)


def _parties(pdf: FPDF, view: BillView) -> None:
    top, lowest = pdf.get_y(), pdf.get_y()
    for left, label, lines in ((10, "Seller", view.seller), (110, "Buyer", view.buyer)):
        pdf.set_xy(left, top)
        pdf.set_font(FONT, "B", 10)
        pdf.cell(90, 5.5, word(label, view.language), new_x=XPos.LEFT, new_y=YPos.NEXT)
        pdf.set_font(FONT, size=10)
        for line in lines:
            pdf.multi_cell(90, 5, line, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
        lowest = max(lowest, pdf.get_y())
    pdf.set_xy(10, lowest + 6)


def _rows(pdf: FPDF, view: BillView) -> None:
    pdf.set_font(FONT, size=9)
    heads = FontFace(emphasis="BOLD")
    with pdf.table(
        width=190, col_widths=WIDTHS, text_align=ALIGNED, headings_style=heads, line_height=5, padding=1,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
    ) as table:  # fmt: skip
        table.row(list(view.head))
        for row in view.rows:
            table.row(_cells(row))
    pdf.ln(4)


def _cells(row: Row) -> list[str]:
    amount = f"{row.amount}\n{row.discount}" if row.discount else row.amount
    return [row.name, row.quantity, row.price, row.tax, amount]


def _sums(pdf: FPDF, sums: Sequence[tuple[str, str]]) -> None:
    for number, (label, value) in enumerate(sums, 1):
        pdf.set_font(FONT, "B" if number == len(sums) else "", 10)
        pdf.multi_cell(140, 6, label, align="R", new_x=XPos.RIGHT, new_y=YPos.TOP)
        pdf.cell(50, 6, value, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _notes(pdf: FPDF, notes: Sequence[str]) -> None:
    pdf.ln(6)
    pdf.set_font(FONT, size=9)
    for note in notes:
        _text(pdf, 5, note)


def _text(pdf: FPDF, height: float, text: str) -> None:
    pdf.multi_cell(0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
