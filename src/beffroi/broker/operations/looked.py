"""Looked: what a question about the past wants of one entity, and what it has seen of it."""

from dataclasses import dataclass, field
from typing import Final

from beffroi.broker.rules.entity.entity import Instance
from beffroi.broker.rules.provided.provided import Provided
from beffroi.broker.rules.temporal.evolution import SCOPE, Event, Told, events_of, moment_of, told_of
from beffroi.broker.rules.temporal.temporal_query import AHEAD_S, TemporalQuery
from beffroi.broker.rules.temporal.temporal_view import TemporalView
from beffroi.broker.rules.temporal.window import Window
from beffroi.kernel.effort import Effort
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds, seconds_between
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.kernel.record import Key, reading
from beffroi.store.port import Trace

CLOCK_S: Final = 3_600.0
"""So far clocks may differ: what was written so much before the time asked for ends the search."""

MOST_TESTED: Final = 50_000
"""Instances of one entity that the conditions of a query are checked against."""


@dataclass(slots=True)
class Budget:
    """What one question may cost: changes that it goes through, and those that are gone through; what its
    conditions have left."""

    most: int
    effort: Effort = field(default_factory=Effort)
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
    instance of what is asked for was met, in that time or not. `provided` is what clients provided and
    deleted of this past, if they did."""

    key: Key
    query: TemporalQuery
    asked: TemporalView
    window: Window
    tested: frozenset[str] = frozenset()
    provided: Provided | None = None
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
        return AHEAD_S if self.has_forecasts else CLOCK_S

    @property
    def written_since(self) -> Instant:
        """What was written before this moment cannot matter."""
        try:
            return (
                plus_seconds(self.query.since, -max(self.ahead_s, CLOCK_S))
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
        with reading(self.key):
            for trace in ordered:
                told = told_of(trace.at, trace.body)
                if self.provided is not None and told.at <= self.provided.gone_until:
                    continue
                if self.newest is None or told.at >= self.newest.at:
                    self.newest = told
                self.see(list(events_of(told)))

    def see(self, events: list[Event]) -> None:
        """Take what one change did; its bytes are parted among the instances that are asked for."""
        if self.provided is not None:
            events = self.provided.seen(events)
        shown = [event for event in events if self.asked.shows(event)]
        if len(shown) > 1:
            shown = [event._replace(size=-(-event.size // len(shown))) for event in shown]
        self.has_forecasts = self.has_forecasts or any(map(_is_ahead, events))
        self._take(shown, events)

    def see_provided(self, events: list[Event]) -> list[Instant]:
        """Take instances that were provided; the moments of those shown that are of the time asked for."""
        shown = [event for event in events if self.asked.shows(event)]
        self._take(shown, events)
        moments = (moment_of(event, self.query) for event in shown)
        return [moment for moment in moments if moment is not None]

    def _take(self, shown: list[Event], events: list[Event]) -> None:
        self.has_met = self.has_met or bool(shown)
        self.window.take(shown)
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


def too_many(budget: Budget) -> Problem:
    """That a question would go through more than it may."""
    detail = (
        f"More than {budget.most} changes have to be gone through; narrow the time with timerel=after or"
        " between, or ask for the last ones with lastN."
    )
    return Problem(TooComplexQuery, detail)


def _is_ahead(event: Event) -> bool:
    """Whether a value was written well before the moment that it is for."""
    text = event.instance.get("observedAt", "")
    if text[:13] <= event.at[:13]:
        return False
    moment = parse_instant(text)
    return moment is not None and seconds_between(event.at, moment) > CLOCK_S
