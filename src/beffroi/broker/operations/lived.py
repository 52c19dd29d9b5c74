"""Look for what changes left of an attribute in the history of its entity."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from beffroi.broker.operations.candidates import Candidate
from beffroi.broker.operations.pieces import FIRST_PIECE, newest_first, next_piece
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import entity_key, entity_of
from beffroi.broker.rules.provided.provided import EVERY
from beffroi.broker.rules.temporal.evolution import (
    Event,
    events_now,
    events_of,
    instance_id,
    is_past,
    moment_named,
    told_of,
)
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.record import reading
from beffroi.store.port import Past, Store, Trace


class Lived(NamedTuple):
    """An instance that a change left, and until when traces may repeat it; NO_INSTANT: until now."""

    event: Event
    until: Instant


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


async def lived_instance(broker: Broker, tenant: str, entity_id: str, name: str, id: str) -> Lived | None:
    """The instance of an attribute with this id that a change left; the id says when."""
    key, at = entity_key(tenant, entity_id), moment_named(id)
    found = await broker.store.read([key])
    if key in found:
        for event in events_now(entity_of(found[key].shared)):
            if event.name == name and instance_id(entity_id, event) == id:
                return Lived(event, NO_INSTANT)
    if at == NO_INSTANT:
        return None
    async for traces in newest_first(broker.store, key, until=Instant(f"{at}~")):  # that moment included
        for trace in traces:
            named = (event for event in _events(trace) if event.name == name)
            its = next((event for event in named if instance_id(entity_id, event) == id), None)
            if its is not None:
                return Lived(its, await _told_until(broker.store, trace, its))
        if traces[-1].at < at:
            return None
    return None


async def _told_until(store: Store, first: Trace, event: Event) -> Instant:
    """The last moment of the traces that may tell of an instance, from that one on in which it was new."""
    latest, after, limit = first.at, first.number, FIRST_PIECE
    while traces := await store.history(first.key, Past(limit, after=after, first="oldest")):
        for trace in traces:
            latest = max(latest, trace.at)
            with reading(trace.key):
                if is_past(told_of(trace.at, trace.body), event):
                    return latest
        after, limit = traces[-1].number, next_piece(traces)
    return NO_INSTANT


def _events(trace: Trace) -> list[Event]:
    with reading(trace.key):
        return list(events_of(told_of(trace.at, trace.body)))
