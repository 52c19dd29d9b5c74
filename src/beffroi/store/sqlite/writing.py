"""The writer: one batch after another through one connection.

Statements run on the event loop and only the COMMIT, which writes and syncs the log, in a thread. A
thread that ran them would have to win back the interpreter lock after each: measured up to 3 ms a row
while the loop was busy (`docs/adr/0001`).
"""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

import asyncio
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Key, Record
from beffroi.store.indexing import NO_ROWS, Rows, keeps_rows, rows_of
from beffroi.store.packing import packed, unpacked
from beffroi.store.picture import Draft
from beffroi.store.sqlite import catalog as catalogs
from beffroi.store.sqlite.aside import Aside
from beffroi.store.sqlite.catalog import Catalog
from beffroi.store.sqlite.checkpoints import Checkpoints
from beffroi.store.sqlite.connecting import Busy, Connection
from beffroi.store.sqlite.dialect import SqliteDialect
from beffroi.store.sqlite.hot import Hot
from beffroi.store.sqlite.links import LAST_ENDED, Oldest, plan_forgetting, plan_retold, plan_traces
from beffroi.store.sqlite.statements import Statements

AT_ONCE = 256
"""Records that are planned, or rows that are written, before other work of the event loop has its turn."""
PATIENCE = 10.0
"""Seconds to wait for another process that writes."""

_OLDEST = """
SELECT number, previous, collection, id, at < ? FROM history
WHERE number < (SELECT max(number) FROM history) ORDER BY number LIMIT ?
"""


