"""Go through the history of one entity, a piece at a time, for what a question about the past wants of it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final

from beffroi.broker.operations.looked import Budget, Looked, too_many
from beffroi.broker.operations.pieces import FIRST_PIECE, newest_first, next_piece
from beffroi.broker.operations.provided import see_provided
from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.temporal.evolution import events_now
from beffroi.broker.rules.temporal.evolved import Evolved
from beffroi.kernel.instant import NO_INSTANT, Instant, plus_seconds
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.store.port import Past, Store, Trace

MOST_RECENT: Final = 960
"""Traces after which a question that goes forwards begins with the oldest instead."""

SAMPLE: Final = 64
"""Traces that are looked at at least: they show whether an entity has forecasts."""


async def go_through(store: Store, looked: Looked, entity: Entity | None, budget: Budget) -> Instant:
    """Show `looked` all of the history that its query may want.

    Gives the moment from which on everything was seen: NO_INSTANT for all of it, later where the budget ended
    an answer that goes backwards. Raises Problem(TooComplexQuery) where it ended another one.
    """
    now = list(events_now(entity)) if entity is not None else []
    looked.see(now)
    await see_provided(store, looked, budget, now)
    query = looked.query
    forwards = query.of == "modifiedAt" and query.named and not query.goes_backwards
    last, count, limit = NO_INSTANT, 0, FIRST_PIECE
    async for traces in _newest(store, looked, budget):
        await _absorbed(looked, traces)
        last, count, limit = traces[-1].at, count + len(traces), next_piece(traces)
        if _is_enough(looked, last):
            return NO_INSTANT
        if budget.is_spent or (forwards and count >= MOST_RECENT):
            break
    else:
        return NO_INSTANT
    if query.goes_backwards and not looked.tested:
        return plus_seconds(last, looked.ahead_s)
    if forwards and not budget.is_spent:
        looked.begin_again(now)
        await see_provided(store, looked, budget, now)
        if await _seen_from_the_oldest(store, looked, budget, limit):
            return NO_INSTANT
    raise too_many(budget)


async def _newest(store: Store, looked: Looked, budget: Budget) -> AsyncIterator[list[Trace]]:
    """The traces that may matter, the newest first."""
    count = 0
    async for traces in newest_first(store, looked.key, until=looked.query.written_until):
        budget.take(len(traces))
        count += len(traces)
        yield traces
        if traces[-1].at < looked.written_since and count >= SAMPLE:
            return


async def _seen_from_the_oldest(store: Store, looked: Looked, budget: Budget, limit: int) -> bool:
    """Show what was written in the time asked for, the oldest first, `limit` of them at first, until the
    answer has all it takes; whether it has."""
    query, after = looked.query, 0
    while not budget.is_spent:
        past = Past(limit, query.since, query.until, after=after, first="oldest")
        traces = await store.history(looked.key, past)
        budget.take(len(traces))
        await _absorbed(looked, traces)
        if len(traces) < limit or (looked.window.is_full and not looked.tested):
            return True
        after, limit = traces[-1].number, next_piece(traces)
    return False


async def _absorbed(looked: Looked, traces: list[Trace]) -> None:
    """A long piece beside the event loop."""
    if len(traces) > FIRST_PIECE:
        await asyncio.to_thread(looked.absorb, traces)
    else:
        looked.absorb(traces)


def _is_enough(looked: Looked, at: Instant) -> bool:
    """Whether lastN of each attribute that was named are known, so that nothing written before can matter."""
    names = looked.asked.names
    if not looked.query.goes_backwards or names is None or looked.tested:
        return False
    oldest = looked.window.settled_since(names)
    return oldest is not None and plus_seconds(at, looked.ahead_s) < oldest


def evolved_of(looked: Looked, entity: Entity | None, whole_since: Instant) -> Evolved:
    """What the answer shows of the entity, once its history was gone through."""
    window, newest = looked.window, looked.newest
    placed = window.placed()
    cut = window.end_of(placed) if window.is_cut and placed else NO_INSTANT
    if whole_since:
        placed = [each for each in placed if each.moment >= whole_since]
        if not placed:
            detail = "There are too many changes to find the last ones of all attributes; name some."
            raise Problem(TooComplexQuery, detail)
        cut = max(cut, placed[0].moment)
    beside = looked.provided.types if looked.provided else ()
    if entity is not None:
        return Evolved(
            entity["id"],
            _together(entity["type"], beside),
            placed,
            window.kinds(),
            entity.get("createdAt", ""),
            entity.get("modifiedAt", ""),
            cut=cut,
        )
    types = _together(newest.types if newest else [], beside)
    deleted = newest.at if newest and newest.deleted else ""
    created = newest.created_at if newest else ""
    if looked.provided is not None and not deleted:
        created, modified = looked.provided.created_at, looked.provided.modified_at
        return Evolved(looked.key.id, types, placed, window.kinds(), created, modified, cut=cut)
    return Evolved(looked.key.id, types, placed, window.kinds(), created, deleted, deleted, cut)


def _together(types: list[str], beside: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*types, *beside]))
