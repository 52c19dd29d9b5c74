"""Measured service levels and breaches, and the schema of what offerings promise."""

from datetime import date, timedelta

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import BadRequestData, InvalidRequest, Problem
from beffroi.market.operations.levels import breaches_of_offering, breaches_of_product, levels
from beffroi.market.operations.services import Market
from beffroi.market.rules.prices.calendar import Days, day_of
from beffroi.market.rules.service_level.promise import SCHEMA_PATH
from beffroi.market.rules.service_level.schema import SERVICE_LEVEL_SCHEMA
from beffroi.market.wire.parameters import parameters_in
from beffroi.market.wire.problems import JSON
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route

USUAL_DAYS = 7


async def measured_levels(market: Market, request: Request, _: Arguments) -> Response:
    """What an offering promises and what was measured, hour by hour."""
    asked = parameters_in(request, {"offering", "from", "to"})
    if "offering" not in asked:
        raise Problem(InvalidRequest, "The parameter 'offering' is missing.")
    last = _day(asked, "to", day_of(market.now()))
    first = _day(asked, "from", last - timedelta(days=USUAL_DAYS - 1))
    found = await levels(market, asked["offering"], Days(first, last), request.actor)
    return _answer(found.document())


async def breaches(market: Market, request: Request, _: Arguments) -> Response:
    """The breaches that concern a product, for its parties, or an offering, for its provider."""
    match parameters_in(request, {"offering", "product"}):
        case {"product": product, **others} if not others:
            found = await breaches_of_product(market, product, request.actor)
        case {"offering": offering, **others} if not others:
            found = await breaches_of_offering(market, offering, request.actor)
        case _:
            raise Problem(InvalidRequest, "Ask for the breaches of either a 'product' or an 'offering'.")
    return _answer({"breach": [*found]})


async def level_schema(_market: Market, _request: Request, _: Arguments) -> Response:
    """The JSON Schema of a promised service level."""
    headers = {"content-type": "application/schema+json", "cache-control": "public, max-age=3600"}
    return Response(200, headers, encode(SERVICE_LEVEL_SCHEMA))


def _day(asked: dict[str, str], name: str, usual: date) -> date:
    if name not in asked:
        return usual
    try:
        day = date.fromisoformat(asked[name])
    except ValueError:
        day = None
    if day is None or day.isoformat() != asked[name] or not 1971 <= day.year <= 9997:
        raise Problem(
            BadRequestData, f"The parameter '{name}' is '{asked[name][:40]}' and no day such as 2026-11-22."
        )
    return day


def _answer(body: JsonObject) -> Response:
    return Response(200, {"content-type": JSON, "cache-control": "no-cache"}, encode(body))


LEVEL_ROUTES: tuple[Route[Market], ...] = (
    Route("GET", "/market/levels", measured_levels, "TMF657 4.0.0, measured", "browse"),
    Route("GET", "/market/breaches", breaches, "TMF657 4.0.0, measured", "browse"),
    Route("GET", SCHEMA_PATH, level_schema, "TMF630, @schemaLocation", "nothing"),
)
