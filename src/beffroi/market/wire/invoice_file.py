"""An invoice as a file to be kept, named by its number."""

import re

from beffroi.market.rules.bills.invoice import Invoice
from beffroi.web.message import Response


def invoice_file(body: bytes, media_type: str, invoice: Invoice, code: str) -> Response:
    """The PDF or the XML of an invoice whose words are in the language `code`."""
    name = re.sub(r"[^A-Za-z0-9.-]", "-", invoice.number)[:80]
    headers = {
        "content-type": media_type,
        "content-language": code,
        "content-disposition": f'attachment; filename="{name}.{media_type.rpartition("/")[2]}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(200, headers, body)
