"""Subscriptions (clauses 6.10, 6.11)."""

from beffroi.broker.operations import subscriptions as operations
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.names import check_uri
from beffroi.broker.rules.subscription.subscription_record import shown
from beffroi.broker.wire import parameters as wire
from beffroi.broker.wire.answers import created, json_response, nothing, page_headers
from beffroi.broker.wire.bodies import read_object
from beffroi.broker.wire.headers import JSON, LD_JSON, accepted, linked_context
from beffroi.kernel.json import Json
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route
from beffroi.web.tenant import tenant_of

_MEDIA = (JSON, LD_JSON)
_OPTIONS = frozenset({"options"})
_PAGE = frozenset({"limit", "offset", "count", "options"})


async def create_subscription(broker: Broker, request: Request, _: Arguments) -> Response:
    wire.check_parameters(request.parameters, frozenset())
    content, source = read_object(request)
    tenant = tenant_of(request)
    context = await broker.contexts.load(source)
    subscription_id = await operations.create_subscription(broker, tenant, content, context)
    return created(request, "subscriptions", subscription_id)


async def query_subscriptions(broker: Broker, request: Request, _: Arguments) -> Response:
    media, tenant = accepted(request, _MEDIA), tenant_of(request)
    wire.check_parameters(request.parameters, _PAGE)
    sys_attrs = _sys_attrs(request)
    page = wire.read_page(request.parameters)
    context = await broker.contexts.load(linked_context(request))
    listed = await operations.query_subscriptions(broker, tenant, page)
    now = broker.now()
    body: Json = [
        shown(found.body, found.counts, context, now, sys_attrs=sys_attrs) for found in listed.subscriptions
    ]
    headers = page_headers(request, page, listed.more, listed.count, media)
    return json_response(request, body, context, media, headers)


async def retrieve_subscription(broker: Broker, request: Request, path: Arguments) -> Response:
    media, tenant = accepted(request, _MEDIA), tenant_of(request)
    wire.check_parameters(request.parameters, _OPTIONS)
    sys_attrs = _sys_attrs(request)
    subscription_id = check_uri(path["id"], "The subscription id")
    context = await broker.contexts.load(linked_context(request))
    found = await operations.retrieve_subscription(broker, tenant, subscription_id)
    body = shown(found.body, found.counts, context, broker.now(), sys_attrs=sys_attrs)
    return json_response(request, body, context, media)


async def update_subscription(broker: Broker, request: Request, path: Arguments) -> Response:
    subscription_id = check_uri(path["id"], "The subscription id")
    wire.check_parameters(request.parameters, frozenset())
    content, source = read_object(request)
    tenant = tenant_of(request)
    context = await broker.contexts.load(source)
    await operations.update_subscription(broker, tenant, subscription_id, content, context)
    return nothing(request)


async def delete_subscription(broker: Broker, request: Request, path: Arguments) -> Response:
    tenant = tenant_of(request)
    wire.check_parameters(request.parameters, frozenset())
    subscription_id = check_uri(path["id"], "The subscription id")
    await operations.delete_subscription(broker, tenant, subscription_id)
    return nothing(request)


def _sys_attrs(request: Request) -> bool:
    return "sysAttrs" in wire.check_options(request.parameters, frozenset({"sysAttrs"}))


SUBSCRIPTION_ROUTES: tuple[Route[Broker], ...] = (
    Route("POST", "/subscriptions", create_subscription, "5.8.1", "write"),
    Route("GET", "/subscriptions", query_subscriptions, "5.8.4"),
    Route("GET", "/subscriptions/{id}", retrieve_subscription, "5.8.3"),
    Route("PATCH", "/subscriptions/{id}", update_subscription, "5.8.2", "write"),
    Route("DELETE", "/subscriptions/{id}", delete_subscription, "5.8.5", "write"),
)
