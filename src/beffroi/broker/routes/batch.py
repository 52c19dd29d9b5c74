"""Batch operations (clauses 6.14 to 6.17, 6.23, 6.31)."""

import asyncio
from collections.abc import Callable, Sequence

from beffroi.broker.operations import entities as operations
from beffroi.broker.operations.batch import apply_batch, deletion
from beffroi.broker.operations.services import Broker
from beffroi.broker.routes.pages import page_response
from beffroi.broker.rules.entity import write
from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.entity.expand import Fragment, read_entity, read_fragment, whole
from beffroi.broker.rules.entity.reading import Reading
from beffroi.broker.rules.entity.results import Item
from beffroi.broker.rules.names import bad, check_uri
from beffroi.broker.wire import parameters as wire
from beffroi.broker.wire.answers import batch_response
from beffroi.broker.wire.bodies import (
    MOST_VALUES_OF_IDS,
    Body,
    Element,
    check_size,
    may_hold_null,
    read_body,
    read_entities,
    read_object,
)
from beffroi.broker.wire.headers import GEO_JSON, JSON, LD_JSON, accepted
from beffroi.broker.wire.query_body import read_ordering_of_body, read_query_body
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json
from beffroi.kernel.problem import Problem
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route
from beffroi.web.tenant import tenant_of

Read = Callable[[Body, Reading], Item]
AT_ONCE = 100
"""Entities that are read before other work of the event loop has its turn."""


async def batch_create(broker: Broker, request: Request, _: Arguments) -> Response:
    return await _batch(broker, request, _created, creates=True)


async def batch_upsert(broker: Broker, request: Request, _: Arguments) -> Response:
    words = wire.check_options(request.parameters, frozenset({"replace", "update"}))
    if len(words) > 1:
        bad("The options replace and update exclude each other.")
    return await _batch(
        broker, request, _updated_or_created if "update" in words else _replaced, creates=True
    )


async def batch_update(broker: Broker, request: Request, _: Arguments) -> Response:
    words = wire.check_options(request.parameters, frozenset({"noOverwrite", "replace", "update"}))
    return await _batch(
        broker, request, _appended_new if "noOverwrite" in words else _appended, creates=False
    )


async def batch_merge(broker: Broker, request: Request, _: Arguments) -> Response:
    return await _batch(broker, request, _merged, creates=False)


async def batch_delete(broker: Broker, request: Request, _: Arguments) -> Response:
    body = read_body(request, MOST_VALUES_OF_IDS)
    tenant = tenant_of(request)
    wire.check_parameters(request.parameters, frozenset())
    if not isinstance(body.content, list) or not body.content:
        bad("The body is not an array with at least one entity id.")
    check_size(len(body.content))
    items = [_deletion(entity_id) for entity_id in body.content]
    result = await apply_batch(broker, tenant, items, creates=False)
    return batch_response(request, result, lists_created=False)


async def batch_query(broker: Broker, request: Request, _: Arguments) -> Response:
    content, source = read_object(request)
    media, tenant = accepted(request, (JSON, LD_JSON, GEO_JSON)), tenant_of(request)
    wire.check_parameters(request.parameters, wire.PAGE | {"options", "format", "local", "geometryProperty"})
    context = await broker.contexts.load(source)
    queries, view = read_query_body(content, request.parameters, context)
    page = wire.read_page(request.parameters)
    ordering = read_ordering_of_body(content, request.parameters, context)
    wire.check_geometry_property(view, media)
    wire.check_depth(view, queries)
    picked = [wire.picking(query, view) for query in queries]
    answer = await operations.query_entities(broker, tenant, picked, page, ordering)
    return await page_response(broker, request, answer, page, view, context, media)


async def _batch(broker: Broker, request: Request, read: Read, *, creates: bool) -> Response:
    wire.check_parameters(request.parameters, frozenset({"options"}))
    bodies = read_entities(request)
    tenant = tenant_of(request)
    items = await _items(broker, bodies, read, nulls=may_hold_null(request.body))
    result = await apply_batch(broker, tenant, items, creates=creates)
    return batch_response(request, result, lists_created=creates)


