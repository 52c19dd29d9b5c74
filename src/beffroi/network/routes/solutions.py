"""Solutions beyond their documents: will it run here, and where it is seen to run."""

from typing import Final, cast

from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.operations.services import Network
from beffroi.network.operations.solutions import ask_fit, read_deployments, seen_solution
from beffroi.network.routes.documents import CLAUSE
from beffroi.web.json_api import answer, body_of, text_in
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def fit_solution(network: Network, request: Request, path: Arguments) -> Response:
    """Will it run here? Measures the data of this node, or of the one at `node`, and judges each need."""
    body = body_of(request)
    strange = sorted(set(body) - {"node", "mapping"})
    if strange:
        raise Problem(
            BadRequestData, f"The member '{strange[0][:60]}' means nothing here: 'node', 'mapping' do."
        )
    mapping = body.get("mapping")
    if mapping is not None and not isinstance(mapping, dict):
        raise Problem(BadRequestData, f"'mapping' is {str(mapping)[:60]!r}, not an object.")
    node = text_in(body, "node") or ""
    return answer(await ask_fit(network, path["id"], request.actor, node, mapping))


async def list_deployments(network: Network, request: Request, path: Arguments) -> Response:
    """Where a solution is said to run, and what was seen there last; what is gone stands last."""
    document = await seen_solution(network, path["id"], request.actor)
    rows = await read_deployments(network.store, document)
    return answer({"deployments": cast("list[Json]", rows)})


SOLUTION_ROUTES: Final[tuple[Route[Network], ...]] = (
    Route("POST", "/solutions/{id}/fit", fit_solution, CLAUSE, "steer"),
    Route("GET", "/solutions/{id}/deployments", list_deployments, CLAUSE, "nothing"),
)
