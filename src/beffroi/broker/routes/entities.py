"""Entities and their attributes (clauses 6.4 to 6.7)."""

from typing import NoReturn

from beffroi.broker.operations import entities as operations
from beffroi.broker.operations.entities import Target
from beffroi.broker.operations.linked import read_linked
from beffroi.broker.operations.provision import end_attribute
from beffroi.broker.operations.services import Broker
from beffroi.broker.routes.pages import page_response
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity import write
from beffroi.broker.rules.entity.attribute import read_attribute
from beffroi.broker.rules.entity.entity import entity_of
from beffroi.broker.rules.entity.expand import expand_attribute_name, read_entity, read_fragment
from beffroi.broker.rules.entity.reading import Reading
from beffroi.broker.rules.names import bad, check_moment, check_uri
from beffroi.broker.rules.provided.provided import EVERY
from beffroi.broker.rules.query.selection import type_matcher
from beffroi.broker.rules.representation.linked import together
from beffroi.broker.rules.temporal.evolution import SCOPE
from beffroi.broker.wire import parameters as wire
from beffroi.broker.wire.answers import (
    created,
    entity_response,
    nothing,
    updated,
    written_response,
)
from beffroi.broker.wire.bodies import may_hold_null, read_object
from beffroi.broker.wire.headers import GEO_JSON, JSON, LD_JSON, accepted, linked_context
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route
from beffroi.web.tenant import tenant_of

_MEDIA = (JSON, LD_JSON, GEO_JSON)
_TYPE = frozenset({"type"})


async def create_entity(broker: Broker, request: Request, _: Arguments) -> Response:
    wire.check_parameters(request.parameters, frozenset({"format", "options"}))
    simplified = wire.reads_simplified(request.parameters)
    content, source = read_object(request)
    tenant = tenant_of(request)
    context = await broker.contexts.load(source)
    reading = Reading(context, may_hold_null=may_hold_null(request.body), simplified=simplified)
    entity = read_entity(content, reading)
    await operations.create_entity(broker, tenant, entity)
    return created(request, "entities", entity["id"])


async def query_entities(broker: Broker, request: Request, _: Arguments) -> Response:
    parameters = request.parameters
    media, tenant = accepted(request, _MEDIA), tenant_of(request)
    wire.check_parameters(parameters, wire.QUERY)
    wire.refuse_what_is_missing(parameters)
    context = await broker.contexts.load(linked_context(request))
    query, view = wire.read_query(parameters, context), wire.read_view(parameters, context)
    page = wire.read_page(parameters)
    ordering = wire.read_ordering(parameters, context)
    wire.check_geometry_property(view, media)
    wire.check_depth(view, [query])
    answer = await operations.query_entities(broker, tenant, [wire.picking(query, view)], page, ordering)
    return await page_response(broker, request, answer, page, view, context, media)


async def retrieve_entity(broker: Broker, request: Request, path: Arguments) -> Response:
    parameters = request.parameters
    media, tenant = accepted(request, _MEDIA), tenant_of(request)
    wire.check_parameters(parameters, wire.RETRIEVE)
    wire.refuse_what_is_missing(parameters)
    entity_id = check_uri(path["id"], "The entity id")
    context = await broker.contexts.load(linked_context(request))
    view = wire.read_view(parameters, context)
    wire.check_geometry_property(view, media)
    wire.check_depth(view)
    record = await operations.retrieve_record(broker, tenant, entity_id)
    types = wire.read_types(parameters, context)
    if types is None and not view.attrs and wire.is_written_alone(view, media):
        (body,) = broker.rendered.bodies([record], view, context)
        if body == b"{}":
            _refuse_nothing_shown(entity_id)
        return written_response(request, body, context, media)
    entity = entity_of(record.body)
    if types is not None and not type_matcher(types)(entity["type"]):
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' does not have the type that was given.")
    if view.attrs and not any(name in entity["attrs"] for name in view.attrs):
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' has none of the attributes asked for.")
    known = await read_linked(broker.store, tenant, [entity], view)
    shown = together([entity], view, context, known)
    if not shown[0].body:
        _refuse_nothing_shown(entity_id)
    return entity_response(request, shown, context, media)


def _refuse_nothing_shown(entity_id: str) -> NoReturn:
    raise Problem(ResourceNotFound, f"Entity '{entity_id}' has none of the members asked for.")


async def replace_entity(broker: Broker, request: Request, path: Arguments) -> Response:
    target, content, context = await _write(broker, request, path, _TYPE)
    _check_same_id(content, target)
    reading = Reading(context, may_hold_null=may_hold_null(request.body))
    entity = read_entity(content if "@id" in content else {"id": target.id, **content}, reading)
    await operations.replace_entity(broker, target, entity)
    return nothing(request)


async def merge_entity(broker: Broker, request: Request, path: Arguments) -> Response:
    known = frozenset({"type", "format", "observedAt", "lang", "options"})
    target, content, context = await _write(broker, request, path, known)
    _check_same_id(content, target)
    reading = Reading(
        context,
        fragment=True,
        nulls="inside",
        may_hold_null=may_hold_null(request.body),
        simplified=wire.reads_simplified(request.parameters),
        lang=request.parameters.get("lang", ""),
    )
    observed_at = request.parameters.get("observedAt", "")
    if observed_at:
        check_moment(observed_at, "The parameter observedAt")
    await operations.merge_entity(broker, target, read_fragment(content, reading), observed_at)
    return nothing(request)


async def delete_entity(broker: Broker, request: Request, path: Arguments) -> Response:
    target, _ = await _target(broker, request, path, _TYPE)
    await operations.delete_entity(broker, target)
    return nothing(request)


