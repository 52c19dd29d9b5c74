"""Credit notes of bills."""

from beffroi.kernel.json import encode
from beffroi.market.operations.crediting import credit_bill
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.bills.credit_note import wanted_of
from beffroi.market.wire.bodies import JSON, document_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def make_credit_note(market: Market, request: Request, path: Arguments) -> Response:
    """Take a bill back, or lines of it: a customerBill of the category creditNote."""
    made = await credit_bill(market, path["id"], wanted_of(document_in(request)), request.actor)
    location = f"{request.base}{CUSTOMER_BILL.path}/{made['id']}"
    return Response(201, {"content-type": JSON, "location": location}, encode({**made, "href": location}))


CREDIT_NOTE_ROUTES: tuple[Route[Market], ...] = (
    Route("POST", "/bills/{id}/credit-notes", make_credit_note, "EN 16931 BT-3 381", "operate"),
)
