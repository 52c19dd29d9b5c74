"""Which types and attributes there are (clauses 5.7.5 to 5.7.10)."""

from beffroi.broker.operations.services import Broker, check_tenant
from beffroi.broker.operations.survey import AttributeSummary, Summaries, Survey
from beffroi.broker.rules.entity.entity import KIND
from beffroi.broker.rules.query.facets import TYPE
from beffroi.kernel.problem import Problem, ResourceNotFound


async def entity_types(broker: Broker, tenant: str) -> dict[str, int]:
    """Every entity type (expanded) with the number of its entities (5.7.5)."""
    await check_tenant(broker, tenant)
    return dict(sorted((await broker.store.values(tenant, KIND, TYPE)).items()))


async def type_attributes(broker: Broker, tenant: str, entity_type: str) -> Summaries:
    """The attributes of one entity type (5.7.7). Raises Problem(ResourceNotFound)."""
    found = (await _survey(broker, tenant)).by_type.get(entity_type, {})
    if not found and entity_type not in await entity_types(broker, tenant):
        raise Problem(ResourceNotFound, f"There is no entity of type '{entity_type}'.")
    return found


async def attributes(broker: Broker, tenant: str) -> Summaries:
    """Every attribute of every entity (5.7.8)."""
    return (await _survey(broker, tenant)).attributes


async def attribute(broker: Broker, tenant: str, name: str) -> AttributeSummary:
    """One attribute (5.7.10). Raises Problem(ResourceNotFound)."""
    found = await attributes(broker, tenant)
    if name not in found:
        raise Problem(ResourceNotFound, f"There is no attribute '{name}'.")
    return found[name]


async def _survey(broker: Broker, tenant: str) -> Survey:
    await check_tenant(broker, tenant)
    return await broker.surveys.of(broker.store, tenant)