async def append_attributes(broker: Broker, request: Request, path: Arguments) -> Response:
    target, content, context = await _write(broker, request, path, frozenset({"type", "options"}))
    words = wire.check_options(request.parameters, frozenset({"noOverwrite"}))
    _check_same_id(content, target)
    fragment = read_fragment(content, Reading(context, may_hold_null=may_hold_null(request.body)))
    rule = write.append_new if "noOverwrite" in words else write.append
    refused = await operations.update_attributes(broker, target, fragment, rule)
    return updated(request, list(fragment.attrs), refused)


async def update_attributes(broker: Broker, request: Request, path: Arguments) -> Response:
    target, content, context = await _write(broker, request, path, _TYPE)
    _check_same_id(content, target)
    fragment = read_fragment(content, _updating(request, context))
    refused = await operations.update_attributes(broker, target, fragment, write.update)
    return updated(request, list(fragment.attrs), refused)


async def partial_update(broker: Broker, request: Request, path: Arguments) -> Response:
    target, content, context = await _write(broker, request, path, _TYPE)
    name = _attribute(path, context)
    asked = read_attribute(path["attribute"], content, _updating(request, context), 0)[0]
    await operations.partial_update(broker, target, name, asked)
    return nothing(request)


async def replace_attribute(broker: Broker, request: Request, path: Arguments) -> Response:
    target, content, context = await _write(broker, request, path, _TYPE)
    name = _attribute(path, context)
    reading = Reading(context, may_hold_null=may_hold_null(request.body))
    asked = read_attribute(path["attribute"], content, reading, 0)[0]
    await operations.replace_attribute(broker, target, name, asked)
    return nothing(request)


async def delete_attribute(broker: Broker, request: Request, path: Arguments) -> Response:
    known = frozenset({"type", "datasetId", "deleteAll"})
    target, context = await _target(broker, request, path, known)
    parameters = request.parameters
    every = wire.flag(parameters, "deleteAll")
    name = SCOPE if path["attribute"] == SCOPE else _attribute(path, context)
    given = parameters.get("datasetId")
    dataset = None if given in {None, "@none"} else check_uri(given, "The datasetId")
    missing: Problem | None = None
    try:
        if name == SCOPE:
            await operations.delete_scope(broker, target)
        elif every:
            await operations.delete_all_instances(broker, target, name)
        else:
            await operations.delete_attribute(broker, target, name, dataset)
    except Problem as problem:
        if problem.kind is not ResourceNotFound or target.types is not None:
            raise
        missing = problem
    if missing is not None:  # it may be there in the past that was provided
        chosen = EVERY if every else dataset or ""
        if not await end_attribute(broker, target.tenant, target.id, name, chosen):
            raise missing
    return nothing(request)


async def _write(
    broker: Broker, request: Request, path: Arguments, known: frozenset[str]
) -> tuple[Target, JsonObject, Context]:
    """What every write with a body starts with: its target, its members and its context."""
    wire.check_parameters(request.parameters, known)
    content, source = read_object(request)
    tenant = tenant_of(request)
    entity_id = check_uri(path["id"], "The entity id")
    context = await broker.contexts.load(source)
    return Target(tenant, entity_id, wire.read_types(request.parameters, context)), content, context


async def _target(
    broker: Broker, request: Request, path: Arguments, known: frozenset[str]
) -> tuple[Target, Context]:
    """What every deletion starts with."""
    tenant = tenant_of(request)
    wire.check_parameters(request.parameters, known)
    entity_id = check_uri(path["id"], "The entity id")
    context = await broker.contexts.load(linked_context(request))
    return Target(tenant, entity_id, wire.read_types(request.parameters, context)), context


def _updating(request: Request, context: Context) -> Reading:
    return Reading(context, fragment=True, nulls="whole", may_hold_null=may_hold_null(request.body))


def _attribute(path: Arguments, context: Context) -> str:
    name = path["attribute"]
    if name in {"scope", "id", "type"}:
        bad(f"'{name}' is no attribute.")
    return expand_attribute_name(name, context)


def _check_same_id(content: JsonObject, target: Target) -> None:
    given = content.get("id", content.get("@id", target.id))
    if given != target.id:
        bad(f"The id in the body is {given!r}, and the address names '{target.id}'.")


async def no_entity_named(_: Broker, request: Request, __: Arguments) -> Response:
    """What the official suite wants where the id is missing; clause 6.3.2 would have 405 (docs/doubts.md)."""
    bad(f"{request.method} needs the id of an entity in the address.")


ENTITY_ROUTES: tuple[Route[Broker], ...] = (
    Route("POST", "/entities", create_entity, "5.6.1", "write"),
    Route("GET", "/entities", query_entities, "5.7.2"),
    Route("PUT", "/entities", no_entity_named, "5.6.18", "write"),
    Route("PATCH", "/entities", no_entity_named, "5.6.17", "write"),
    Route("GET", "/entities/{id}", retrieve_entity, "5.7.1"),
    Route("PUT", "/entities/{id}", replace_entity, "5.6.18", "write"),
    Route("PATCH", "/entities/{id}", merge_entity, "5.6.17", "write"),
    Route("DELETE", "/entities/{id}", delete_entity, "5.6.6", "write"),
    Route("POST", "/entities/{id}/attrs", append_attributes, "5.6.3", "write"),
    Route("PATCH", "/entities/{id}/attrs", update_attributes, "5.6.2", "write"),
    Route("PATCH", "/entities/{id}/attrs/{attribute}", partial_update, "5.6.4", "write"),
    Route("PUT", "/entities/{id}/attrs/{attribute}", replace_attribute, "5.6.19", "write"),
    Route("DELETE", "/entities/{id}/attrs/{attribute}", delete_attribute, "5.6.5", "write"),
)
