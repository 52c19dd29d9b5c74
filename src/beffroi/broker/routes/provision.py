"""Writing to the past of entities (clauses 6.18 to 6.22)."""

import asyncio

from beffroi.broker.operations import provision as operations
from beffroi.broker.operations.provision import InstanceNamed
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.expand import expand_attribute_name
from beffroi.broker.rules.names import bad, check_uri
from beffroi.broker.rules.provided.provided import EVERY
from beffroi.broker.rules.provided.temporal_entity import read_one_instance, read_temporal_entity
from beffroi.broker.rules.temporal.evolution import SCOPE
from beffroi.broker.wire import parameters as wire
from beffroi.broker.wire.answers import created, nothing
from beffroi.broker.wire.bodies import read_object
from beffroi.broker.wire.headers import linked_context
from beffroi.kernel.problem import MethodNotAllowed, Problem
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route
from beffroi.web.tenant import tenant_of

_NONE = frozenset[str]()


async def create_or_update_evolution(broker: Broker, request: Request, _: Arguments) -> Response:
    wire.check_parameters(request.parameters, _NONE)
    content, source = read_object(request)
    tenant = tenant_of(request)
    asked = await asyncio.to_thread(read_temporal_entity, content, await broker.contexts.load(source))
    if not asked.id:
        bad("The temporal evolution has no id.")
    if not asked.types:
        bad(f"The temporal evolution of '{asked.id}' has no type.")
    if await operations.provide_evolution(broker, tenant, asked):
        return created(request, "temporal/entities", asked.id)
    return nothing(request)


async def add_attributes_to_evolution(broker: Broker, request: Request, path: Arguments) -> Response:
    wire.check_parameters(request.parameters, _NONE)
    content, source = read_object(request)
    tenant = tenant_of(request)
    entity_id = check_uri(path["id"], "The entity id")
    asked = await asyncio.to_thread(read_temporal_entity, content, await broker.contexts.load(source))
    if asked.id not in {"", entity_id}:
        bad(f"The id in the body is '{asked.id}', and the address names '{entity_id}'.")
    await operations.add_instances(broker, tenant, entity_id, asked)
    return nothing(request)


async def delete_attribute_from_evolution(broker: Broker, request: Request, path: Arguments) -> Response:
    parameters, tenant = request.parameters, tenant_of(request)
    wire.check_parameters(parameters, frozenset({"datasetId", "deleteAll"}))
    entity_id = check_uri(path["id"], "The entity id")
    name = _attribute(path, await broker.contexts.load(linked_context(request)))
    chosen = parameters.get("datasetId", "@none")
    dataset = "" if chosen == "@none" else check_uri(chosen, "The datasetId")
    every = wire.flag(parameters, "deleteAll")
    await operations.delete_attribute(broker, tenant, entity_id, name, EVERY if every else dataset)
    return nothing(request)


async def modify_attribute_instance(broker: Broker, request: Request, path: Arguments) -> Response:
    wire.check_parameters(request.parameters, _NONE)
    content, source = read_object(request)
    tenant = tenant_of(request)
    context = await broker.contexts.load(source)
    if not path["attribute"]:  # the official suite has 405 here (docs/doubts.md)
        raise Problem(
            MethodNotAllowed, "PATCH needs the name of an attribute in the address.", {"allow": "DELETE"}
        )
    of = _instance(tenant, path, context)
    asked = read_one_instance(path["attribute"], of.attribute, content, context)
    await operations.modify_instance(broker, of, asked)
    return nothing(request)


async def delete_attribute_instance(broker: Broker, request: Request, path: Arguments) -> Response:
    tenant = tenant_of(request)
    wire.check_parameters(request.parameters, _NONE)
    context = await broker.contexts.load(linked_context(request))
    await operations.delete_instance(broker, _instance(tenant, path, context))
    return nothing(request)


async def delete_evolution(broker: Broker, request: Request, path: Arguments) -> Response:
    tenant = tenant_of(request)
    wire.check_parameters(request.parameters, _NONE)
    await operations.delete_evolution(broker, tenant, check_uri(path["id"], "The entity id"))
    return nothing(request)


def _instance(tenant: str, path: Arguments, context: Context) -> InstanceNamed:
    entity_id = check_uri(path["id"], "The entity id")
    name = _attribute(path, context)
    return InstanceNamed(tenant, entity_id, name, check_uri(path["instance"], "The instanceId"))


def _attribute(path: Arguments, context: Context) -> str:
    name = path["attribute"]
    if name in {"id", "type"}:
        bad(f"'{name}' is no attribute.")
    return SCOPE if name == SCOPE else expand_attribute_name(name, context)


PROVISION_ROUTES: tuple[Route[Broker], ...] = (
    Route("POST", "/temporal/entities", create_or_update_evolution, "5.6.11", "write"),
    Route("POST", "/temporal/entities/{id}/attrs", add_attributes_to_evolution, "5.6.12", "write"),
    Route(
        "DELETE",
        "/temporal/entities/{id}/attrs/{attribute}",
        delete_attribute_from_evolution,
        "5.6.13",
        "write",
    ),
    Route(
        "PATCH",
        "/temporal/entities/{id}/attrs/{attribute}/{instance}",
        modify_attribute_instance,
        "5.6.14",
        "write",
    ),
    Route(
        "DELETE",
        "/temporal/entities/{id}/attrs/{attribute}/{instance}",
        delete_attribute_instance,
        "5.6.15",
        "write",
    ),
    Route("DELETE", "/temporal/entities/{id}", delete_evolution, "5.6.16", "write"),
)
