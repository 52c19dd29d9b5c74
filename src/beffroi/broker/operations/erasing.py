"""Take out of the history what was deleted of the past: it is hidden already (clauses 5.6.13 to 5.6.16).

Piece by piece, so that nobody waits for long. Whoever is stopped in between leaves the mark that says so, and
the background goes on from it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Final

from beffroi.broker.operations.looked import CLOCK_S
from beffroi.broker.operations.pieces import newest_first
from beffroi.broker.operations.provided import read_provided
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import entity_key, entity_of
from beffroi.broker.rules.provided.erase import erased
from beffroi.broker.rules.provided.facets import ERASING
from beffroi.broker.rules.provided.provided import (
    KIND,
    Provided,
    body_of,
    part_key,
    provided_key,
    provided_of,
    settled,
    with_parts_removed,
)
from beffroi.broker.rules.temporal.evolution import events_now
from beffroi.kernel.instant import NO_INSTANT, Instant, plus_seconds
from beffroi.kernel.problem import left_for_later
from beffroi.kernel.record import Change, Commit, Key, Record, Retold, document_of, reading
from beffroi.store.port import Find, Store, Trace, Where
from beffroi.web.pause import pause

MOST_PARTS: Final = 64
MOST_TRACES: Final = 500
"""Parts and traces that are removed in one commit."""

MOST_PASSES: Final = 200
PAUSE_S: Final = 60.0


async def keep_erasing(broker: Broker, stop: asyncio.Event, pause_s: float = PAUSE_S) -> None:
    """Until `stop` is set: go on where an erasure was interrupted."""
    while not stop.is_set():
        with left_for_later():
            for tenant in await broker.store.tenants():
                waiting = Find(tenant, KIND, Where(ERASING, "==", "boolean", True), limit=100)
                for record in (await broker.store.find(waiting)).records:
                    if not stop.is_set():
                        await erase(broker, tenant, record.key.id)
        await pause(stop, pause_s)


async def erase(broker: Broker, tenant: str, entity_id: str) -> None:
    """Remove the parts that are let go of, and from the traces of an entity all that is hidden of them. What
    is left after MOST_PASSES, because others write all the time, is left to the background."""
    for _ in range(MOST_PASSES):
        provided = await read_provided(broker.store, tenant, entity_id)
        if provided is None or provided.is_settled:
            return
        if provided.doomed:
            await _remove_parts(broker, tenant, entity_id)
        elif provided.erasing is None or not await _erase_traces(broker, tenant, provided):
            await _settle(broker, tenant, provided)


async def _remove_parts(broker: Broker, tenant: str, entity_id: str) -> None:
    key = provided_key(tenant, entity_id)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if key not in stored:
            return Commit()
        provided = provided_of(stored[key].body)
        numbers = provided.doomed[:MOST_PARTS]
        parts = (Change(part_key(tenant, entity_id, number), None) for number in numbers)
        return Commit((_change(key, with_parts_removed(provided, numbers)), *parts))

    await broker.store.transact([key], decide)


async def _erase_traces(broker: Broker, tenant: str, provided: Provided) -> bool:
    """Go through the traces once; whether anything was taken out."""
    key = entity_key(tenant, provided.id)
    return await _remove_oldest(broker.store, key, provided) or await _retell(broker.store, key, provided)


async def _remove_oldest(store: Store, key: Key, provided: Provided) -> bool:
    """Remove the traces from before all was deleted, up to the first that stays; whether there were any."""
    if not provided.gone_until:
        return False
    traced: list[tuple[int, bool]] = []
    async for traces in newest_first(store, key):
        traced += [(trace.number, trace.at <= provided.gone_until) for trace in traces]
    numbers = [number for number, _ in takewhile(lambda each: each[1], reversed(traced))]
    for at in range(0, len(numbers), MOST_TRACES):
        await _tell(store, tuple(Retold(number, b"", None) for number in numbers[at : at + MOST_TRACES]))
    return bool(numbers)


async def _retell(store: Store, key: Key, provided: Provided) -> bool:
    """Take out of traces what they tell of it; whether any did."""
    since = plus_seconds(provided.erasing, -CLOCK_S) if provided.erasing else NO_INSTANT
    is_changed = False
    until = Instant(f"{provided.erasing_until}~") if provided.erasing_until else NO_INSTANT
    async for traces in newest_first(store, key, until=until):
        retold = await asyncio.to_thread(_retold, provided, traces)
        if retold:
            await _tell(store, retold)
            is_changed = True
        if traces[-1].at < since:
            break
    return is_changed


def _retold(provided: Provided, traces: Sequence[Trace]) -> tuple[Retold, ...]:
    told = ((trace, erased(provided, trace.at, trace.body)) for trace in traces)
    with reading(traces[0].key):
        return tuple(Retold(trace.number, trace.body, body) for trace, body in told if body is not trace.body)


async def _tell(store: Store, retold: tuple[Retold, ...]) -> None:
    await store.transact([], lambda _: Commit(retold=retold))


async def _settle(broker: Broker, tenant: str, seen: Provided) -> None:
    """Say that nothing is left to be taken out, unless something was hidden meanwhile."""
    key, entity = provided_key(tenant, seen.id), entity_key(tenant, seen.id)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if key not in stored or provided_of(stored[key].body) != seen:
            return Commit()
        now = list(events_now(entity_of(stored[entity].shared))) if entity in stored else None
        return Commit((_change(key, settled(seen, now)),))

    await broker.store.transact([key, entity], decide)


def _change(key: Key, provided: Provided) -> Change:
    return Change(key, None if provided.is_bare else document_of(body_of(provided)))
