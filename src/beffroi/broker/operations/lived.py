"""Look for what changes left of an attribute in the history of its entity."""

import asyncio
from collections.abc import Iterable, Sequence

from beffroi.broker.operations.candidates import Candidate
from beffroi.broker.operations.pieces import newest_first
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import entity_key, entity_of
from beffroi.broker.rules.provided.provided import EVERY
from beffroi.broker.rules.temporal.evolution import (
    Event,
    events_now,
    events_of,
    instance_id,
    moment_named,
    told_of,
)
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.record import reading
from beffroi.store.port import Trace


async def has_lived(broker: Broker, tenant: str, known: Candidate, name: str, dataset: str) -> bool:
    """Whether changes left anything to be seen of an attribute with this datasetId, or EVERY. Beyond the
    changes that one question goes through they are taken to have."""
    key, gone = entity_key(tenant, known.id), 0

    def is_met(events: Iterable[Event]) -> bool:
        seen = known.provided.seen(events) if known.provided else events
        return any(each.name == name and dataset in {EVERY, each.dataset} for each in seen)

    def is_told(traces: Sequence[Trace]) -> bool:
        return any(is_met(_events(trace)) for trace in traces)

    if known.entity is not None and is_met(events_now(known.entity)):
        return True
    async for traces in newest_first(broker.store, key):
        gone += len(traces)
        if gone > broker.most_changes or await asyncio.to_thread(is_told, traces):
            return True
    return False


async def lived_instance(broker: Broker, tenant: str, entity_id: str, name: str, id: str) -> Event | None:
    """The instance of an attribute with this id that a change left; the id says when."""
    key, at = entity_key(tenant, entity_id), moment_named(id)
    events: list[Event] = []
    found = await broker.store.read([key])
    if key in found:
        events += events_now(entity_of(found[key].shared))
    if at != NO_INSTANT:
        async for traces in newest_first(broker.store, key, at, Instant(f"{at}~")):  # that moment alone
            events += [event for trace in traces for event in _events(trace)]
    named = (event for event in events if event.name == name)
    return next((event for event in named if instance_id(entity_id, event) == id), None)


def _events(trace: Trace) -> list[Event]:
    with reading(trace.key):
        return list(events_of(told_of(trace.at, trace.body)))
