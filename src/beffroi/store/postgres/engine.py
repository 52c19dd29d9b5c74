"""The Store on a PostgreSQL database: batches write, reads by id are gathered, scans have own sessions."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem, Unavailable
from beffroi.kernel.record import Key, Record
from beffroi.store import asking
from beffroi.store.batches import Batches
from beffroi.store.choosing import Ways
from beffroi.store.finding import found_by, streamed
from beffroi.store.forgetting import Forgetting
from beffroi.store.holds import NO_INDEXER
from beffroi.store.picture import Draft, is_name, nameable
from beffroi.store.port import Decide, Find, Found, Indexer, Past, Pending, Raced, Trace
from beffroi.store.postgres.building import Builder
from beffroi.store.postgres.connecting import Session, prepare
from beffroi.store.postgres.dialect import PostgresDialect
from beffroi.store.postgres.forgetting import forget_traces
from beffroi.store.postgres.reading import Readers
from beffroi.store.postgres.writing import Writer
from beffroi.store.searching import Outcome, search
from beffroi.store.wishes import Wishes
from beffroi.store.wording import REST, Row, Search, Sql

_SNAPSHOT = Sql("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")

T = TypeVar("T")


class PostgresStore:
    """Opened by `open`. `connect` makes the writer's session, so that a test can let it fail."""

    def __init__(self, url: str, indexers: Mapping[str, Indexer], writing: Session) -> None:
        self._indexers = indexers
        self._session = writing
        self._writer = Writer(self._session, indexers)
        self._wishes = Wishes(self._look_again)
        self._builder = Builder(self._session, indexers, self._wishes)
        self._forgetting = Forgetting(partial(forget_traces, self._session))
        self._readers = Readers(url)
        self._batches = Batches(self)
        self._dialect = PostgresDialect()
        self._ways = Ways()
        self._closed = False

    @classmethod
    async def open(
        cls, url: str, indexers: Mapping[str, Indexer], connect: Callable[[str], Session] = Session
    ) -> "PostgresStore":
        await prepare(url)
        store = cls(url, indexers, connect(url))
        store._batches.start()
        return store

    async def read(self, keys: Sequence[Key]) -> dict[Key, Record]:
        self._check_open()
        wanted = [key for key in keys if nameable(key)]
        return await self._readers.records(wanted) if wanted else {}

    async def find(self, find: Find) -> Found:
        self._check_open()
        indexer = self._indexers.get(find.kind, NO_INDEXER)
        return await found_by(self._search, find, indexer, self._wishes)

    def stream(self, find: Find) -> AsyncIterator[Record]:
        return streamed(self.find, find)

    async def values(self, tenant: str, kind: str, path: str) -> dict[str, int]:
        if not nameable(Key(tenant, kind, path)):
            return {}
        indexer = self._indexers.get(kind, NO_INDEXER)
        return await self._ask(lambda: asking.values(self._dialect, indexer, Key(tenant, kind, ""), path))

    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        await self._batches.transact(reads, decide)

    async def lanes(self, now: Instant, limit: int) -> list[str]:
        return await self._ask(lambda: asking.lanes(self._dialect, now, limit))

    async def next_due(self) -> Instant | None:
        return await self._ask(asking.next_due)

    async def pending(self, lane: str, limit: int) -> list[Pending]:
        if not is_name(lane):
            return []
        return await self._ask(lambda: asking.pending(lane, limit))

    async def history(self, key: Key, past: Past) -> list[Trace]:
        if not nameable(key):
            return []
        return await self._ask(lambda: asking.history(self._dialect, key, past))

    async def ended(self, tenant: str, kind: str, *, after: str, limit: int) -> list[Trace]:
        of = Key(tenant, kind, after)
        if not nameable(of):
            return []
        return await self._ask(lambda: asking.ended(self._dialect, of, limit))

    async def traces(self, *, after: int, limit: int) -> list[Trace]:
        return await self._ask(lambda: asking.traces(self._dialect, after, limit))

    async def last_trace(self) -> int:
        return await self._ask(asking.last_trace)

    async def forget_traces(self, before: Instant, limit: int) -> int:
        return await self._forgetting.ask(before, limit, self._batches.wake)

    async def tenants(self) -> list[str]:
        return await self._ask(lambda: asking.tenants(self._dialect))

    def mark(self) -> int:
        return self._batches.commits + int(time.monotonic())

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._batches.on_commit(listener)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._forgetting.close()
        await self._batches.close()
        await self._session.close()
        await self._readers.close()

    # What the batching loop asks of an engine.

    async def begin(self, keys: Collection[Key]) -> Mapping[Key, Record]:
        return await self._writer.begin(keys)

    async def commit(self, draft: Draft) -> None:
        try:
            await self._writer.commit(draft)
        except BaseException:
            await self._session.roll_back()
            raise

    async def give_up(self) -> None:
        await self._writer.give_up()

    async def chore(self) -> bool:
        try:
            return await self._forgetting.step() or await self._builder.step()
        except Raced:
            return True  # another process was faster; look again

    def _look_again(self) -> None:
        self._builder.look_again()
        self._batches.wake()

    def _check_open(self) -> None:
        if self._closed:
            raise Problem(Unavailable, "The store is closed.")

    async def _search(self, find: Find, indexer: Indexer) -> Outcome:
        return await self._ask(lambda: search(find, indexer, self._dialect, self._ways))

    async def _ask(self, question: Callable[[], Search[T]]) -> T:
        """Run a question on one snapshot, for as long as somebody waits for it."""
        self._check_open()
        given_up = threading.Event()
        async with self._readers.session() as session:
            try:
                return await _run(question(), session, given_up)
            finally:
                given_up.set()
                await session.roll_back()


@dataclass(frozen=True, slots=True)
class _Answer(Generic[T]):
    value: T


async def _run(search: Search[T], session: Session, given_up: threading.Event) -> T:
    """Ask what a search asks until it has its answer; what it judges, it judges beside the event loop."""
    _, rows = await session.run(_SNAPSHOT, next(search))
    while True:
        asked = _next(search, rows)
        if asked is REST:
            asked = await asyncio.to_thread(_judge, search, given_up)
        if isinstance(asked, _Answer):
            return asked.value
        (rows,) = await session.run(asked)
        await asyncio.sleep(0)


def _next(search: Search[T], rows: Sequence[Row]) -> Sql | _Answer[T]:
    try:
        return search.send(rows)
    except StopIteration as ended:
        return _Answer(ended.value)


def _judge(search: Search[T], given_up: threading.Event) -> Sql | _Answer[T]:
    """What a search says next that is no rest; the last rest once it is given up."""
    asked: Sql | _Answer[T] = REST
    while asked is REST and not given_up.is_set():
        asked = _next(search, ())
    return asked
