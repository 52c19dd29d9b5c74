"""Which types and attributes there are (clauses 5.7.5 to 5.7.10)."""

from dataclasses import dataclass, field

from beffroi.broker.operations.services import Broker, check_tenant
from beffroi.broker.rules.entity import KIND, entity_of
from beffroi.broker.rules.facets import TYPE
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.store.port import Comparator, Find, Where


@dataclass(slots=True)
class AttributeSummary:
    """One attribute: how many instances, in which entity types, with which attribute types."""

    count: int = 0
    types: set[str] = field(default_factory=set[str])
    kinds: set[str] = field(default_factory=set[str])


async def entity_types(broker: Broker, tenant: str) -> dict[str, int]:
    """Every entity type (expanded) with the number of its entities (5.7.5)."""
    await check_tenant(broker, tenant)
    return dict(sorted((await broker.store.values(tenant, KIND, TYPE)).items()))


async def type_attributes(broker: Broker, tenant: str, entity_type: str) -> dict[str, AttributeSummary]:
    """The attributes of one entity type (5.7.7). Raises Problem(ResourceNotFound)."""
    await check_tenant(broker, tenant)
    equals: Comparator = "=="
    where = Where(TYPE, equals, "text", entity_type)
    found = await _summaries(broker, Find(tenant, KIND, where, exact=True, limit=None))
    if not found and entity_type not in await entity_types(broker, tenant):
        raise Problem(ResourceNotFound, f"There is no entity of type '{entity_type}'.")
    return found


async def attributes(broker: Broker, tenant: str) -> dict[str, AttributeSummary]:
    """Every attribute of every entity (5.7.8)."""
    await check_tenant(broker, tenant)
    return await _summaries(broker, Find(tenant, KIND, limit=None, exact=True))


async def attribute(broker: Broker, tenant: str, name: str) -> AttributeSummary:
    """One attribute (5.7.10). Raises Problem(ResourceNotFound)."""
    found = await attributes(broker, tenant)
    if name not in found:
        raise Problem(ResourceNotFound, f"There is no attribute '{name}'.")
    return found[name]


async def _summaries(broker: Broker, find: Find) -> dict[str, AttributeSummary]:
    found: dict[str, AttributeSummary] = {}
    async for record in broker.store.stream(find):
        entity = entity_of(record.body)
        for name, instances in entity["attrs"].items():
            summary = found.setdefault(name, AttributeSummary())
            summary.count += len(instances)
            summary.types.update(entity["type"])
            summary.kinds.update(instance["type"] for instance in instances)
    return dict(sorted(found.items()))
