"""Operations on one entity (clauses 5.6.1 to 5.6.6, 5.6.17 to 5.6.19, 5.7.1, 5.7.2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from beffroi.broker.operations.granted_store import paid_by
from beffroi.broker.operations.scanning import scan
from beffroi.broker.operations.services import Broker, check_tenant, found_tenant
from beffroi.broker.rules.entity import write
from beffroi.broker.rules.entity.entity import KIND, Entity, Instance, entity_key, entity_of
from beffroi.broker.rules.entity.expand import Fragment
from beffroi.broker.rules.entity.expiry import lasting_records
from beffroi.broker.rules.entity.results import Answer
from beffroi.broker.rules.entity.trace import Rule, commit_of, joined, lapse_of
from beffroi.broker.rules.query.links import links
from beffroi.broker.rules.query.matches import matcher
from beffroi.broker.rules.query.narrow import narrow_any
from beffroi.broker.rules.query.ordering import Ordering, ranking
from beffroi.broker.rules.query.query import EntityQuery, Page, Selection
from beffroi.broker.rules.query.selection import type_matcher
from beffroi.broker.rules.subscription.audience import audience_key
from beffroi.kernel.effort import Effort
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Commit, Key, Record
from beffroi.store.port import Find

Updated = tuple[Entity, list[write.Refusal]]
Update = Callable[[Entity | None, str, Fragment, Instant], Updated]


class Target(NamedTuple):
    """The entity that a write is for: a tenant, an id and, if it is given, the type that it must have."""

    tenant: str
    id: str
    types: Selection | None = None


async def create_entity(broker: Broker, tenant: str, asked: Entity) -> None:
    """Create Entity (5.6.1); the tenant comes into being with its first entity."""
    now = broker.now()
    await _change(broker, Target(tenant, asked["id"]), now, lambda stored: write.create(stored, asked, now))
    await found_tenant(broker, tenant)


async def replace_entity(broker: Broker, target: Target, asked: Entity) -> None:
    """Replace Entity (5.6.18)."""
    await check_tenant(broker, target.tenant)
    now = broker.now()
    await _change(broker, target, now, lambda stored: write.replace(stored, asked, now))


async def merge_entity(broker: Broker, target: Target, asked: Fragment, observed_at: str) -> None:
    """Merge Entity (5.6.17)."""
    await check_tenant(broker, target.tenant)
    now = broker.now()
    await _change(broker, target, now, lambda stored: write.merge(stored, target.id, asked, observed_at, now))


async def update_attributes(
    broker: Broker, target: Target, asked: Fragment, rule: Update
) -> list[write.Refusal]:
    """Append Attributes (5.6.3) or Update Attributes (5.6.2), as `rule` says; what was left alone."""
    await check_tenant(broker, target.tenant)
    now = broker.now()
    refused: list[write.Refusal] = []

    def decide(stored: Entity | None) -> Entity:
        nonlocal refused
        after, refused = rule(stored, target.id, asked, now)
        return after

    await _change(broker, target, now, decide)
    return refused


async def partial_update(broker: Broker, target: Target, name: str, asked: Instance) -> None:
    """Partial Attribute update (5.6.4)."""
    await check_tenant(broker, target.tenant)
    now = broker.now()
    await _change(
        broker, target, now, lambda stored: write.partial_update(stored, target.id, name, asked, now)
    )


async def replace_attribute(broker: Broker, target: Target, name: str, asked: Instance) -> None:
    """Replace Attribute (5.6.19)."""
    await check_tenant(broker, target.tenant)
    now = broker.now()
    await _change(
        broker, target, now, lambda stored: write.replace_attribute(stored, target.id, name, asked, now)
    )


async def delete_attribute(broker: Broker, target: Target, name: str, dataset: str | None) -> None:
    """Delete Attribute (5.6.5): one instance."""
    await check_tenant(broker, target.tenant)
    now = broker.now()
    await _change(
        broker, target, now, lambda stored: write.delete_attribute(stored, target.id, name, dataset, now)
    )


async def delete_all_instances(broker: Broker, target: Target, name: str) -> None:
    """Delete Attribute (5.6.5): all its instances."""
    await check_tenant(broker, target.tenant)
    now = broker.now()
    await _change(
        broker, target, now, lambda stored: write.delete_all_instances(stored, target.id, name, now)
    )


async def delete_scope(broker: Broker, target: Target) -> None:
    """Delete Attribute (5.6.5): the scope."""
    await check_tenant(broker, target.tenant)
    now = broker.now()
    await _change(broker, target, now, lambda stored: write.delete_scope(stored, target.id, now))


async def delete_entity(broker: Broker, target: Target) -> None:
    """Delete Entity (5.6.6)."""
    await check_tenant(broker, target.tenant)

    def decide(stored: Entity | None) -> None:
        write.existing(stored, target.id)

    await _change(broker, target, broker.now(), decide)


async def retrieve_entity(broker: Broker, tenant: str, entity_id: str) -> Entity:
    """Retrieve Entity (5.7.1). Raises Problem(ResourceNotFound)."""
    return entity_of((await retrieve_record(broker, tenant, entity_id)).body)


async def retrieve_record(broker: Broker, tenant: str, entity_id: str) -> Record:
    """The same as it is stored."""
    key = entity_key(tenant, entity_id)
    found = (await broker.store.read([key])).get(key)
    if found is None:
        await check_tenant(broker, tenant)
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' does not exist.")
    return found


async def query_entities(
    broker: Broker, tenant: str, queries: Sequence[EntityQuery], page: Page, ordering: Ordering | None = None
) -> Answer:
    """Query Entities (5.7.2): those that at least one of the queries selects, as created or in an order."""
    await check_tenant(broker, tenant)
    effort = broker.effort()
    store = paid_by(broker.store, effort)
    if ordering is not None or any(map(links, queries)):
        candidates = find_of(tenant, queries, Page(limit=-1), effort)
        rank = ranking(ordering, effort) if ordering is not None else None
        answer = await scan(store, candidates, queries, page, rank, effort)
        return replace(answer, records=lasting_records(answer.records, broker.now))
    found = await store.find(find_of(tenant, queries, page, effort))
    after = found.records[-1].number if found.records else page.after
    return Answer(lasting_records(found.records, broker.now), found.more, found.count, after)


def find_of(tenant: str, queries: Sequence[EntityQuery], page: Page, effort: Effort) -> Find:
    """Say queries in the store's words: an index narrows, `matcher` decides. No limit: `limit` is -1."""
    selects = matcher(*queries, effort=effort)
    where, exact = narrow_any(queries)
    return Find(
        tenant=tenant,
        kind=KIND,
        where=where,
        keep=lambda record: selects(entity_of(record.body)),
        exact=exact,
        after=page.after,
        offset=page.offset,
        limit=None if page.limit < 0 else page.limit,
        count=page.count,
    )


async def _change(broker: Broker, target: Target, now: Instant, rule: Rule) -> None:
    """Give one entity to a rule and store what the rule makes of it, with its history and event."""
    key, ears = entity_key(target.tenant, target.id), audience_key(target.tenant)
    fits = type_matcher(target.types) if target.types is not None else _any_type

    def decide(stored: Mapping[Key, Record]) -> Commit:
        before, lapse = lapse_of(target.tenant, stored.get(key), stored.get(ears), now)
        if before is not None and not fits(before["type"]):
            raise Problem(ResourceNotFound, f"Entity '{target.id}' does not have the type that was given.")
        return joined(lapse, commit_of(target.tenant, before, rule(before), stored.get(ears), now))

    await broker.store.transact([key, ears], decide)


def _any_type(_: object) -> bool:
    return True
