"""Bills: the list, the page of one as it is printed, and its PDF and XML (Factur-X, EN 16931)."""

import asyncio
from functools import partial

from beffroi.kernel.problem import Problem
from beffroi.market.operations.invoices import read_invoice
from beffroi.market.operations.reading import retrieve
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.bills.document import PDF, XML
from beffroi.market.rules.bills.invoice import Invoice
from beffroi.market.rules.bills.view import BillView, bill_view
from beffroi.market.wire.cii import cii
from beffroi.market.wire.invoice_file import invoice_file
from beffroi.portal.pages.market.called import called
from beffroi.portal.pages.market.rooms import rooms
from beffroi.portal.reading.market.bills import bill_of, bills_for
from beffroi.portal.reading.market.newest import number_in
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit
from beffroi.portal.words.trade import STATE_CLASSES, bill_state
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def bills(visit: Visit, _: Arguments) -> Response:
    found = await bills_for(visit.market, visit.actor, number_in(visit.request.parameters.get("page", "")))
    shown = [bill_of(one) for one in found.documents]
    names = await called(visit, [party for one in shown for party in (one.seller, one.buyer)])
    values = {**_words(visit), **rooms(visit, "bills"), "bills": shown, "sheet": found, "names": names}
    return visit.page("market/bills.html", visit.say("Bills"), values)


async def one_bill(visit: Visit, path: Arguments) -> Response:
    """The bill as it is printed; where no invoice can be made of it, why, and what is known of it."""
    document = await retrieve(visit.market, CUSTOMER_BILL, path["id"], visit.actor)
    shown = bill_of(document)
    view, problem = await _view(visit, shown.id)
    values: dict[str, object] = {
        **_words(visit),
        **rooms(visit, "bills"),
        "bill": shown,
        "view": view,
        "problem": problem,
        "address": f"{visit.home()}market/bills/{segment(shown.id)}",
        "names": await called(visit, [shown.seller, shown.buyer]),
    }
    trail = ((f"{visit.home()}market/bills", visit.say("Bills")),)
    title = view.title if view else visit.say("Bill %(number)s", number=shown.number)
    return visit.page("market/bill.html", title, values, trail=trail)


async def bill_as_pdf(visit: Visit, path: Arguments) -> Response:
    from beffroi.market.wire.bill_pdf import bill_pdf  # noqa: PLC0415 - fonts and images, seldom needed

    found = await _invoice(visit, path["id"])
    body = await asyncio.to_thread(bill_pdf, found, visit.language.code)
    return invoice_file(body, PDF, found, visit.language.code)


async def bill_as_xml(visit: Visit, path: Arguments) -> Response:
    found = await _invoice(visit, path["id"])
    body = await asyncio.to_thread(cii, found, visit.language.code)
    return invoice_file(body, XML, found, visit.language.code)


async def _invoice(visit: Visit, id: str) -> Invoice:
    document = await retrieve(visit.market, CUSTOMER_BILL, id, visit.actor)
    return await read_invoice(visit.market.store, str(document["id"]))


async def _view(visit: Visit, id: str) -> tuple[BillView | None, str]:
    try:
        return bill_view(await read_invoice(visit.market.store, id), visit.language.code), ""
    except Problem as problem:
        return None, problem.detail


def _words(visit: Visit) -> dict[str, object]:
    return {"bill_state": partial(bill_state, visit.language), "state_class": STATE_CLASSES}
