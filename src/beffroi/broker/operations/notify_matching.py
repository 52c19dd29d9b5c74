"""Read the entities that the conditions of a subscription need (clauses 4.9, 5.8.6)."""

from beffroi.broker.rules.entity.entity import Entity, entity_key, entity_of
from beffroi.broker.rules.query.links import links, unread
from beffroi.broker.rules.subscription.notification_change import EntityChange
from beffroi.broker.rules.subscription.notification_match import Listener, holds
from beffroi.broker.rules.subscription.subscription import Subscription
from beffroi.store.port import Store

MOST_ROUNDS = 40


async def meets_conditions(store: Store, listener: Listener, change: EntityChange) -> bool:
    """Whether the changed entity meets conditions that follow its relationships."""
    linked = await _linked(store, change.tenant, listener.subscription, [change.entity])
    return holds(listener.subscription, change.entity, linked.get)


async def _linked(
    store: Store, tenant: str, subscription: Subscription, entities: list[Entity]
) -> dict[str, Entity | None]:
    """The entities that the conditions lead to from these, level by level."""
    hops = [hop for query in subscription.queries for hop in links(query)]
    known: dict[str, Entity | None] = {}
    for _ in range(MOST_ROUNDS):
        ids = unread(hops, entities, known)
        if not ids:
            break
        records = await store.read([entity_key(tenant, entity_id) for entity_id in ids])
        for entity_id in ids:
            record = records.get(entity_key(tenant, entity_id))
            known[entity_id] = entity_of(record.body) if record else None
    return known
