"""Which collections there are and which of their paths are kept indexed, as the writer knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from beffroi.store.holds import NO_INDEXER
from beffroi.store.indexing import IndexPath, Paths
from beffroi.store.port import Indexer
from beffroi.store.sqlite.connecting import Connection


@dataclass(slots=True)
class Collection:
    """`paths` are those that writes keep up to date, with their numbers."""

    number: int
    tenant: str
    kind: str
    indexer: Indexer
    paths: Paths = field(default_factory=Paths)


class Catalog:
    """Read again whenever another connection has written, or a transaction was rolled back."""

    def __init__(self, connection: Connection, indexers: Mapping[str, Indexer]) -> None:
        self._connection = connection
        self._indexers = indexers
        self.generation = 0
        """Grows whenever what was known no longer counts, or other paths are indexed."""
        self._seen: object = None
        self._by_name: dict[tuple[str, str], Collection] = {}
        self._by_number: dict[int, Collection] = {}
        self._last_record = self._last_trace = 0

    def forget(self) -> None:
        self._seen = None
        self.generation += 1

    def refresh(self) -> None:
        """To be called within a transaction that has the write lock."""
        seen = self._connection.execute("PRAGMA data_version")[0][0]
        if seen == self._seen:
            return
        self._by_name.clear()
        self._by_number.clear()
        for number, tenant, kind in self._connection.execute("SELECT number, tenant, kind FROM collection"):
            self._add(Collection(int(str(number)), str(tenant), str(kind), self._indexer(str(kind))))
        rows = self._connection.execute(
            "SELECT collection, path, part, number FROM indexed_path WHERE state <> 'dropping'"
        )
        for collection, path, part, number in rows:
            of = self._by_number[int(str(collection))]
            of.paths = of.paths.plus(IndexPath(str(path), str(part)), int(str(number)))
        self._last_record, self._last_trace = self._last("record"), self._last("history")
        self._seen = seen
        self.generation += 1

    def next_record(self) -> int:
        self._last_record += 1
        return self._last_record

    def next_trace(self) -> int:
        self._last_trace += 1
        return self._last_trace

    def known(self, tenant: str, kind: str) -> Collection | None:
        return self._by_name.get((tenant, kind))

    def numbered(self, number: int) -> Collection:
        return self._by_number[number]

    def made(self, tenant: str, kind: str) -> Collection:
        """The collection, made now if it is new: then its paths are ready, since it has no record."""
        known = self._by_name.get((tenant, kind))
        if known is not None:
            return known
        number = len(self._by_number) + 1
        collection = Collection(number, tenant, kind, self._indexer(kind))
        self._connection.execute("INSERT INTO collection VALUES (?, ?, ?)", (number, tenant, kind))
        for path in sorted(collection.indexer.always):
            self.index(collection, IndexPath(path), "ready")
        self._add(collection)
        return collection

    def index(self, collection: Collection, path: IndexPath, state: str) -> None:
        """Keep this path indexed from now on."""
        self.generation += 1
        rows = self._connection.execute(
            "INSERT INTO indexed_path (collection, path, part, state, built_to) VALUES (?, ?, ?, ?, 0)"
            " ON CONFLICT DO NOTHING RETURNING number",
            (collection.number, *path, state),
        )
        if rows:
            collection.paths = collection.paths.plus(path, int(str(rows[0][0])))

    def drop(self, collection: Collection, path: IndexPath) -> None:
        """Keep this path no longer; its rows are removed in pieces."""
        self.generation += 1
        number = collection.paths.numbers[path]
        collection.paths = collection.paths.minus(path)
        self._connection.execute("UPDATE indexed_path SET state = 'dropping' WHERE number = ?", (number,))

    def collections(self) -> list[Collection]:
        return list(self._by_number.values())

    def _last(self, table: str) -> int:
        """The highest number that was ever given in a table."""
        rows = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(str(rows[0][0])) if rows else 0

    def _indexer(self, kind: str) -> Indexer:
        return self._indexers.get(kind, NO_INDEXER)

    def _add(self, collection: Collection) -> None:
        self._by_name[collection.tenant, collection.kind] = collection
        self._by_number[collection.number] = collection
