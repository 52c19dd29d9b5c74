"""Ratings of products by who holds them."""

from beffroi.kernel.json import encode
from beffroi.kernel.problem import InvalidRequest, Problem
from beffroi.market.operations.product_rating import rate, ratings, take_back
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.audit.entry import OVER_API
from beffroi.market.wire.bodies import JSON, document_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def put_rating(market: Market, request: Request, path: Arguments) -> Response:
    """Rate a product that one holds, or change what was said."""
    body = await rate(market, path["id"], document_in(request), Asker(request.actor, otherwise=OVER_API))
    return Response(200, {"content-type": JSON}, encode(body))


async def delete_rating(market: Market, request: Request, path: Arguments) -> Response:
    """Take one's rating back."""
    await take_back(market, path["id"], Asker(request.actor, otherwise=OVER_API))
    return Response(204)


async def list_ratings(market: Market, request: Request, _: Arguments) -> Response:
    """What holders of its products say of an offering: how many, the mean, the newest."""
    if list(request.parameters) != ["offering"]:
        raise Problem(InvalidRequest, "Ratings are asked for with the parameter 'offering', and no other.")
    found = await ratings(market, request.parameters["offering"], request.actor)
    return Response(200, {"content-type": JSON}, encode(found.document()))


RATING_ROUTES: tuple[Route[Market], ...] = (
    Route("PUT", "/market/products/{id}/rating", put_rating, "RFC 9110 9.3.4", "trade"),
    Route("DELETE", "/market/products/{id}/rating", delete_rating, "RFC 9110 9.3.5", "trade"),
    Route("GET", "/market/ratings", list_ratings, "RFC 9110 9.3.1", "browse"),
)
