"""Read temporal queries, and write what they find (clauses 6.3.10, 6.3.12, 6.18, 6.24)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.names import bad
from beffroi.broker.rules.query.ordering import Ordering
from beffroi.broker.rules.query.query import Page
from beffroi.broker.rules.temporal.aggregation import read_methods
from beffroi.broker.rules.temporal.duration import WHOLE, parse_duration
from beffroi.broker.rules.temporal.evolved import Evolved, content_range
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.broker.rules.temporal.temporal_view import TemporalView
from beffroi.broker.wire import parameters as wire
from beffroi.broker.wire.answers import json_response
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import InvalidRequest, Problem
from beffroi.web.message import Request, Response, Tally

MOST_PER_PAGE: Final = 100
TIME: Final = frozenset("timerel timeAt endTimeAt timeproperty lastN".split())
AGGREGATION: Final = frozenset({"aggrMethods", "aggrPeriodDuration"})
SHOWN: Final = frozenset("attrs pick omit lang datasetId format options".split())
RETRIEVE: Final = TIME | AGGREGATION | SHOWN
QUERY: Final = (
    RETRIEVE | wire.SELECTION | wire.PAGE | wire.VALUES | frozenset({"orderBy", "collation", "local"})
)
QUERY_BY_BODY: Final = wire.PAGE | frozenset({"format", "options", "local"})
_FORMS: Final = frozenset({"temporalValues", "aggregatedValues"})
_WORDS: Final = _FORMS | {"normalized", "concise", "sysAttrs"}


class Asked(NamedTuple):
    """What is asked of the past, and the names in which the answer is written."""

    query: TemporalQuery
    view: TemporalView
    context: Context


def read_temporal_view(parameters: Mapping[str, str], context: Context) -> TemporalView:
    """How the past is shown. `format` counts before `options` (6.3.12).

    Raises Problem(InvalidRequest) for words that there are not, Problem(BadRequestData) for what is wrong.
    """
    wire.check_options(parameters, _WORDS)
    options = wire.names(parameters.get("options"))
    if set(options) >= _FORMS:
        raise Problem(InvalidRequest, "The options temporalValues and aggregatedValues exclude each other.")
    chosen = [word for word in (*wire.names(parameters.get("format")), *options) if word != "sysAttrs"]
    word = chosen[0] if chosen else "normalized"
    shown = {name: parameters[name] for name in SHOWN - {"format", "options"} if name in parameters}
    view = wire.read_view(shown, context)
    wire.check_depth(view)
    view = replace(
        view, sys_attrs="sysAttrs" in options, form="concise" if word == "concise" else "normalized"
    )
    if word != "aggregatedValues":
        return TemporalView(view, "values" if word == "temporalValues" else "instances")
    if not parameters.get("aggrMethods"):
        bad("The aggregated representation needs aggrMethods.")
    period = parameters.get("aggrPeriodDuration")
    length = parse_duration(period) if period is not None else WHOLE
    return TemporalView(view, "aggregates", read_methods(parameters["aggrMethods"]), length)


def read_temporal_page(parameters: Mapping[str, str]) -> Page:
    """As of other queries, but at most MOST_PER_PAGE entities, because each brings its instances."""
    page = wire.read_page(parameters)
    return replace(page, limit=min(page.limit, MOST_PER_PAGE))


def check_ordered_by_id(ordering: Ordering | None) -> None:
    """The past is ordered by nothing but id (5.7.4.4)."""
    for term in ordering.terms if ordering else ():
        if term.path.steps != ("id",) or term.path.members:
            bad(f"The past of entities is ordered by id only, not by '{term.path.steps[0][:100]}'.")


def read_temporal_body(content: JsonObject, parameters: Mapping[str, str]) -> dict[str, str]:
    """The members of a Query that speak of time, as parameters (clauses 5.2.21, 5.2.44)."""
    found = {name: parameters[name] for name in ("format", "options") if name in parameters}
    for member in ("temporalQ", "aggrParams"):
        value = content.get(member)
        if value is None:
            continue
        if not isinstance(value, dict):
            bad(f"The member '{member}' of the Query is not an object.")
        known = TIME | AGGREGATION if member == "temporalQ" else AGGREGATION
        for name, item in value.items():
            if name not in known:
                bad(f"The member '{member}' of the Query has no member '{name[:100]}'.")
            found[name] = _text(name, item)
    return found


def _text(name: str, value: Json) -> str:
    if name == "lastN":
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            bad("The lastN of the temporalQ is no whole number from 1 on.")
        return str(value)
    if name == "aggrMethods" and isinstance(value, list) and value:
        return ",".join(item if isinstance(item, str) else "?" for item in value)
    if not isinstance(value, str):
        bad(f"The member '{name}' of the temporal query is not a string.")
    return value


def evolution_response(
    request: Request, body: JsonObject, evolved: Evolved, asked: Asked, media: str, end: Instant
) -> Response:
    """The past of one entity, cut at `end`."""
    response = json_response(request, body, asked.context, media)
    return _answered(response, [evolved], asked.query, end)


def evolutions_response(
    request: Request,
    bodies: Sequence[JsonObject],
    evolved: Sequence[Evolved],
    asked: Asked,
    media: str,
    end: Instant,
    headers: Mapping[str, str],
) -> Response:
    """The past of a page of entities, cut at `end`. `headers` lead to the pages around it."""
    response = json_response(request, list[Json](bodies), asked.context, media, headers)
    return _answered(response, evolved, asked.query, end)


def _answered(response: Response, evolved: Sequence[Evolved], query: TemporalQuery, end: Instant) -> Response:
    """200, or 206 with the part of the time that the answer has."""
    tally = Tally(len(evolved))
    if not end:
        return replace(response, tally=tally)
    headers = {**response.headers, "content-range": content_range(evolved, query, end)}
    return replace(response, status=206, headers=headers, tally=tally)
