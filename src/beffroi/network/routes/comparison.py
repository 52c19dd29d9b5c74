"""Whether this city is compared with others: it says so itself."""

from typing import Final

from beffroi.kernel.problem import BadRequestData, OperationNotSupported, Problem
from beffroi.network.operations.services import Network
from beffroi.network.routes.documents import CLAUSE
from beffroi.web.json_api import answer, body_of
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def opt(network: Network, request: Request, _: Arguments) -> Response:
    """Let this city be compared by measured figures (`{"compared": true}`), or not any more."""
    compared = body_of(request).get("compared")
    if not isinstance(compared, bool):
        raise Problem(BadRequestData, f"The member 'compared' is {str(compared)[:40]!r}, not true or false.")
    if network.compare is None:
        raise Problem(OperationNotSupported, "This node does not measure what cities are compared by.")
    return answer(await network.compare(request.actor, compared=compared))


COMPARISON_ROUTES: Final[tuple[Route[Network], ...]] = (Route("PUT", "/comparison", opt, CLAUSE, "steer"),)
