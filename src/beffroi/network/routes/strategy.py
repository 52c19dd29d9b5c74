"""The strategy of a city as a whole: its board, its import from a table, the measuring of an indicator."""

from collections.abc import Iterable
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, InvalidRequest, Problem, UnsupportedMediaType
from beffroi.network.operations.documents import retrieve
from beffroi.network.operations.services import Network
from beffroi.network.operations.strategy import import_table, read_board
from beffroi.network.routes.documents import CLAUSE, created, shown
from beffroi.network.rules.strategy.board import Measured, Promise, totals
from beffroi.network.rules.strategy.kinds import INDICATOR, READING
from beffroi.web.json_api import answer, parameters_of
from beffroi.web.message import Actor, Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

TABLES: Final = ("text/csv", "text/plain", "application/csv", "application/vnd.ms-excel")


async def show_board(network: Network, request: Request, _: Arguments) -> Response:
    """Every pledge of one city with its actions, where they stand, and its indicators."""
    origin = parameters_of(request, "origin").get("origin") or (await network.signer()).did
    promises = await read_board(network, origin, request.actor)
    body: JsonObject = {
        "origin": origin,
        "on": network.now()[:10],
        "counts": {**totals(promises)},
        "pledges": [_promise(each, request.actor) for each in promises],
    }
    return answer(body)


async def import_strategy(network: Network, request: Request, _: Arguments) -> Response:
    """Import pledges, actions and indicators from a table; with `dry=true` only say what would change."""
    asked = parameters_of(request, "language", "dry")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in TABLES:
        raise Problem(UnsupportedMediaType, f"The Content-Type is '{media[:100]}'; a table is text/csv.")
    language, dry = asked.get("language", "fr"), asked.get("dry", "false")
    if language not in {"fr", "en"}:
        raise Problem(InvalidRequest, f"The parameter 'language' is {language[:20]!r}, not fr or en.")
    if dry not in {"true", "false"}:
        raise Problem(InvalidRequest, f"The parameter 'dry' is {dry[:20]!r}, not true or false.")
    found = await import_table(network, request.body, language, request.actor, dry=dry == "true")
    return answer(found.document())


async def measure_indicator(network: Network, request: Request, path: Arguments) -> Response:
    """Compute an indicator from the city's data now: a new reading."""
    indicator = await retrieve(network, INDICATOR, path["id"], request.actor)
    if network.measure is None or indicator["origin"] != (await network.signer()).did:
        raise Problem(BadRequestData, f"The indicator is measured by {indicator['origin']}.")
    return created(READING, await network.measure(indicator, request.actor), request)


def _promise(promise: Promise, actor: Actor) -> JsonObject:
    actions: list[Json] = [
        {
            "action": shown(deed.action, actor),
            "standing": deed.standing,
            "indicators": _indicators(deed.indicators, actor),
        }
        for deed in promise.deeds
    ]
    return {
        "pledge": shown(promise.pledge, actor),
        "counts": {**promise.counts},
        "actions": actions,
        "indicators": _indicators(promise.indicators, actor),
    }


def _indicators(measured: Iterable[Measured], actor: Actor) -> list[Json]:
    return [
        {
            "indicator": shown(each.indicator, actor),
            "progress": None if each.progress is None else str(round(each.progress, 4)),
            "readings": [reading["content"] for reading in each.readings],
        }
        for each in measured
    ]


STRATEGY_ROUTES: Final[tuple[Route[Network], ...]] = (
    Route("GET", "/strategy", show_board, CLAUSE, "nothing"),
    Route("POST", "/strategy/import", import_strategy, CLAUSE, "steer"),
    Route("POST", "/indicators/{id}/measure", measure_indicator, CLAUSE, "steer"),
)
