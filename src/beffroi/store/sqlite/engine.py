"""The Store on one SQLite file: batches write, short reads run inline, scans in reader threads."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem, Unavailable
from beffroi.kernel.record import Key, Record
from beffroi.store import asking
from beffroi.store.batches import Batches
from beffroi.store.choosing import Ways
from beffroi.store.finding import found_by, streamed
from beffroi.store.forgetting import Forgetting
from beffroi.store.holds import NO_INDEXER
from beffroi.store.packing import unpacked
from beffroi.store.picture import Draft, is_name, nameable
from beffroi.store.port import Decide, Find, Found, Indexer, Past, Pending, Trace
from beffroi.store.searching import TESTED_AT_ONCE, Outcome, search
from beffroi.store.sqlite.broken_off import GivenUp, Judged
from beffroi.store.sqlite.building import Builder
from beffroi.store.sqlite.catalog import Catalog
from beffroi.store.sqlite.checkpoints import Checkpoints
from beffroi.store.sqlite.connecting import (
    Connection,
    Interrupted,
    open_brief_reader,
    open_reader,
    open_writer,
)
from beffroi.store.sqlite.dialect import SqliteDialect
from beffroi.store.sqlite.links import history
from beffroi.store.sqlite.writing import Writer, read_records
from beffroi.store.wishes import Wishes
from beffroi.store.wording import REST, Row, Search

READERS = 3
SHORT = 200
"""Records of a page that may be found on the event loop."""

BRIEF_SECONDS = 0.002
"""How long a quick test of documents may keep the event loop."""

LOOK_SECONDS = 0.002
"""How often to look for commits of another process: sooner than it can end and say that it has done it."""

_ONE = "SELECT document, version, number FROM record WHERE collection = ? AND id = ?"

T = TypeVar("T")


class SqliteStore:
    """Opened by `open`. `connect` opens the writer's connection, so that a test can let it fail."""

    def __init__(self, path: Path, indexers: Mapping[str, Indexer], writing: Connection) -> None:
        self._path = path
        self._indexers = indexers
        self._writing = writing
        self._checkpoints = Checkpoints(path)
        self._writer = Writer(writing, Catalog(writing, indexers), self._checkpoints)
        self._wishes = Wishes(self._look_again)
        self._builder = Builder(writing, self._writer, self._wishes)
        self._forgetting = Forgetting(self._writer.forget_traces)
        self._brief = open_brief_reader(path)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._of_thread = threading.local()
        self._opened: list[Connection] = []
        self._collections: dict[tuple[str, str], int] = {}
        self._batches = Batches(self)
        self._dialect = SqliteDialect()
        self._ways = Ways()
        self._closed = False
        self._version: object = None
        self._foreign = 0
        self._look_at = 0.0

    @classmethod
    async def open(
        cls, path: Path, indexers: Mapping[str, Indexer], connect: Callable[[Path], Connection] = open_writer
    ) -> "SqliteStore":
        store = cls(path, indexers, connect(path))
        store._batches.start()
        return store

    async def read(self, keys: Sequence[Key]) -> dict[Key, Record]:
        self._check_open()
        if len(keys) == 1:
            return self._read_one(keys[0]) if nameable(keys[0]) else {}
        ids: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            if nameable(key):
                ids.setdefault((key.tenant, key.kind), []).append(key.id)
        found: dict[Key, Record] = {}
        for (tenant, kind), wanted in ids.items():
            found |= self._read_collection(tenant, kind, wanted)
        return found

    async def find(self, find: Find) -> Found:
        self._check_open()
        indexer = self._indexers.get(find.kind, NO_INDEXER)
        return await found_by(self._search, find, indexer, self._wishes)

    def stream(self, find: Find) -> AsyncIterator[Record]:
        return streamed(self.find, find)

    async def values(self, tenant: str, kind: str, path: str) -> dict[str, int]:
        self._check_open()
        indexer = self._indexers.get(kind, NO_INDEXER)
        if not nameable(Key(tenant, kind, path)):
            return {}
        return await self._ask(lambda: asking.values(self._dialect, indexer, Key(tenant, kind, ""), path))

    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        await self._batches.transact(reads, decide)

    async def lanes(self, now: Instant, limit: int) -> list[str]:
        self._check_open()
        return await self._ask(lambda: asking.lanes(self._dialect, now, limit))

    async def next_due(self) -> Instant | None:
        self._check_open()
        return await self._ask(asking.next_due)

    async def pending(self, lane: str, limit: int) -> list[Pending]:
        self._check_open()
        if not is_name(lane):
            return []
        return await self._ask(lambda: asking.pending(lane, limit))

    async def history(self, key: Key, past: Past) -> list[Trace]:
        self._check_open()
        if not nameable(key):
            return []
        return await self._ask(lambda: history(key, past))

    async def ended(self, tenant: str, kind: str, *, after: str, limit: int) -> list[Trace]:
        self._check_open()
        of = Key(tenant, kind, after)
        if not nameable(of):
            return []
        return await self._ask(lambda: asking.ended(self._dialect, of, limit))

    async def traces(self, *, after: int, limit: int) -> list[Trace]:
        self._check_open()
        return await self._ask(lambda: asking.traces(self._dialect, after, limit))

    async def last_trace(self) -> int:
        self._check_open()
        return run(asking.last_trace(), self._brief)

    async def forget_traces(self, before: Instant, limit: int) -> int:
        return await self._forgetting.ask(before, limit, self._batches.wake)

    async def tenants(self) -> list[str]:
        self._check_open()
        return await self._ask(lambda: asking.tenants(self._dialect))

    def mark(self) -> int:
        self._check_open()
        clock = time.monotonic()
        if clock >= self._look_at:
            version = self._brief.execute("PRAGMA data_version")[0][0]
            self._foreign += version != self._version
            self._version, self._look_at = version, clock + LOOK_SECONDS
        return self._batches.commits + self._foreign

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._batches.on_commit(listener)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._forgetting.close()
        await self._batches.close()
        await asyncio.get_running_loop().run_in_executor(None, self._let_go)

    # What the batching loop asks of an engine.

    async def begin(self, keys: Collection[Key]) -> Mapping[Key, Record]:
        return await self._writer.begin(keys)

    async def commit(self, draft: Draft) -> None:
        await self._writer.commit(draft)

    async def give_up(self) -> None:
        await self._writer.give_up()

    async def chore(self) -> bool:
        return await self._forgetting.step() or await self._builder.step()

    def _look_again(self) -> None:
        self._builder.look_again()
        self._batches.wake()

    def _check_open(self) -> None:
        if self._closed:
            raise Problem(Unavailable, "The store is closed.")

    async def _search(self, find: Find, indexer: Indexer) -> Outcome:
        outcome = self._find_at_once(find, indexer)
        if outcome is None:
            outcome = await self._ask(lambda: search(find, indexer, self._dialect, self._ways))
        return outcome

    def _find_at_once(self, find: Find, indexer: Indexer) -> Outcome | None:
        """Find a short page inline where indexes say everything; None if that would take long.

        It takes a fifth of a millisecond. A thread would need as long again, and more when the event loop
        is busy, since it must win back the interpreter lock after each row.
        """
        indexes_say_all = find.exact or find.keep is None
        if not indexes_say_all or find.count or find.limit is None or find.limit + find.offset > SHORT:
            return None
        brief = replace(find, exact=True, keep=_refuse, also=find.also and _briefly(find.also))
        self._brief.execute("BEGIN")
        try:
            return run(search(brief, indexer, self._dialect, self._ways), self._brief)
        except (Interrupted, Judged):
            return None
        finally:
            self._brief.execute("COMMIT")

    def _read_one(self, key: Key) -> dict[Key, Record]:
        number = self._collections.get(key[:2]) or self._collection(key.tenant, key.kind)
        found = self._brief.execute(_ONE, (number, key.id)) if number else ()
        if not found:
            return {}
        document, version, number = cast("tuple[bytes, int, int]", found[0])
        return {key: Record(key, unpacked(document, key), version, number)}

    def _read_collection(self, tenant: str, kind: str, ids: Sequence[str]) -> dict[Key, Record]:
        number = self._collections.get((tenant, kind)) or self._collection(tenant, kind)
        return read_records(self._brief, self._dialect, number, tenant, kind, ids) if number else {}

    def _collection(self, tenant: str, kind: str) -> int | None:
        number = run(asking.collection(tenant, kind), self._brief)
        if number is not None:
            self._collections[tenant, kind] = number
        return number

    async def _ask(self, question: Callable[[], Search[T]]) -> T:
        """Run a question in a reader thread, on one snapshot, for as long as somebody waits for it."""
        given_up = threading.Event()

        def answer() -> T:
            connection = self._reader()
            connection.execute("BEGIN")
            try:
                return run(question(), connection, given_up.is_set)
            finally:
                connection.execute("COMMIT")

        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, answer)
        except asyncio.CancelledError:
            given_up.set()
            raise

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = open_reader(self._path)
            self._of_thread.connection = connection
            self._opened.append(connection)
        return connection

    def _let_go(self) -> None:
        self._readers.shutdown()
        self._writer.close()
        self._checkpoints.close()
        for connection in (*self._opened, self._brief, self._writing):
            connection.close()


def _refuse(_: Record) -> bool:
    raise Judged


def _briefly(also: Callable[[list[Record]], list[Record]]) -> Callable[[list[Record]], list[Record]]:
    """The same test, which gives up after BRIEF_SECONDS."""
    until = time.perf_counter() + BRIEF_SECONDS

    def test(records: list[Record]) -> list[Record]:
        passed: list[Record] = []
        for at in range(0, len(records), TESTED_AT_ONCE):
            if time.perf_counter() > until:
                raise Judged
            passed += also(records[at : at + TESTED_AT_ONCE])
        return passed

    return test


def run(search: Search[T], connection: Connection, is_given_up: Callable[[], bool] = lambda: False) -> T:
    """Ask what a search asks until it has its answer. Raises GivenUp where nobody waits for that."""
    try:
        asked = next(search)
        while not is_given_up():
            rows: Sequence[Row] = () if asked is REST else connection.execute(*asked)
            asked = search.send(rows)
        raise GivenUp
    except StopIteration as ended:
        answer: T = ended.value
        return answer
