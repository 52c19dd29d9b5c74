"""The newest of the past of one entity, as much as a page draws: what changes left and what was provided."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeAlias

from beffroi.broker.operations.pieces import newest_first
from beffroi.broker.operations.provided import (
    LARGEST_PIECE,
    MOST_TRIES,
    Replaced,
    contended,
    read_parts,
    read_provided,
)
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import Entity, entity_key
from beffroi.broker.rules.provided.instance import event_of
from beffroi.broker.rules.provided.provided import Provided, Series
from beffroi.broker.rules.provided.shelf import instances_of
from beffroi.broker.rules.temporal.evolution import Event, events_now, events_of, moment_of, told_of
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.broker.rules.temporal.window import Placed
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.record import Record, reading
from beffroi.store.port import Trace

MOST_TRACES: Final = 2_000
MOST_BYTES: Final = 16_000_000
"""Traces, and bytes of them, after which older ones are not read."""

MOST_PARTS: Final = 32
"""Parts of what was provided that are read, of all attributes together."""

_ALL: Final = TemporalQuery()
Keep: TypeAlias = Callable[[Event], bool]


@dataclass(frozen=True, slots=True)
class Recent:
    """Instances where they stand in time, in no order. All that changes left `since` a moment is there
    (NO_INSTANT: all at all); `is_whole` says whether all that was provided is."""

    placed: list[Placed]
    since: Instant
    is_whole: bool


async def recent_past(broker: Broker, tenant: str, entity: Entity, keep: Keep) -> Recent:
    """The newest instances that pass `keep`, without what was deleted of the past and without deletions.

    Raises Problem(Unavailable) where others write this past all the time.
    """
    for _ in range(MOST_TRIES):
        provided = await read_provided(broker.store, tenant, entity["id"])
        try:
            stated, is_whole = await _stated(broker, tenant, provided, keep) if provided else ([], True)
        except Replaced:
            continue
        lived, since = await _lived(broker, tenant, entity, provided, keep)
        return Recent([*stated, *lived], since, is_whole)
    raise contended(entity["id"])


async def _lived(
    broker: Broker, tenant: str, entity: Entity, provided: Provided | None, keep: Keep
) -> tuple[list[Placed], Instant]:
    """What changes left, and since when that is all of it."""

    def taken(events: Sequence[Event]) -> dict[object, Placed]:
        seen = provided.seen(events) if provided else events
        kept = (each for each in seen if not each.deleted and keep(each))
        return {each.place: Placed(moment_of(each, _ALL) or each.at, each) for each in kept}

    def told(traces: Sequence[Trace]) -> dict[object, Placed]:
        with reading(key):
            return taken([event for trace in traces for event in events_of(told_of(trace.at, trace.body))])

    key = entity_key(tenant, entity["id"])
    found, count, size = taken(list(events_now(entity))), 0, 0
    async with aclosing(newest_first(broker.store, key)) as pieces:
        async for traces in pieces:
            found |= await asyncio.to_thread(told, traces)
            count, size = count + len(traces), size + sum(len(trace.body) for trace in traces)
            if count >= MOST_TRACES or size >= MOST_BYTES:
                return list(found.values()), traces[-1].at
    return list(found.values()), NO_INSTANT


async def _stated(broker: Broker, tenant: str, provided: Provided, keep: Keep) -> tuple[list[Placed], bool]:
    """What was provided, of each attribute as much, and whether that is all. Raises Replaced."""
    chosen = [series for series in provided.series if series.kind == "Property"][:MOST_PARTS]
    most = MOST_PARTS // max(1, len(chosen))
    found, is_whole = list[Placed](), len(chosen) < MOST_PARTS
    for series in chosen:
        newest = await _newest_of(broker, tenant, provided.id, series, keep, most)
        found += newest
        is_whole = is_whole and (len(series.parts) <= most or not newest)
    return found, is_whole


async def _newest_of(
    broker: Broker, tenant: str, entity_id: str, series: Series, keep: Keep, most: int
) -> list[Placed]:
    """Instances of the newest parts of a series; none where the very newest part has none to be kept."""

    def taken(records: Sequence[Record]) -> list[Placed]:
        held = (each for record in records for each in instances_of(record.body) if not each.deleted)
        placed = (Placed(each.moment, event_of(series.name, each)) for each in held)
        return [each for each in placed if keep(each.event)]

    rows, at, size = series.parts[: -most - 1 : -1], 0, 1
    found = list[Placed]()
    while at < len(rows):
        records = await read_parts(broker.store, tenant, entity_id, rows[at : at + size])
        found += await asyncio.to_thread(taken, records)
        if not found:
            break
        at, size = at + size, min(4 * size, LARGEST_PIECE)
    return found
