"""Which types and attributes there are (clauses 6.25 to 6.28)."""

from typing import cast

from beffroi.broker.operations import discovery as operations
from beffroi.broker.operations.services import Broker
from beffroi.broker.operations.survey import AttributeSummary
from beffroi.broker.rules.context.context import Context
from beffroi.broker.wire import parameters as wire
from beffroi.broker.wire.answers import json_response, page_headers
from beffroi.broker.wire.headers import JSON, LD_JSON, accepted, linked_context
from beffroi.kernel.json import Json, JsonObject
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route
from beffroi.web.tenant import tenant_of

_DETAILS = frozenset({"details", "limit", "offset", "count"})


async def entity_types(broker: Broker, request: Request, _: Arguments) -> Response:
    media, tenant, context, details = await _start(broker, request, _DETAILS)
    every = await operations.entity_types(broker, tenant)
    found, headers = _page(request, list(every), media)
    if not details:
        listed = _list(broker, "EntityTypeList", "typeList", found, context)
        return json_response(request, listed, context, media, headers)
    body: Json = [
        {
            "id": name,
            "type": "EntityType",
            "typeName": context.compact(name),
            "attributeNames": list(
                map(context.attribute, await operations.type_attributes(broker, tenant, name))
            ),
        }
        for name in found
    ]
    return json_response(request, body, context, media, headers)


async def entity_type(broker: Broker, request: Request, path: Arguments) -> Response:
    media, tenant, context, _ = await _start(broker, request, frozenset())
    name = context.expand(path["type"])
    found = await operations.type_attributes(broker, tenant, name)
    counts = await operations.entity_types(broker, tenant)
    body: JsonObject = {
        "id": name,
        "type": "EntityTypeInfo",
        "typeName": context.compact(name),
        "entityCount": counts.get(name, 0),
        "attributeDetails": [
            {
                "id": attribute,
                "type": "Attribute",
                "attributeName": context.attribute(attribute),
                "attributeTypes": cast("Json", sorted(summary.kinds)),
            }
            for attribute, summary in found.items()
        ],
    }
    return json_response(request, body, context, media)


async def attributes(broker: Broker, request: Request, _: Arguments) -> Response:
    media, tenant, context, details = await _start(broker, request, _DETAILS)
    every = await operations.attributes(broker, tenant)
    found, headers = _page(request, list(every), media)
    if not details:
        listed = _list(broker, "AttributeList", "attributeList", found, context)
        return json_response(request, listed, context, media, headers)
    body: Json = [
        {
            "id": name,
            "type": "Attribute",
            "attributeName": context.attribute(name),
            "typeNames": _names(sorted(every[name].types), context),
        }
        for name in found
    ]
    return json_response(request, body, context, media, headers)


async def attribute(broker: Broker, request: Request, path: Arguments) -> Response:
    media, tenant, context, _ = await _start(broker, request, frozenset())
    name = context.expand(path["attribute"])
    summary = await operations.attribute(broker, tenant, name)
    return json_response(request, _attribute(name, summary, context), context, media)


def _list(broker: Broker, kind: str, member: str, names: list[str], context: Context) -> JsonObject:
    """The short form of a list: names alone (clauses 5.2.24, 5.2.27)."""
    return {"id": broker.new_id(), "type": kind, member: _names(names, context)}


def _page(request: Request, names: list[str], media: str) -> tuple[list[str], dict[str, str]]:
    """The names of the page asked for, and the headers that lead to its neighbours (clause 6.3.10)."""
    page = wire.read_page({"limit": str(wire.MOST_PER_PAGE), **request.parameters})
    shown = names[page.offset : page.offset + page.limit]
    more = page.offset + page.limit < len(names)
    return shown, page_headers(request, page, more, len(names) if page.count else None, media)


async def _start(broker: Broker, request: Request, known: frozenset[str]) -> tuple[str, str, Context, bool]:
    media, tenant = accepted(request, (JSON, LD_JSON)), tenant_of(request)
    wire.check_parameters(request.parameters, known)
    context = await broker.contexts.load(linked_context(request))
    return media, tenant, context, wire.flag(request.parameters, "details")


def _attribute(name: str, summary: AttributeSummary, context: Context) -> JsonObject:
    return {
        "id": name,
        "type": "Attribute",
        "attributeName": context.attribute(name),
        "attributeCount": summary.count,
        "attributeTypes": cast("Json", sorted(summary.kinds)),
        "typeNames": _names(sorted(summary.types), context),
    }


def _names(uris: object, context: Context) -> Json:
    return [context.compact(uri) for uri in cast("list[str]", uris)]


DISCOVERY_ROUTES: tuple[Route[Broker], ...] = (
    Route("GET", "/types", entity_types, "5.7.5, 5.7.6"),
    Route("GET", "/types/{type}", entity_type, "5.7.7"),
    Route("GET", "/attributes", attributes, "5.7.8, 5.7.9"),
    Route("GET", "/attributes/{attribute}", attribute, "5.7.10"),
)