class Writer:
    def __init__(self, connection: Connection, catalog: Catalog, checkpoints: Checkpoints) -> None:
        self.catalog = catalog
        self._connection = connection
        self._checkpoints = checkpoints
        self._dialect = SqliteDialect()
        self._hot = Hot()
        self._aside = Aside("commit")

    async def begin(self, keys: Collection[Key]) -> Mapping[Key, Record]:
        await self.lock()
        with self._or_rolled_back():
            return self._read(keys)

    async def give_up(self) -> None:
        self._connection.execute("ROLLBACK")

    async def commit(self, draft: Draft) -> None:
        """Write a draft and sync it."""
        statements = Statements()
        with self._or_rolled_back():
            for _ in self._plan(draft, statements):
                await asyncio.sleep(0)
        await self.whole(statements)

    async def forget_traces(self, before: Instant, limit: int) -> int:
        """Delete those of the oldest `limit` traces that are from before then; the newest of all stays."""
        await self.lock()
        with self._or_rolled_back():
            rows = self._connection.execute(_OLDEST, (before, limit))
        oldest = [Oldest(*cast("tuple[int, int, int, str, int]", row)) for row in rows]
        doomed = sum(trace.is_doomed for trace in oldest)
        if not doomed:
            self.roll_back()
            return 0
        statements = Statements()
        with self._or_rolled_back():
            plan_forgetting(oldest, self._connection, statements)
        await self.whole(statements)
        return doomed

    async def lock(self) -> None:
        """Take the right to write; what `catalog` knows is true from here on."""
        if self._connection.in_transaction:
            self.roll_back()
        if not self._begins():
            await self._aside.run(lambda: self._patiently("BEGIN IMMEDIATE"))
        with self._or_rolled_back():
            self.catalog.refresh()

    async def whole(self, statements: Statements) -> None:
        """Write all of them and sync it, or nothing."""
        with self._or_rolled_back():
            for sql, rows in statements.in_order():
                for at in range(0, len(rows), AT_ONCE):
                    self._connection.execute_many(sql, rows[at : at + AT_ONCE])
                    if at + AT_ONCE < len(rows):
                        await asyncio.sleep(0)
            await self._aside.run(self._commit)
        self._checkpoints.after_commit(self._connection.logged)

    def _begins(self) -> bool:
        """Begin to write; False while another process does."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except Busy:
            return False
        return True

    @contextmanager
    def _or_rolled_back(self) -> Generator[None]:
        try:
            yield
        except BaseException:
            self.roll_back()
            raise

    def roll_back(self) -> None:
        self.catalog.forget()
        if not self._connection.in_transaction:
            return  # SQLite has rolled back by itself, as it may when the disk is full
        try:
            self._connection.execute("ROLLBACK")
        except Problem:
            return  # tried again before the next batch

    def close(self) -> None:
        self._aside.close()

    def _commit(self) -> None:
        self._patiently("COMMIT")
        self._checkpoints.help_along(self._connection)

    def _patiently(self, statement: str) -> None:
        self._connection.wait(PATIENCE)
        try:
            self._connection.execute(statement)
        finally:
            self._connection.wait(0)

    def _read(self, keys: Collection[Key]) -> dict[Key, Record]:
        self._hot.begin(self.catalog.generation)
        found: dict[Key, Record] = {}
        ids: dict[tuple[str, str], list[str]] = {}
        for key in self._hot.take(keys, found):
            ids.setdefault(key[:2], []).append(key.id)
        for (tenant, kind), wanted in ids.items():
            collection = self.catalog.known(tenant, kind)
            if collection is None:
                continue
            read = read_records(self._connection, self._dialect, collection.number, tenant, kind, wanted)
            for id in wanted:
                key = Key(tenant, kind, id)
                if key not in read:
                    self._hot.keep_absent(key)
            found |= read
        return found

    def _plan(self, draft: Draft, statements: Statements) -> Iterator[None]:
        """Plan all rows; stop where other work may have its turn."""
        self._hot.begin(self.catalog.generation)
        yield from self._plan_records(draft, statements)
        plan_retold(draft, self._connection, statements)
        statements.extend(
            "INSERT INTO outbox (lane, due, attempts, body) VALUES (?, ?, 0, ?)",
            [(event.lane, event.due, event.body) for event in draft.events],
        )
        statements.extend(
            "UPDATE outbox SET due = ?, body = ?, attempts = attempts + 1 WHERE number = ?",
            [(later.due, later.body, later.number) for later in draft.postponed],
        )
        statements.extend("DELETE FROM outbox WHERE number = ?", [(number,) for number in draft.settled])

    def _plan_records(self, draft: Draft, statements: Statements) -> Iterator[None]:
        last = plan_traces(draft, self.catalog, self._connection, statements)
        self._plan_removed(draft, statements)
        yield from self._plan_changed(draft, last, statements)
        yield from self._plan_created(draft, last, statements)

    def _plan_removed(self, draft: Draft, statements: Statements) -> None:
        for record in draft.removed:
            collection = self.catalog.made(record.key.tenant, record.key.kind)
            statements.index(collection, record.number, self._before(collection, record), NO_ROWS)
            self._hot.forget(record.key)
        statements.extend(
            "DELETE FROM record WHERE number = ?", [(record.number,) for record in draft.removed]
        )

    def _plan_changed(self, draft: Draft, last: Mapping[Key, int], statements: Statements) -> Iterator[None]:
        hot = self._hot
        traced: list[Sequence[object]] = []
        untraced: list[Sequence[object]] = []
        for planned, (before, after) in enumerate(draft.changed, 1):
            if planned % AT_ONCE == 0:
                yield
            collection = self.catalog.made(after.key.tenant, after.key.kind)
            if keeps_rows(before, after, collection.indexer, collection.paths):
                hot.keep(after, hot.rows_of(before))
            else:
                was, rows = self._before(collection, before), _rows(collection, after)
                if was != rows:
                    statements.index(collection, after.number, was, rows)
                hot.keep(after, rows)
            trace = last.get(after.key)
            if trace is None:
                untraced.append((after.version, packed(after.document), after.number))
            else:
                traced.append((after.version, packed(after.document), trace, after.number))
        statements.extend(
            "UPDATE record SET version = ?, document = ?, last_trace = ? WHERE number = ?", traced
        )
        statements.extend("UPDATE record SET version = ?, document = ? WHERE number = ?", untraced)

    def _plan_created(self, draft: Draft, last: Mapping[Key, int], statements: Statements) -> Iterator[None]:
        traced: list[Sequence[object]] = []
        untraced: list[Sequence[object]] = []
        for planned, record in enumerate(draft.created, 1):
            if planned % AT_ONCE == 0:
                yield
            collection = self.catalog.made(record.key.tenant, record.key.kind)
            number, id = self.catalog.next_record(), record.key.id
            statements.index(collection, number, NO_ROWS, _rows(collection, record))
            self._hot.forget(record.key)
            row = (number, collection.number, id, record.version, packed(record.document))
            trace = last.get(record.key)
            if trace is None:
                untraced.append((*row, collection.number, id))
            else:
                traced.append((*row, trace))
        statements.extend("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", traced)
        statements.extend(f"INSERT INTO record VALUES (?, ?, ?, ?, ?, coalesce({LAST_ENDED}, 0))", untraced)

    def _before(self, collection: catalogs.Collection, record: Record) -> Rows:
        return self._hot.rows_of(record) or _rows(collection, record)


def read_records(
    connection: Connection,
    dialect: SqliteDialect,
    collection: int,
    tenant: str,
    kind: str,
    ids: Sequence[str],
) -> dict[Key, Record]:
    among = dialect.among("id", ids)
    rows = connection.execute(
        f"SELECT id, document, version, number FROM record WHERE collection = ? AND {among.text}",
        (collection, *among.parameters),
    )
    found: dict[Key, Record] = {}
    for id, document, version, number in rows:
        assert isinstance(id, str)
        assert isinstance(document, bytes)
        assert isinstance(version, int)
        assert isinstance(number, int)
        key = Key(tenant, kind, id)
        found[key] = Record(key, unpacked(document, key), version, number)
    return found


def _rows(collection: catalogs.Collection, record: Record) -> Rows:
    return rows_of(record, collection.indexer, collection.paths)
