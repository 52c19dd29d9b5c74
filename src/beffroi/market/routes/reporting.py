"""The row that makes a usage (TMF635): an operator writes any; a provider reports for an own product."""

from beffroi.kernel.problem import Forbidden, Problem
from beffroi.market.operations.reporting import report
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker
from beffroi.market.routes.documents import create_document
from beffroi.market.rules.access.usage_chain import REPORTED
from beffroi.market.rules.audit.entry import OVER_API
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.documents.visibility import OPERATE
from beffroi.market.wire.answers import made
from beffroi.market.wire.bodies import document_in, once_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments


async def create_usage(resource: Resource, market: Market, request: Request, path: Arguments) -> Response:
    given = document_in(request)
    if given.get("@type") != REPORTED:
        if OPERATE not in request.actor.may:
            raise Problem(
                Forbidden, f"'{request.actor.name}' may make a usage only with the '@type' {REPORTED}."
            )
        return await create_document(resource, market, request, path)
    once = once_in(request, resource.path, given)
    asker = Asker(request.actor, otherwise=OVER_API)
    return made(resource, await report(market, given, asker, once), request)
