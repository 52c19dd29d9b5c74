"""Go through the history of one entity, a piece at a time, for what a question about the past wants of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.temporal.evolution import (
    SCOPE,
    Event,
    Told,
    events_now,
    events_of,
    moment_of,
    told_of,
)
from beffroi.broker.rules.temporal.evolved import Evolved
from beffroi.broker.rules.temporal.temporal_query import AHEAD_S, TemporalQuery
from beffroi.broker.rules.temporal.temporal_view import TemporalView
from beffroi.broker.rules.temporal.window import Window
from beffroi.kernel.instant import NO_INSTANT, Instant, plus_seconds
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.kernel.record import Key
from beffroi.store.port import Past, Store, Trace

FIRST_PIECE: Final = 64
LARGEST_PIECE: Final = 1_024
_CLOCK_S: Final = 3_600.0
"""So far clocks may have been wrong: a trace from so much before the time asked for ends the search."""

MOST_TESTED: Final = 50_000
"""Instances of one entity that the conditions of a query are checked against."""


@dataclass(slots=True)
class Budget:
    """Changes that one question goes through, and those that are left of them."""

    most: int
    gone: int = 0

    def take(self, count: int) -> None:
        self.gone += count

    @property
    def is_spent(self) -> bool:
        return self.gone >= self.most


@dataclass(slots=True)
class Looked:
    """What a question wants of one entity. `tested` are attributes whose instances in the time asked for are
    kept for the conditions of the query; `scopes` are the entity's in that time."""

    key: Key
    query: TemporalQuery
    asked: TemporalView
    window: Window
    tested: frozenset[str] = frozenset()
    instances: dict[str, list[Instance]] = field(default_factory=dict[str, list[Instance]])
    scopes: list[list[str]] = field(default_factory=list[list[str]])
    newest: Told | None = None
    _count: int = 0

    def absorb(self, traces: list[Trace]) -> None:
        """Take what is wanted out of some traces."""
        ordered = traces[::-1] if len(traces) > 1 and traces[0].number < traces[-1].number else traces
        for trace in ordered:
            told = told_of(trace.at, trace.body)
            if self.newest is None or told.at >= self.newest.at:
                self.newest = told
            self.see(list(events_of(told)))

    def see(self, events: list[Event]) -> None:
        self.window.take(event for event in events if self.asked.shows(event))
        for event in events:
            if event.deleted or (event.name not in self.tested and event.name != SCOPE):
                continue
            if moment_of(event, self.query) is not None:
                self._test(event)

    def _test(self, event: Event) -> None:
        self._count += 1
        if self._count > MOST_TESTED:
            detail = f"'{self.key.id}' has more than {MOST_TESTED} instances to be tested; narrow the time."
            raise Problem(TooComplexQuery, detail)
        if event.name == SCOPE:
            value = event.instance["value"]
            self.scopes.append([str(one) for one in value] if isinstance(value, list) else [str(value)])
        else:
            self.instances.setdefault(event.name, []).append(event.instance)


async def go_through(store: Store, looked: Looked, entity: Entity | None, budget: Budget) -> Instant:
    """Show `looked` all of the history that its query may want.

    Gives the moment from which on everything was seen: NO_INSTANT for all of it, later where the budget ended
    an answer that goes backwards. Raises Problem(TooComplexQuery) where it ended another one.
    """
    if entity is not None:
        looked.see(list(events_now(entity)))
    query = looked.query
    forwards = query.of == "modifiedAt" and query.named and not query.goes_backwards
    last: Trace | None = None
    async for traces in _pieces(store, looked.key, query, budget, forwards=forwards):
        await _absorbed(looked, traces)
        last = traces[-1]
        if forwards and looked.window.is_full and not looked.tested:
            return NO_INSTANT
        if not forwards and _is_enough(looked, last.at):
            return NO_INSTANT
        if budget.is_spent:
            break
    else:
        return NO_INSTANT
    if query.goes_backwards and not looked.tested:
        return last.at if query.of == "modifiedAt" else plus_seconds(last.at, AHEAD_S)
    detail = (
        f"More than {budget.most} changes have to be gone through; narrow the time with timerel=after or"
        " between, or ask for the last ones with lastN."
    )
    raise Problem(TooComplexQuery, detail)


async def _pieces(
    store: Store, key: Key, query: TemporalQuery, budget: Budget, *, forwards: bool
) -> AsyncIterator[list[Trace]]:
    """The traces that may matter, the newest first, or `forwards` the oldest."""
    since, limit = query.written_since, FIRST_PIECE
    bound = _before(since, _CLOCK_S)
    past = Past(limit, until=query.written_until)
    if forwards:
        past = Past(limit, since, query.written_until, first="oldest")
    while True:
        traces = await store.history(key, past)
        budget.take(len(traces))
        if traces:
            yield traces
        if len(traces) < limit or (not forwards and bound and traces[-1].at < bound):
            return
        limit = min(2 * limit, LARGEST_PIECE)
        number = traces[-1].number
        if forwards:
            past = Past(limit, since, query.written_until, after=number, first="oldest")
        else:
            past = Past(limit, until=query.written_until, before=number)


async def _absorbed(looked: Looked, traces: list[Trace]) -> None:
    """A long piece beside the event loop."""
    if len(traces) > FIRST_PIECE:
        await asyncio.to_thread(looked.absorb, traces)
    else:
        looked.absorb(traces)


def _is_enough(looked: Looked, at: Instant) -> bool:
    """Whether lastN of each attribute that was named are known, so that nothing written before can matter."""
    names, query = looked.asked.names, looked.query
    if not query.goes_backwards or names is None or looked.tested:
        return False
    ahead = 0.0 if query.of in {"modifiedAt", "deletedAt"} else AHEAD_S
    oldest = looked.window.settled_since(names)
    return oldest is not None and plus_seconds(at, ahead) < oldest


def _before(moment: Instant, seconds: float) -> Instant:
    if not moment:
        return moment
    try:
        return plus_seconds(moment, -seconds)
    except OverflowError:
        return NO_INSTANT


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
    if entity is not None:
        return Evolved(
            entity["id"],
            entity["type"],
            placed,
            window.names(),
            entity.get("createdAt", ""),
            entity.get("modifiedAt", ""),
            cut=cut,
        )
    types = newest.types if newest else []
    deleted = newest.at if newest and newest.deleted else ""
    created = newest.created_at if newest else ""
    return Evolved(looked.key.id, types, placed, window.names(), created, deleted, deleted, cut)
