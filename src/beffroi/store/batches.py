"""The one batching loop: take all that waits, read once, decide one by one, write and sync once, answer.

Why batches: a disk sync costs the same for one commit and for a thousand (`docs/adr/0001`). While an
engine syncs one batch, the next one gathers. Decisions run on the event loop, one after another, so a
later one sees what an earlier one of the same batch did; callers hear only after the sync.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from beffroi.kernel.problem import InternalError, Problem, Unavailable
from beffroi.kernel.record import Key, Record
from beffroi.store.picture import Draft, Picture, nameable_only
from beffroi.store.port import Decide, Raced

MOST_DECISIONS = 1024
MOST_KEYS = 2048
MOST_RACES = 20
LONGEST_GATHERING = 0.001
"""Seconds for which a batch waits for those who are about to ask."""


class Engine(Protocol):
    """What the loop needs of a database. `begin` is followed by `commit` or `give_up`, never overlapping.

    Failures are Problems (StorageFull, Unavailable) and leave nothing of the batch behind.
    """

    async def begin(self, keys: Collection[Key]) -> Mapping[Key, Record]:
        """Read these records, and let nobody else change them until the end of the batch."""
        ...

    async def commit(self, draft: Draft) -> None:
        """Store the draft; on disk at return. May raise Raced."""
        ...

    async def give_up(self) -> None:
        """Let go of what `begin` took."""
        ...

    async def chore(self) -> bool:
        """Do a bounded piece of background work, if there is any; say whether more waits."""
        ...


class _Work(NamedTuple):
    reads: Sequence[Key]
    decide: Decide
    done: "asyncio.Future[None]"


class Batches:
    """Opened by `start` on the running loop, closed by `close`, which finishes what waits.

    `commits` is how often something may have been stored.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.commits = 0
        self._waiting: deque[_Work] = deque()
        self._wake = asyncio.Event()
        self._callers = 1
        self._enough = 0
        self._gathered = asyncio.Event()
        self._closing = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        # The one task that outlives its caller: `close` awaits it.
        self._task = asyncio.get_running_loop().create_task(self._run(), name="batches")

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def wake(self) -> None:
        """Look for chores, though nobody has work."""
        self._wake.set()

    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        if self._closing.is_set():
            raise Problem(Unavailable, "The store is closed.")
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(_Work(reads, decide, done))
        if len(self._waiting) == 1:
            self._wake.set()
        if len(self._waiting) == self._enough:
            self._gathered.set()
        await done

    async def close(self) -> None:
        self._closing.set()
        self._wake.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            while self._waiting or not self._closing.is_set():
                if self._waiting:
                    await self._gather()
                    await self._batch(self._take())
                elif not await self._chore():
                    await self._wake.wait()
                self._wake.clear()
                if self._waiting and not self._closing.is_set():
                    await self._chore()
        finally:
            for work in self._waiting:
                _answer(work, Problem(Unavailable, "The store stopped."))

    async def _chore(self) -> bool:
        try:
            return await self._engine.chore()
        except Exception:  # noqa: BLE001 - the next commit meets the same trouble, and has a caller to tell
            return False

    async def _gather(self) -> None:
        """Let the callers of the last batch come again before the next one begins, or most of them.

        A batch costs as much as several requests. Who has just been answered is about to ask again, and
        without a wait those who came during the sync would go alone, again and again: two halves in turns.
        """
        self._enough = enough_of(self._callers)
        if len(self._waiting) < self._enough:
            self._gathered.clear()
            late = asyncio.get_running_loop().call_later(LONGEST_GATHERING, self._gathered.set)
            await self._gathered.wait()
            late.cancel()
        self._enough = 0

    def _take(self) -> list[_Work]:
        taken: list[_Work] = []
        keys = 0
        while self._waiting and len(taken) < MOST_DECISIONS:
            keys += len(self._waiting[0].reads)
            if taken and keys > MOST_KEYS:
                break
            work = self._waiting.popleft()
            if not work.done.cancelled():
                taken.append(work)
        return taken

    async def _batch(self, batch: list[_Work]) -> None:
        """Settle a batch and answer its callers; each by itself where what went wrong may be one's alone."""
        refusals: Sequence[Exception | None] | None
        try:
            refusals, announce = await self._settle(batch)
        except Exception as failure:  # noqa: BLE001 - an index function that fails on one document, say
            refusals, announce = _shared(batch, failure), False
        if refusals is None:
            for work in batch:
                await self._batch([work])
            return
        self._callers = max(len(batch) + len(self._waiting), self._callers // 2)
        for work, refusal in zip(batch, refusals, strict=True):
            _answer(work, refusal)
        if announce:
            for listener in self._listeners:
                listener()

    async def _settle(self, batch: list[_Work]) -> tuple[list[Exception | None], bool]:
        """Decide and store a batch; answer each one's refusal, and whether there are events."""
        asked = set(nameable_only({key for work in batch for key in work.reads}))
        races = 0
        while True:
            picture = Picture(asked, await self._engine.begin(asked))
            refusals = [_run(picture, work) for work in batch]
            draft = picture.draft()
            if picture.unread or draft.empty:
                await self._engine.give_up()
                if not picture.unread:
                    return refusals, False
                asked |= picture.unread
                continue
            try:
                await self._committed(draft)
            except Raced:
                races += 1
                if races > MOST_RACES:
                    raise Problem(Unavailable, "The records are contended by another process.") from None
                continue
            return refusals, bool(draft.events)

    async def _committed(self, draft: Draft) -> None:
        try:
            await self._engine.commit(draft)
        finally:  # one that failed may be stored nevertheless
            self.commits += 1


def enough_of(callers: int) -> int:
    """How many of its callers a batch waits for: most, so that one who is slow holds up nobody, and no more
    than it takes.

    >>> [enough_of(callers) for callers in (1, 2, 4, 64, 5_000)]
    [1, 2, 3, 48, 1024]
    """
    return min(callers - callers // 4, MOST_DECISIONS)


def _run(picture: Picture, work: _Work) -> Exception | None:
    try:
        picture.run(work.reads, work.decide)
    except Exception as refusal:  # noqa: BLE001 - it belongs to this caller alone
        return refusal
    return None


def _shared(batch: list[_Work], failure: Exception) -> Sequence[Exception | None] | None:
    """What each member of a batch that failed is told; None where it may be the failure of one of them alone,
    such as a record that cannot be read."""
    if not isinstance(failure, Problem):
        return [failure] if len(batch) == 1 else None
    if failure.kind is InternalError and len(batch) > 1:
        return None
    return [_own(failure) for _ in batch]


def _own(problem: Problem) -> Problem:
    """The problem for one caller: each raises it with a traceback of its own."""
    own = Problem(problem.kind, problem.detail, problem.headers)
    own.__cause__ = problem
    return own


def _answer(work: _Work, refusal: Exception | None) -> None:
    if work.done.done():
        return
    if refusal is None:
        work.done.set_result(None)
    else:
        work.done.set_exception(refusal)