def _deletion(entity_id: Json) -> Item:
    """Read one id: an error names one that is no URI (5.6.10.4), what is no text cannot be named."""
    if not isinstance(entity_id, str):
        bad("The array of entity ids holds what is not a string.")
    try:
        return deletion(check_uri(entity_id, "The entity id"))
    except Problem as problem:
        return Item(entity_id, problem)


async def _items(broker: Broker, bodies: Sequence[Element], read: Read, *, nulls: bool) -> list[Item]:
    items: list[Item] = []
    for body in bodies:
        if items and len(items) % AT_ONCE == 0:
            await asyncio.sleep(0)
        items.append(await _item(broker, body, read, nulls=nulls))
    return items


async def _item(broker: Broker, body: Element, read: Read, *, nulls: bool) -> Item:
    """Read one element; what is wrong with it concerns no other element."""
    if isinstance(body, Problem):
        return Item("", body)
    try:
        context = await broker.contexts.load(body.context)
        return read(body, Reading(context, may_hold_null=nulls))
    except Problem as problem:
        content = body.content if isinstance(body.content, dict) else {}
        given = content.get("id", content.get("@id"))
        return Item(given if isinstance(given, str) else "", problem)


def _created(body: Body, reading: Reading) -> Item:
    asked = read_entity(body.content, reading)
    return Item(asked["id"], lambda stored, now: (write.create(stored, asked, now), ""))


def _replaced(body: Body, reading: Reading) -> Item:
    asked = read_entity(body.content, reading)
    return Item(asked["id"], lambda stored, now: (write.upsert(stored, asked, now), ""))


def _updated_or_created(body: Body, reading: Reading) -> Item:
    asked = read_fragment(body.content, reading._replace(nulls="whole"))
    entity = whole(asked)

    def step(stored: Entity | None, now: Instant) -> tuple[Entity, str]:
        if stored is not None:
            return write.append(stored, entity["id"], asked, now)[0], ""
        # what removes from an entity that is there (5.6.2) makes none (5.6.1)
        new = read_entity(body.content, reading) if reading.may_hold_null else entity
        return write.create(None, new, now), ""

    return Item(entity["id"], step)


def _appended(body: Body, reading: Reading) -> Item:
    entity_id, asked = _identified(body, reading)
    return Item(entity_id, lambda stored, now: _reported(write.append(stored, entity_id, asked, now)))


def _appended_new(body: Body, reading: Reading) -> Item:
    entity_id, asked = _identified(body, reading)
    return Item(entity_id, lambda stored, now: _reported(write.append_new(stored, entity_id, asked, now)))


def _merged(body: Body, reading: Reading) -> Item:
    entity_id, asked = _identified(body, reading._replace(fragment=True, nulls="inside"))
    return Item(entity_id, lambda stored, now: (write.merge(stored, entity_id, asked, "", now), ""))


def _reported(updated: tuple[Entity, list[write.Refusal]]) -> tuple[Entity, str]:
    after, refused = updated
    return after, "; ".join(f"{refusal.name}: {refusal.reason}" for refusal in refused)


def _identified(body: Body, reading: Reading) -> tuple[str, Fragment]:
    fragment = read_fragment(body.content, reading)
    if fragment.id is None:
        bad("The entity has no id.")
    return fragment.id, fragment


BATCH_ROUTES: tuple[Route[Broker], ...] = (
    Route("POST", "/entityOperations/create", batch_create, "5.6.7", "write"),
    Route("POST", "/entityOperations/upsert", batch_upsert, "5.6.8", "write"),
    Route("POST", "/entityOperations/update", batch_update, "5.6.9", "write"),
    Route("POST", "/entityOperations/merge", batch_merge, "5.6.20", "write"),
    Route("POST", "/entityOperations/delete", batch_delete, "5.6.10", "write"),
    Route("POST", "/entityOperations/query", batch_query, "5.7.2"),
)
