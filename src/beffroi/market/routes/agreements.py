"""The policy of an agreement (ODRL 2.2), for its parties, operators and auditors."""

from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf651 import AGREEMENT
from beffroi.market.rules.orders.agreement_policy import policy_in
from beffroi.market.wire.policy import policy_answer
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def agreement_policy(market: Market, request: Request, path: Arguments) -> Response:
    """The terms of an agreement as they were signed, as an ODRL 2.2 policy."""
    agreement = await retrieve(market, AGREEMENT, path["id"], request.actor)
    policy = policy_in(agreement)
    if policy is None:
        raise Problem(ResourceNotFound, f"The agreement '{path['id'][:100]}' keeps no policy.")
    answer = await policy_answer(request, policy)
    headers = {**answer.headers, "cache-control": "no-store"}
    return Response(answer.status, headers, answer.body)


AGREEMENT_ROUTES: tuple[Route[Market], ...] = (
    Route("GET", "/agreements/{id}/policy", agreement_policy, "ODRL 2.2", "browse"),
)
