"""Index a further path in the background: registered, built in pieces between batches, dropped in pieces."""

from beffroi.kernel.record import Key, Record
from beffroi.store.indexing import IndexPath, Paths, rows_of
from beffroi.store.ordering import shelf_of
from beffroi.store.packing import unpacked
from beffroi.store.sqlite.catalog import Collection
from beffroi.store.sqlite.connecting import Connection
from beffroi.store.sqlite.statements import Statements
from beffroi.store.sqlite.writing import Writer
from beffroi.store.wishes import RECORDS_AT_ONCE, ROWS_AT_ONCE, Indexed, Wishes


class Builder:
    """Does one piece of work per call of `step`, in a transaction of its own."""

    def __init__(self, connection: Connection, writer: Writer, wishes: Wishes) -> None:
        self._connection = connection
        self._writer = writer
        self._wishes = wishes
        self._idle = False
        self._checked_always = False

    def look_again(self) -> None:
        """There may be something to do."""
        self._idle = False

    async def step(self) -> bool:
        """Whether something was done."""
        if self._idle:
            return False
        await self._writer.lock()
        statements = Statements()
        try:
            todo = self._plan(statements)
        except BaseException:
            self._writer.roll_back()
            raise
        if not todo:
            self._writer.roll_back()
            self._idle = True  # nothing was awaited since `_plan` looked
            return False
        await self._writer.whole(statements)
        return True

    def _plan(self, statements: Statements) -> bool:
        if not self._checked_always:
            self._checked_always = True
            if self._register_always():
                return True
        if (wish := self._wishes.take()) is not None:
            tenant, kind, paths = wish
            collection = self._writer.catalog.known(tenant, kind)
            if collection is not None:
                self._register(collection, paths)
            return True
        return self._build(statements) or self._drop(statements)

    def _register_always(self) -> bool:
        """Paths that a newer version indexes always, on records that were there before."""
        new = [
            (collection, IndexPath(path))
            for collection in self._writer.catalog.collections()
            for path in sorted(collection.indexer.always - collection.paths.by_part[""].keys())
        ]
        for collection, path in new:
            self._writer.catalog.index(collection, path, "building")
        return bool(new)

    def _register(self, collection: Collection, asked: set[IndexPath]) -> None:
        catalog = self._writer.catalog
        rows = self._connection.execute(
            "SELECT path, part, number, state FROM indexed_path WHERE collection = ?", (collection.number,)
        )
        known = {
            IndexPath(str(path), str(part)): Indexed(int(str(number)), str(state))
            for path, part, number, state in rows
        }
        new, doomed = self._wishes.granted(asked, known, collection.indexer.always)
        for path in doomed:
            catalog.drop(collection, path)
        for path in new:
            catalog.index(collection, path, "building")

    def _build(self, statements: Statements) -> bool:
        rows = self._connection.execute(
            "SELECT number, collection, path, part, built_to FROM indexed_path WHERE state = 'building'"
            " ORDER BY collection, built_to"
        )
        if not rows:
            return False
        _, of, _, _, start = rows[0]
        together = Paths.of(
            {
                IndexPath(str(path), str(part)): int(str(n))
                for n, c, path, part, at in rows
                if (c, at) == (of, start)
            }
        )
        collection = self._writer.catalog.numbered(int(str(of)))
        records = self._connection.execute(
            "SELECT id, document, version, number FROM record WHERE collection = ? AND number > ?"
            " ORDER BY number LIMIT ?",
            (of, start, RECORDS_AT_ONCE),
        )
        reached = 0
        for id, document, version, number in records:
            assert isinstance(document, bytes)
            assert isinstance(number, int)
            assert isinstance(version, int)
            key = Key(collection.tenant, collection.kind, str(id))
            record = Record(key, unpacked(document, key), version, number)
            statements.insert_facets(number, rows_of(record, collection.indexer, together).facets)
            reached = number
        state = "ready" if len(records) < RECORDS_AT_ONCE else "building"
        for path_number in together.numbers.values():
            statements.add(
                "UPDATE indexed_path SET built_to = ?, state = ? WHERE number = ?",
                (reached, state, path_number),
            )
        return True

    def _drop(self, statements: Statements) -> bool:
        rows = self._connection.execute("SELECT number FROM indexed_path WHERE state = 'dropping' LIMIT 1")
        if not rows:
            return False
        number = int(str(rows[0][0]))
        first, last = shelf_of(number, "boolean"), shelf_of(number, "time")
        doomed = self._connection.execute(
            "SELECT shelf, value, number FROM facet WHERE shelf BETWEEN ? AND ? LIMIT ?",
            (first, last, ROWS_AT_ONCE),
        )
        for row in doomed:
            statements.add("DELETE FROM facet WHERE shelf = ? AND value = ? AND number = ?", row)
        if len(doomed) < ROWS_AT_ONCE:
            statements.add("DELETE FROM indexed_path WHERE number = ?", (number,))
        return True
