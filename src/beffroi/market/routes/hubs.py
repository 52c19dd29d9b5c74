"""The rows for the listeners of an API's events."""

from collections.abc import Iterator
from functools import partial

from beffroi.kernel.json import encode
from beffroi.market.operations.hubs import create_listener, remove_listener
from beffroi.market.operations.services import Market
from beffroi.market.rules.documents.resource import ROOT, Api
from beffroi.market.wire.bodies import document_in, once_in
from beffroi.market.wire.problems import JSON
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def register(api: Api, market: Market, request: Request, _: Arguments) -> Response:
    given = document_in(request)
    once = once_in(request, f"{api.number}/hub", given)
    listener = await create_listener(market, api, given, request.actor, once)
    headers = {"content-type": JSON, "location": f"{request.base}{api.base}/hub/{listener['id']}"}
    return Response(201, headers, encode(listener))


async def unregister(api: Api, market: Market, request: Request, path: Arguments) -> Response:
    await remove_listener(market, api, path["id"], request.actor)
    return Response(204)


def hub_rows(api: Api) -> Iterator[Route[Market]]:
    """The rows of one API, below the root of all."""
    path = f"{api.base.removeprefix(ROOT)}/hub"
    yield Route("POST", path, partial(register, api), api.clause, "trade")
    yield Route("DELETE", f"{path}/{{id}}", partial(unregister, api), api.clause, "trade")
