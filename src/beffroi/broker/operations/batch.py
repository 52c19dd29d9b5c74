"""Batch operations (clauses 5.6.7 to 5.6.10, 5.6.20): each entity by itself, all changes in one commit."""

from collections.abc import Mapping, Sequence

from beffroi.broker.operations.services import Broker, check_tenant, found_tenant
from beffroi.broker.rules.entity import write
from beffroi.broker.rules.entity.entity import Entity, entity_key
from beffroi.broker.rules.entity.results import BatchResult, Item
from beffroi.broker.rules.entity.trace import commit_of, lapse_of
from beffroi.broker.rules.subscription.audience import audience_key
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Change, Commit, Event, Key, Record


async def apply_batch(broker: Broker, tenant: str, items: Sequence[Item], *, creates: bool) -> BatchResult:
    """Run every step in order on its entity, later ones on what earlier ones left (clause 5.5.11).

    A step that raises a Problem leaves its entity alone and is reported. `creates` says that the batch may
    bring a tenant into being.
    """
    if not creates:
        await check_tenant(broker, tenant)
    now = broker.now()
    result = BatchResult()
    ears = audience_key(tenant)
    keys = list(
        dict.fromkeys(entity_key(tenant, item.id) for item in items if not isinstance(item.outcome, Problem))
    )

    def decide(stored: Mapping[Key, Record]) -> Commit:
        nonlocal result
        result = BatchResult()
        return _decide(tenant, items, stored, stored.get(ears), now, result)

    await broker.store.transact([*keys, ears], decide)
    if creates and (result.created or result.changed):
        await found_tenant(broker, tenant)
    return result


def _decide(
    tenant: str,
    items: Sequence[Item],
    stored: Mapping[Key, Record],
    audience: Record | None,
    now: Instant,
    result: BatchResult,
) -> Commit:
    current: dict[str, Entity | None] = {}
    changes: list[Change] = []
    events: list[Event] = []
    for item in items:
        if isinstance(item.outcome, Problem):
            result.problems.append((item.id, item.outcome))
            continue
        if item.id not in current:
            record = stored.get(entity_key(tenant, item.id))
            current[item.id], lapse = lapse_of(tenant, record, audience, now)
            changes.extend(lapse.changes)
            events.extend(lapse.events)
        before = current[item.id]
        try:
            after, refused = item.outcome(before, now)
        except Problem as problem:
            result.problems.append((item.id, problem))
            continue
        commit = commit_of(tenant, before, after, audience, now)
        changes.extend(commit.changes)
        events.extend(commit.events)
        current[item.id] = after
        if refused:
            result.problems.append((item.id, Problem(BadRequestData, refused)))
            continue
        (result.created if before is None else result.changed).append(item.id)
    return Commit(tuple(changes), tuple(events), at=now)


def deletion(entity_id: str) -> Item:
    """The element of a batch that deletes an entity (5.6.10)."""

    def step(stored: Entity | None, _: Instant) -> tuple[None, str]:
        write.existing(stored, entity_id)
        return None, ""

    return Item(entity_id, step)
