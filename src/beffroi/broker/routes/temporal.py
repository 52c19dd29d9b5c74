"""The past of entities (clauses 6.18, 6.19, 6.24)."""

from dataclasses import replace

from beffroi.broker.operations import temporal as operations
from beffroi.broker.operations.services import Broker
from beffroi.broker.operations.temporal import PastAnswer
from beffroi.broker.rules.names import check_uri
from beffroi.broker.rules.query.query import Page
from beffroi.broker.rules.temporal.temporal_query import read_temporal_query
from beffroi.broker.wire import parameters as wire
from beffroi.broker.wire import temporal
from beffroi.broker.wire.answers import page_headers
from beffroi.broker.wire.bodies import read_object
from beffroi.broker.wire.headers import JSON, LD_JSON, accepted, linked_context
from beffroi.broker.wire.query_body import read_ordering_of_body, read_queries
from beffroi.broker.wire.temporal import Asked
from beffroi.kernel.problem import Problem, ResourceNotFound, TooManyRequests
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route
from beffroi.web.tenant import tenant_of

_MEDIA = (JSON, LD_JSON)


async def retrieve_evolution(broker: Broker, request: Request, path: Arguments) -> Response:
    operations.check_past(broker)
    parameters = request.parameters
    media, tenant = accepted(request, _MEDIA), tenant_of(request)
    wire.check_parameters(parameters, temporal.RETRIEVE)
    entity_id = check_uri(path["id"], "The entity id")
    context = await broker.contexts.load(linked_context(request))
    query = read_temporal_query(parameters, needed=False)
    asked = Asked(query, temporal.read_temporal_view(parameters, context), context)
    async with broker.past_turns.turn(_many()):
        answer = await operations.retrieve_evolution(broker, tenant, entity_id, query, asked.view)
        (evolved,) = answer.evolved
        (body,) = await operations.represented(answer, query, asked.view, context)
    if not body:
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' has none of the members asked for.")
    return temporal.evolution_response(request, body, evolved, asked, media, answer.end)


async def query_evolutions(broker: Broker, request: Request, _: Arguments) -> Response:
    operations.check_past(broker)
    parameters = request.parameters
    media, tenant = accepted(request, _MEDIA), tenant_of(request)
    wire.check_parameters(parameters, temporal.QUERY)
    wire.refuse_what_is_missing(parameters)
    context = await broker.contexts.load(linked_context(request))
    query = read_temporal_query(parameters, needed=True)
    selected = wire.read_query(parameters, context)
    asked = Asked(query, temporal.read_temporal_view(parameters, context), context)
    wire.check_depth(asked.view.view, [selected])
    page, ordering = temporal.read_temporal_page(parameters), wire.read_ordering(parameters, context)
    temporal.check_ordered_by_id(ordering)
    async with broker.past_turns.turn(_many()):
        answer = await operations.query_evolutions(
            broker, tenant, [selected], query, asked.view, page, ordering
        )
        return await _page(request, answer, asked, page, media)


async def query_evolutions_by_body(broker: Broker, request: Request, _: Arguments) -> Response:
    operations.check_past(broker)
    content, source = read_object(request)
    parameters = request.parameters
    media, tenant = accepted(request, _MEDIA), tenant_of(request)
    wire.check_parameters(parameters, temporal.QUERY_BY_BODY)
    context = await broker.contexts.load(source)
    selected, shown = read_queries(content, parameters, context)
    told = temporal.read_temporal_body(content, parameters)
    query = read_temporal_query(told, needed=True)
    asked = Asked(query, temporal.read_temporal_view({**told, **shown}, context), context)
    wire.check_depth(asked.view.view, selected)
    page, ordering = (
        temporal.read_temporal_page(parameters),
        read_ordering_of_body(content, parameters, context),
    )
    temporal.check_ordered_by_id(ordering)
    async with broker.past_turns.turn(_many()):
        answer = await operations.query_evolutions(
            broker, tenant, selected, query, asked.view, page, ordering
        )
        return await _page(request, answer, asked, page, media)


async def _page(request: Request, answer: PastAnswer, asked: Asked, page: Page, media: str) -> Response:
    bodies = await operations.represented(answer, asked.query, asked.view, asked.context)
    shown = replace(page, limit=len(bodies)) if answer.more and bodies else page
    headers = page_headers(request, shown, answer.more, answer.count, media)
    return temporal.evolutions_response(request, bodies, answer.evolved, asked, media, answer.end, headers)


def _many() -> Problem:
    """That too many ask for the past: one question may take seconds of a core."""
    detail = "Too many questions about the past are asked at once; try again."
    return Problem(TooManyRequests, detail, {"retry-after": "5"})


TEMPORAL_ROUTES: tuple[Route[Broker], ...] = (
    Route("GET", "/temporal/entities", query_evolutions, "5.7.4"),
    Route("GET", "/temporal/entities/{id}", retrieve_evolution, "5.7.3"),
    Route("POST", "/temporal/entityOperations/query", query_evolutions_by_body, "5.7.4"),
)
