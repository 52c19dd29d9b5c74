"""Credentials of a product for who holds it, shown once: a new secret (RFC 6749, section 2.3), or what its
provider handed over."""

from beffroi.kernel.json import JsonObject, encode
from beffroi.market.operations.handover import Awaited, Handed
from beffroi.market.operations.holding import show_credentials
from beffroi.market.operations.services import Market
from beffroi.market.wire.bodies import once_in
from beffroi.market.wire.problems import JSON
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

PREFIX = "/market"
RETRY_AFTER = "2"


async def make_secret(market: Market, request: Request, path: Arguments) -> Response:
    """A new secret for the client of a product, or what its provider handed over; asked again, the one before
    is replaced, but for a request that comes again with its Idempotency-Key."""
    once = once_in(request, f"products/{path['id']}/credentials", {})
    made = await show_credentials(market, path["id"], request.actor, once)
    headers = {"content-type": JSON, "cache-control": "no-store"}
    if isinstance(made, Handed):
        return Response(201, headers, encode({"product": path["id"], "credentials": made.values}))
    if isinstance(made, Awaited):
        awaited: JsonObject = {"product": path["id"], "state": "asked", "reason": made.reason}
        return Response(202, {**headers, "retry-after": RETRY_AFTER}, encode(awaited))
    body: JsonObject = {
        "client_id": made.client,
        "client_secret": made.secret,
        "token_endpoint": f"{request.base}/oauth/token",
        "product": path["id"],
    }
    return Response(201, headers, encode(body))


INVENTORY_ROUTES: tuple[Route[Market], ...] = (
    Route("POST", "/products/{id}/credentials", make_secret, "RFC 6749 2.3", "trade"),
)
