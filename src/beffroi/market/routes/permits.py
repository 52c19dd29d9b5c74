"""Which data of this node each party may sell."""

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.permits import every_permit, give_permit, permit
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.audit.entry import OVER_API
from beffroi.market.wire.bodies import JSON, document_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

LONGEST_REASON = 500


async def put_permit(market: Market, request: Request, path: Arguments) -> Response:
    """Say which entity types, of which tenants, a party may sell, in place of what it might before."""
    given = document_in(request)
    asker = Asker(request.actor, _reason(given), OVER_API)
    made = await give_permit(
        market.store, path["party"], given.get("data"), asker, market.now(), market.new_id()
    )
    return _answer(made)


async def get_permit(market: Market, request: Request, path: Arguments) -> Response:
    """Which data a party may sell."""
    return _answer(await permit(market.store, path["party"], request.actor))


async def list_permits(market: Market, request: Request, _: Arguments) -> Response:
    """Which data each party may sell."""
    found = await every_permit(market.store, request.actor)
    return Response(200, {"content-type": JSON, "cache-control": "no-store"}, encode([*found]))


def _reason(given: JsonObject) -> str:
    reason = given.get("reason", "")
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
        raise Problem(BadRequestData, f"The 'reason' is no text of at most {LONGEST_REASON} characters.")
    return reason.strip()


def _answer(body: JsonObject) -> Response:
    return Response(200, {"content-type": JSON, "cache-control": "no-store"}, encode(body))


PERMIT_ROUTES: tuple[Route[Market], ...] = (
    Route("GET", "/permits", list_permits, "RFC 9110 9.3.1", "browse"),
    Route("GET", "/permits/{party}", get_permit, "RFC 9110 9.3.1", "browse"),
    Route("PUT", "/permits/{party}", put_permit, "RFC 9110 9.3.4", "operate"),
)
