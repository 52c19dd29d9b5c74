"""The invoice of a bill or of a credit note, as PDF with Factur-X inside and as its XML alone: what
`billDocument` leads to."""

import asyncio

from beffroi.market.operations.invoices import read_invoice
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.bills.document import PDF, XML
from beffroi.market.rules.bills.invoice import Invoice
from beffroi.market.wire.cii import cii
from beffroi.market.wire.invoice_file import invoice_file
from beffroi.market.wire.parameters import parameters_in
from beffroi.market.wire.speech import LANGUAGES
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.preferred_language import preferred
from beffroi.web.routing import Route

USUAL_LANGUAGE = "en"


async def invoice_as_pdf(market: Market, request: Request, path: Arguments) -> Response:
    """The invoice as PDF/A-3 with its XML inside (Factur-X, EN 16931)."""
    from beffroi.market.wire.bill_pdf import bill_pdf  # noqa: PLC0415 - fonts and images, seldom needed

    found, code = await _read(market, request, path["id"])
    return invoice_file(await asyncio.to_thread(bill_pdf, found, code), PDF, found, code)


async def invoice_as_xml(market: Market, request: Request, path: Arguments) -> Response:
    """The XML of the invoice alone (UN/CEFACT CII, EN 16931)."""
    found, code = await _read(market, request, path["id"])
    return invoice_file(await asyncio.to_thread(cii, found, code), XML, found, code)


async def _read(market: Market, request: Request, id: str) -> tuple[Invoice, str]:
    """The invoice of a bill that the actor may read, and the best language that the client asks for."""
    parameters_in(request, frozenset())
    bill = await retrieve(market, CUSTOMER_BILL, id, request.actor)
    code = preferred(request.headers.get("accept-language", ""), LANGUAGES, USUAL_LANGUAGE)
    return await read_invoice(market.store, str(bill["id"])), code


INVOICE_ROUTES: tuple[Route[Market], ...] = (
    Route("GET", "/market/bills/{id}/invoice.pdf", invoice_as_pdf, "TMF678 4.0.0, billDocument", "browse"),
    Route("GET", "/market/bills/{id}/invoice.xml", invoice_as_xml, "TMF678 4.0.0, billDocument", "browse"),
)
