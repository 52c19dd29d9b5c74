"""Needs beyond what every document has: similar ones, those that several cities have, and a call for one."""

from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.network.operations import needs as operations
from beffroi.network.operations.calls import steps
from beffroi.network.operations.services import Network
from beffroi.network.routes.documents import CLAUSE, created, shown
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.network.rules.needs.similarity import Likeness
from beffroi.web.json_api import answer
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route


async def list_similar(network: Network, request: Request, path: Arguments) -> Response:
    """Public needs of all cities that are like this one, the most alike first, each with the reason."""
    found = await operations.similar(network, path["id"], request.actor)
    rows: list[Json] = [
        {"need": shown(need, request.actor), **likeness_document(like)} for need, like in found
    ]
    return answer({"similar": rows})


async def list_shared(network: Network, request: Request, _: Arguments) -> Response:
    """Public needs that two cities or more have, with who."""
    rows: list[Json] = [
        {
            "need": shown(each.need, request.actor),
            "cities": [*each.cities],
            "interests": [shown(interest, request.actor) for interest in each.interests],
        }
        for each in await operations.needs_of_several(network)
    ]
    return answer({"shared": rows})


async def call_for_need(network: Network, request: Request, path: Arguments) -> Response:
    """A draft of a joint call for a need that two cities or more have."""
    return created(CALL_KIND, await steps.call_for(network, path["id"], request.actor), request)


def likeness_document(like: Likeness) -> JsonObject:
    """Points of 100, their parts, and the reason in English and French."""
    return {
        "points": like.points,
        "parts": {
            "concepts": like.concept_points,
            "domain": like.domain_points,
            "data": like.data_points,
            "wording": like.wording_points,
        },
        "concepts": [*like.concepts],
        "types": [*like.types],
        "reason": {"en": like.sentence("en"), "fr": like.sentence("fr")},
    }


NEED_ROUTES: Final[tuple[Route[Network], ...]] = (
    Route("GET", "/shared-needs", list_shared, CLAUSE, "nothing"),
    Route("GET", "/needs/{id}/similar", list_similar, CLAUSE, "nothing"),
    Route("POST", "/needs/{id}/call", call_for_need, CLAUSE, "coordinate"),
)
