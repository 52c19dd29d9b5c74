"""Credentials of a product for the one who holds it: a new secret, shown once (RFC 6749, section 2.3)."""

from beffroi.kernel.json import JsonObject, encode
from beffroi.market.operations.holding import renew_secret
from beffroi.market.operations.services import Market
from beffroi.market.wire.problems import JSON
from beffroi.web.message import Request, Response
from beffroi.web.routing import Arguments, Route

PREFIX = "/market"


async def make_secret(market: Market, request: Request, path: Arguments) -> Response:
    """A new secret for the client of a product; the one before opens nothing any more."""
    made = await renew_secret(market, path["id"], request.actor)
    body: JsonObject = {
        "client_id": made.client,
        "client_secret": made.secret,
        "token_endpoint": f"{request.base}/oauth/token",
        "product": path["id"],
    }
    return Response(201, {"content-type": JSON, "cache-control": "no-store"}, encode(body))


INVENTORY_ROUTES: tuple[Route[Market], ...] = (
    Route("POST", "/products/{id}/credentials", make_secret, "RFC 6749 2.3", "trade"),
)
