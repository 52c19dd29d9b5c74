"""Go through the history of one entity, a piece at a time, for what a question about the past wants of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from beffroi.broker.operations.pieces import FIRST_PIECE, next_piece
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
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds, seconds_between
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.kernel.record import Key
from beffroi.store.port import Past, Store, Trace

MOST_RECENT: Final = 960
"""Traces after which a question that goes forwards begins with the oldest instead."""

SAMPLE: Final = 64
"""Traces that are looked at at least: they show whether an entity has forecasts."""

_CLOCK_S: Final = 3_600.0
"""So far clocks may differ: what was written so much before the time asked for ends the search."""

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
    kept for the conditions of the query; `scopes` are the entity's in that time. `has_met` says whether any
    instance of what is asked for was met, in that time or not."""

    key: Key
    query: TemporalQuery
    asked: TemporalView
    window: Window
    tested: frozenset[str] = frozenset()
    instances: dict[str, list[Instance]] = field(default_factory=dict[str, list[Instance]])
    scopes: list[list[str]] = field(default_factory=list[list[str]])
    newest: Told | None = None
    has_forecasts: bool = False
    has_met: bool = False
    _count: int = 0

    @property
    def ahead_s(self) -> float:
        """How long before the moment that it is for something may have been written."""
        if self.query.of in {"modifiedAt", "deletedAt"} and self.query.named:
            return 0.0
        return AHEAD_S if self.has_forecasts else _CLOCK_S

    @property
    def written_since(self) -> Instant:
        """What was written before this moment cannot matter."""
        try:
            return (
                plus_seconds(self.query.since, -max(self.ahead_s, _CLOCK_S))
                if self.query.since
                else NO_INSTANT
            )
        except OverflowError:
            return NO_INSTANT

    def begin_again(self, now: list[Event]) -> None:
        """Forget what was seen but for what is there now."""
        self.window = Window(self.query, self.window.most, self.window.most_bytes)
        self.instances, self.scopes, self._count = {}, [], 0
        self.see(now)

    def absorb(self, traces: list[Trace]) -> None:
        """Take what is wanted out of some traces."""
        ordered = traces[::-1] if len(traces) > 1 and traces[0].number < traces[-1].number else traces
        for trace in ordered:
            told = told_of(trace.at, trace.body)
            if self.newest is None or told.at >= self.newest.at:
                self.newest = told
            self.see(list(events_of(told)))

    def see(self, events: list[Event]) -> None:
        """Take what one change did; its bytes are parted among the instances that are asked for."""
        shown = [event for event in events if self.asked.shows(event)]
        if len(shown) > 1:
            shown = [event._replace(size=-(-event.size // len(shown))) for event in shown]
        self.has_met = self.has_met or bool(shown)
        self.window.take(shown)
        self.has_forecasts = self.has_forecasts or any(map(_is_ahead, events))
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
    now = list(events_now(entity)) if entity is not None else []
    looked.see(now)
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
        if await _seen_from_the_oldest(store, looked, budget, limit):
            return NO_INSTANT
    detail = (
        f"More than {budget.most} changes have to be gone through; narrow the time with timerel=after or"
        " between, or ask for the last ones with lastN."
    )
    raise Problem(TooComplexQuery, detail)


async def _newest(store: Store, looked: Looked, budget: Budget) -> AsyncIterator[list[Trace]]:
    """The traces that may matter, the newest first."""
    limit, until = FIRST_PIECE, looked.query.written_until
    past, count = Past(limit, until=until), 0
    while True:
        traces = await store.history(looked.key, past)
        budget.take(len(traces))
        count += len(traces)
        if traces:
            yield traces
        if len(traces) < limit or (traces[-1].at < looked.written_since and count >= SAMPLE):
            return
        limit = next_piece(traces)
        past = Past(limit, until=until, before=traces[-1].number)


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


def _is_ahead(event: Event) -> bool:
    """Whether a value was written well before the moment that it is for."""
    text = event.instance.get("observedAt", "")
    if text[:13] <= event.at[:13]:
        return False
    moment = parse_instant(text)
    return moment is not None and seconds_between(event.at, moment) > _CLOCK_S


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
    if entity is not None:
        return Evolved(
            entity["id"],
            entity["type"],
            placed,
            window.kinds(),
            entity.get("createdAt", ""),
            entity.get("modifiedAt", ""),
            cut=cut,
        )
    types = newest.types if newest else []
    deleted = newest.at if newest and newest.deleted else ""
    created = newest.created_at if newest else ""
    return Evolved(looked.key.id, types, placed, window.kinds(), created, deleted, deleted, cut)
