"""The entry to the network: what this city promises, needs, offers and has found out, and with whom."""

from beffroi.network.operations.strategy import read_board
from beffroi.network.rules.strategy.board import totals
from beffroi.portal.pages.network.places import places
from beffroi.portal.reading.network.origins import own_did
from beffroi.portal.visit import Visit
from beffroi.web.message import Response
from beffroi.web.routing import Arguments


async def hub(visit: Visit, _: Arguments) -> Response:
    promises = await read_board(visit.portal.network, await own_did(visit), visit.actor)
    values: dict[str, object] = {
        **places(visit, ""),
        "pledges": len(promises),
        "counts": totals(promises),
    }
    return visit.page("network/hub.html", visit.say("Network of cities"), values)
