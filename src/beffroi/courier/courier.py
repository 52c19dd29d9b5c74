"""Courier: empties the outbox, lane by lane, so that what is down or crashes holds up its own lanes only.

Events of one lane are handled one after another; lanes run side by side, up to a bound. What a handler
makes of an event and that the event is done are one commit: after a crash it is either both or neither,
and what was under way is handled again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import cast

from beffroi.courier.jump import pull_forward
from beffroi.courier.letters import letter
from beffroi.courier.outcome import (
    Again,
    Crashed,
    Delivered,
    Fact,
    GivenUp,
    Outcome,
    Post,
    Postponed,
    StoreFailed,
    Tell,
)
from beffroi.courier.patience import DEFAULT_PATIENCE, Patience, wait_s
from beffroi.kernel.instant import Instant, plus_seconds, seconds_between
from beffroi.kernel.json import JsonObject, decode_object
from beffroi.kernel.problem import Problem, is_of_the_store
from beffroi.kernel.record import Commit, Key, Postponement, Record
from beffroi.store.port import Pending, Store

MOST_LANES = 768
LONGEST_REST_S = 30.0
SHORTEST_REST_S = 0.1
LOOK_S = 1.0
"""How often one looks whether another process has committed something."""
STORE_PAUSE_S = 1.0
GRACE_S = 5.0
JUMP_S = 5.0


def silent(_: Fact) -> None:
    """Tell nobody."""


class Courier:
    """Run it in the process's TaskGroup with `run`; `stop` lets it finish what is under way.

    `now` is the clock, `chance` gives numbers from 0 to 1 for jitter.
    """

    def __init__(
        self,
        store: Store,
        posts: Sequence[Post],
        now: Callable[[], Instant],
        chance: Callable[[], float],
        *,
        patience: Patience = DEFAULT_PATIENCE,
        most_lanes: int = MOST_LANES,
        tell: Tell = silent,
    ) -> None:
        self._store, self._posts, self._now, self._chance = store, posts, now, chance
        self._patience, self._most_lanes, self._tell = patience, most_lanes, tell
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._strange: set[str] = set()
        self._resting: dict[str, Instant] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._latest = now()
        store.on_commit(self._wake.set)

    async def run(self) -> None:
        """Handle events as they come and fall due, until `stop`."""
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                self._wake.clear()
                mark = self._mark()
                await self._start_lanes(group)
                await self._rest(mark)
            await self._finish()

    async def drain(self) -> None:
        """Handle everything that is due now, and what comes of it, then return."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                await self._start_lanes(group)
                if not self._busy:
                    return
                await self._wake.wait()

    def stop(self) -> None:
        """Start nothing any more; `run` returns when what is under way is done, or after GRACE_S."""
        self._stopping = True
        self._wake.set()

    async def _finish(self) -> None:
        """Wait for what is under way; cut off what takes too long: it is handled again after a start."""
        tasks = list(self._busy.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE_S)
            for task in late:
                task.cancel()

    async def _start_lanes(self, group: asyncio.TaskGroup) -> None:
        free = self._most_lanes - len(self._busy)
        if free <= 0 or self._stopping:
            return
        try:
            await self._mind_the_clock()
            limit = self._most_lanes + len(self._strange) + len(self._resting)
            lanes = await self._store.lanes(self._now(), limit)
        except Problem as problem:
            self._tell(StoreFailed(problem.detail))
            return
        for lane in lanes:
            if lane in self._busy or lane in self._strange or lane in self._resting:
                continue
            post = next((post for post in self._posts if lane.startswith(post.prefix)), None)
            if post is None:
                self._strange.add(lane)
            elif len(self._busy) < self._most_lanes:
                self._busy[lane] = group.create_task(self._work(lane, post))

    async def _mind_the_clock(self) -> None:
        """When the clock was set back, what waits for a moment waits as long as it would have."""
        earlier, self._latest = self._latest, self._now()
        step_s = seconds_between(self._latest, earlier)
        if step_s > JUMP_S:
            self._resting.clear()
            await pull_forward(self._store, step_s, self._latest)
        self._resting = {lane: until for lane, until in self._resting.items() if until > self._latest}

    async def _rest(self, mark: int | None) -> None:
        """Until a commit of this process or of another one, which `mark` was taken before, until a finished
        lane, or until the next event that falls due."""
        left = await self._rest_s()
        while left > 0 and not self._wake.is_set() and self._mark() == mark:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK_S)):
                    await self._wake.wait()
            left -= LOOK_S

    def _mark(self) -> int | None:
        try:
            return self._store.mark()
        except Problem:  # what is wrong with the store says whoever asks it for more
            return None

    async def _rest_s(self) -> float:
        try:
            due = await self._store.next_due()
        except Problem as problem:
            self._tell(StoreFailed(problem.detail))
            return STORE_PAUSE_S
        now = self._now()
        if due is None:
            return LONGEST_REST_S
        if due <= now:  # a lane at work hides when the next one falls due
            return SHORTEST_REST_S
        return min(max(seconds_between(now, due), SHORTEST_REST_S), LONGEST_REST_S)

    async def _work(self, lane: str, post: Post) -> None:
        try:
            while not self._stopping:
                pending = await self._store.pending(lane, post.batch)
                due = _due(pending, self._now())
                if not due or not await self._hand_over(lane, due, post):
                    break
        except Exception as failure:  # noqa: BLE001 - whatever it is, it concerns this lane only
            await self._set_aside(lane, failure)
        finally:
            self._busy.pop(lane, None)
            self._wake.set()

    async def _set_aside(self, lane: str, failure: Exception) -> None:
        """Wait with a lane whose outcome could not be stored."""
        if is_of_the_store(failure):
            self._tell(StoreFailed(str(failure)))
            await asyncio.sleep(STORE_PAUSE_S)
            return
        self._tell(Crashed(lane, failure))
        try:
            first = await self._store.pending(lane, 1)
            later = tuple(self._later(event, None) for event in first)
            await self._store.transact([], lambda _: Commit(postponed=later))
        except Exception as another:  # noqa: BLE001 - the same
            self._tell(StoreFailed(f"{type(another).__name__}: {another}"))
            await asyncio.sleep(STORE_PAUSE_S)

    async def _hand_over(self, lane: str, events: Sequence[Pending], post: Post) -> bool:
        """Handle events and store what came of it; False when the lane has to wait.

        What crashes again and again is given up, whether it is the handler or what it wants to note.
        """
        try:
            return await self._handle(lane, events, post)
        except Exception as failure:
            if is_of_the_store(failure):
                raise
            self._tell(Crashed(lane, failure))
            if len(events) > 1:  # find the one that it is
                return await self._hand_over(lane, events[:1], post)
            outcome = Again(f"{type(failure).__name__}: {failure}")
            return await self._try_again(events, outcome, self._patience.most_crashes)

    async def _handle(self, lane: str, events: Sequence[Pending], post: Post) -> bool:
        outcome = await post.handler(events)
        if isinstance(outcome, Again):
            return await self._try_again(events, outcome, None)
        done = events[: outcome.handled]
        await self._store_outcome(outcome, Commit(settled=tuple(event.number for event in done)))
        self._tell(Delivered(lane, len(done)))
        return True

    async def _store_outcome(self, outcome: Outcome, ours: Commit) -> None:
        """What the handler notes and what becomes of the event, in one commit."""

        def decide(stored: Mapping[Key, Record]) -> Commit:
            theirs = outcome.note(stored)
            return theirs._replace(
                changes=(*theirs.changes, *ours.changes),
                settled=(*theirs.settled, *ours.settled),
                postponed=(*theirs.postponed, *ours.postponed),
            )

        await self._store.transact(outcome.reads, decide)

    async def _try_again(self, events: Sequence[Pending], outcome: Again, most_tries: int | None) -> bool:
        """Postpone the first event that is not done, and so the lane behind it; or give it up when it has
        had its time."""
        first, now = events[outcome.handled], self._now()
        done = tuple(event.number for event in events[: outcome.handled])
        body = _body(first)
        if _age_s(body, now) > self._patience.window_s or (
            most_tries is not None and first.attempts + 1 >= most_tries
        ):
            kept = letter(first, str(body.get("tenant", "")), outcome.reason, now)
            await self._store_outcome(outcome, Commit((kept,), settled=(*done, first.number)))
            self._tell(GivenUp(first.lane, first.number, outcome.reason))
            return True
        if not outcome.tried:
            await self._hold_back(first, outcome, done)
            return False
        later = self._later(first, outcome.wait_s)
        await self._store_outcome(outcome, Commit(settled=done, postponed=(later,)))
        self._tell(Postponed(first.lane, first.number, first.attempts + 1, outcome.reason, later.due))
        return False

    async def _hold_back(self, first: Pending, outcome: Again, done: tuple[int, ...]) -> None:
        """Let a lane rest that sent nothing: no attempt is counted, and a restart need not know of it."""
        if done:
            await self._store_outcome(outcome, Commit(settled=done))
        wait = wait_s(0, self._chance(), self._patience, outcome.wait_s)
        self._resting[first.lane] = plus_seconds(self._now(), wait)

    def _later(self, event: Pending, asked_s: float | None) -> Postponement:
        wait = wait_s(event.attempts, self._chance(), self._patience, asked_s)
        return Postponement(event.number, plus_seconds(self._now(), wait), event.body)


def _due(pending: Sequence[Pending], now: Instant) -> list[Pending]:
    return list(takewhile(lambda event: event.due <= now, pending))


def _body(event: Pending) -> JsonObject:
    try:
        body = cast("object", decode_object(event.body))
    except ValueError:
        return {}
    return cast("JsonObject", body) if isinstance(body, dict) else {}


def _age_s(body: JsonObject, now: Instant) -> float:
    """How long the event waits already; 0 when it does not say since when."""
    since = body.get("since", body.get("at"))
    try:
        return seconds_between(Instant(since), now) if isinstance(since, str) else 0.0
    except ValueError:
        return 0.0
