"""The writer: a batch is one transaction in three round trips, safe beside other processes.

Records are locked in the order of their keys, so batches of several processes never wait in a circle.
Two processes that create the same record race; the loser decides again. Numbers are given out under a
lock that is held until the commit, so who reads traces or events by number misses none.
"""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from beffroi.kernel.record import Key, Record
from beffroi.store.holds import NO_INDEXER
from beffroi.store.indexing import (
    EXTENTS_BITS,
    NO_ROWS,
    FacetRow,
    IndexPath,
    Paths,
    Rows,
    envelope,
    first_slot,
    rows_of,
)
from beffroi.store.packing import packed, unpacked
from beffroi.store.picture import Draft
from beffroi.store.port import Extent, Indexer
from beffroi.store.postgres.connecting import CATALOG, ORDER, Session, unescaped
from beffroi.store.postgres.forgetting import MARK_ENDED
from beffroi.store.retelling import told_anew
from beffroi.store.wording import Row, Sql

_BEGIN = (Sql("BEGIN"), Sql("SELECT pg_advisory_xact_lock_shared(?)", (CATALOG,)))
_RECORDS = """
SELECT c.tenant, c.kind, r.id, r.document, r.version, r.number
FROM unnest(?::text[], ?::text[], ?::text[]) AS wanted (tenant, kind, id)
JOIN collection c ON c.tenant = wanted.tenant AND c.kind = wanted.kind
JOIN record r ON r.collection = c.number AND r.id = wanted.id
ORDER BY r.collection, r.id FOR UPDATE OF r
"""
_COLLECTIONS = """
SELECT c.number, c.tenant, c.kind, p.path, p.part, p.number
FROM unnest(?::text[], ?::text[]) AS wanted (tenant, kind)
JOIN collection c ON c.tenant = wanted.tenant AND c.kind = wanted.kind
LEFT JOIN indexed_path p ON p.collection = c.number AND p.state <> 'dropping'
"""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A collection as a batch sees it: its number and the paths that are kept indexed."""

    number: int
    indexer: Indexer
    paths: Paths = field(default_factory=Paths)


class Writer:
    def __init__(self, session: Session, indexers: Mapping[str, Indexer]) -> None:
        self._session = session
        self._indexers = indexers

    async def begin(self, keys: Collection[Key]) -> Mapping[Key, Record]:
        await self._session.roll_back()
        if not keys:
            await self._session.run(*_BEGIN)
            return {}
        tenants, kinds, ids = (list(names) for names in zip(*keys, strict=True))
        *_, rows = await self._session.run(*_BEGIN, Sql(_RECORDS, (tenants, kinds, ids)))
        return {record.key: record for record in map(record_of, rows)}

    async def give_up(self) -> None:
        await self._session.roll_back()

    async def commit(self, draft: Draft) -> None:
        """Write a draft and sync it."""
        touched = [
            record.key for record in (*draft.created, *draft.removed, *(new for _, new in draft.changed))
        ]
        touched += [key for key, _, _ in draft.traces]
        collections = sorted({(key.tenant, key.kind) for key in touched})
        counts = (len(draft.created), len(draft.traces), len(draft.events))
        shelves, numbers = await self._prepare(collections, counts)
        writes = _Writes()
        _plan_records(draft, shelves, numbers[0], writes)
        retold = await self._retold(draft) if draft.retold else []
        statements = [*writes.statements(), *retold, *_appended(draft, shelves, numbers[1], numbers[2])]
        await self._session.run(*statements, Sql("COMMIT"))

    async def _prepare(
        self, collections: Sequence[tuple[str, str]], counts: tuple[int, int, int]
    ) -> tuple[dict[tuple[str, str], Shelf], list[list[int]]]:
        """Take the order lock, then numbers; make the collections that are new."""
        tenants, kinds = [tenant for tenant, _ in collections], [kind for _, kind in collections]
        taking = [
            Sql(f"SELECT nextval('{name}') FROM generate_series(1, ?)", (count,))
            for name, count in zip(("record_number", "history_number", "outbox_number"), counts, strict=True)
        ]
        looking = Sql(_COLLECTIONS, (tenants, kinds))
        order = Sql("SELECT pg_advisory_xact_lock(?)", (ORDER,))
        _, found, *numbers = await self._session.run(order, looking, *taking)
        shelves = self._shelves(found)
        new = [names for names in collections if names not in shelves]
        if new:
            for tenant, kind in new:
                await self._make(tenant, kind)
            (found,) = await self._session.run(looking)
            shelves = self._shelves(found)
        return shelves, [[_whole(number) for (number,) in rows] for rows in numbers]

    async def _retold(self, draft: Draft) -> list[Sql]:
        """Replace what traces say, or remove them. Nobody else writes: the order lock is taken."""
        numbers = [number for number, _, body in draft.retold if body is not None]
        (rows,) = await self._session.run(
            Sql("SELECT number, body FROM history WHERE number = ANY(?::bigint[])", (numbers,))
        )
        stored = {_whole(number): cast("bytes", body) for number, body in rows}
        return [
            *_bulk(
                f"UPDATE history SET body = new.body FROM {_unnest('bigint', 'bytea')} AS new (number, body)"
                " WHERE history.number = new.number",
                list(told_anew(draft.retold, stored).items()),
            ),
            *_bulk(
                "DELETE FROM history WHERE number = ANY(?::bigint[])",
                [(number,) for number, _, body in draft.retold if body is None],
            ),
        ]

    async def _make(self, tenant: str, kind: str) -> None:
        """A collection without records has all its paths ready."""
        always = sorted(self._indexers.get(kind, NO_INDEXER).always)
        await self._session.run(
            Sql("INSERT INTO collection (tenant, kind) VALUES (?, ?)", (tenant, kind)),
            Sql(
                "INSERT INTO indexed_path (collection, path, part, state, built_to)"
                " SELECT c.number, p.path, '', 'ready', 0 FROM collection c, unnest(?::text[]) AS p (path)"
                " WHERE c.tenant = ? AND c.kind = ?",
                (always, tenant, kind),
            ),
        )

    def _shelves(self, rows: Sequence[Row]) -> dict[tuple[str, str], Shelf]:
        shelves: dict[tuple[str, str], Shelf] = {}
        numbers: dict[tuple[str, str], dict[IndexPath, int]] = {}
        for number, tenant, kind, path, part, path_number in rows:
            names = unescaped(str(tenant)), unescaped(str(kind))
            if names not in shelves:
                shelves[names] = Shelf(_whole(number), self._indexers.get(names[1], NO_INDEXER))
            if path is not None:
                indexed = IndexPath(unescaped(str(path)), unescaped(str(part)))
                numbers.setdefault(names, {})[indexed] = _whole(path_number)
        for names, of in numbers.items():
            shelves[names] = replace(shelves[names], paths=Paths.of(of))
        return shelves


class _Writes:
    """Columns of rows, so that each table is written in one statement."""

    def __init__(self) -> None:
        self.created: list[tuple[int, int, str, int, bytes]] = []
        self.changed: list[tuple[int, int, bytes]] = []
        self.removed: list[int] = []
        self.facets_gone: list[tuple[int, bytes, int]] = []
        self.facets_new: list[tuple[int, bytes, int]] = []
        self.unplaced: list[int] = []
        self.placed: list[tuple[object, ...]] = []

    def index(self, shelf: Shelf, number: int, before: Rows, after: Rows) -> None:
        self.facets_gone += [(*row, number) for row in before.facets - after.facets]
        self.facets_new += [(*row, number) for row in after.facets - before.facets]
        if before.extents == after.extents:
            return
        if before.extents:
            self.unplaced.append(number)
        for slot, extent in enumerate(after.extents, first_slot(number)):
            self.placed.append(_place(slot, shelf.number, extent))

    def statements(self) -> list[Sql]:
        """Removals come first: a record may be made again under the same id."""
        return [
            *_bulk(
                "DELETE FROM record WHERE number = ANY(?::bigint[])", [(number,) for number in self.removed]
            ),
            *_bulk(
                f"DELETE FROM facet USING {_unnest('integer', 'bytea', 'bigint')}"
                " AS gone (shelf, value, number)"
                " WHERE facet.shelf = gone.shelf AND facet.value = gone.value AND facet.number = gone.number",
                self.facets_gone,
            ),
            *_bulk(
                f"DELETE FROM place USING {_unnest('bigint')} AS gone (number)"
                f" WHERE slot >= gone.number << {EXTENTS_BITS}"
                f" AND slot < (gone.number + 1) << {EXTENTS_BITS}",
                [(number,) for number in self.unplaced],
            ),
            *_bulk(
                "UPDATE record SET version = new.version, document = new.document"
                f" FROM {_unnest('bigint', 'bigint', 'bytea')} AS new (number, version, document)"
                " WHERE record.number = new.number",
                self.changed,
            ),
            *_bulk(
                f"INSERT INTO record SELECT * FROM {_unnest('bigint', 'integer', 'text', 'bigint', 'bytea')}",
                self.created,
            ),
            *facets_added(self.facets_new),
            *_bulk(
                "INSERT INTO place SELECT slot, path, collection, west, south, east, north,"
                " ST_MakeEnvelope(w, s, e, n, 4326)"
                f" FROM {_unnest('bigint', 'text', 'integer', *(8 * ['float8']))}"
                " AS new (slot, path, collection, west, south, east, north, w, s, e, n)",
                self.placed,
            ),
        ]


def facets_added(rows: Sequence[tuple[int, bytes, int]]) -> list[Sql]:
    return _bulk(
        f"INSERT INTO facet SELECT * FROM {_unnest('integer', 'bytea', 'bigint')} ON CONFLICT DO NOTHING",
        rows,
    )


def facet_rows(rows: Collection[FacetRow], number: int) -> list[tuple[int, bytes, int]]:
    return [(shelf, value, number) for shelf, value in rows]


def _plan_records(
    draft: Draft, shelves: Mapping[tuple[str, str], Shelf], numbers: Sequence[int], writes: _Writes
) -> None:
    for record in draft.removed:
        shelf = shelves[record.key.tenant, record.key.kind]
        writes.removed.append(record.number)
        writes.index(shelf, record.number, _rows(shelf, record), NO_ROWS)
    for before, after in draft.changed:
        shelf = shelves[after.key.tenant, after.key.kind]
        writes.changed.append((after.number, after.version, packed(after.document)))
        writes.index(shelf, after.number, _rows(shelf, before), _rows(shelf, after))
    for record, number in zip(draft.created, numbers, strict=True):
        shelf = shelves[record.key.tenant, record.key.kind]
        writes.created.append((number, shelf.number, record.key.id, record.version, packed(record.document)))
        writes.index(shelf, number, NO_ROWS, _rows(shelf, record))


def _appended(
    draft: Draft,
    shelves: Mapping[tuple[str, str], Shelf],
    history_numbers: Sequence[int],
    outbox_numbers: Sequence[int],
) -> list[Sql]:
    traces = [
        (number, shelves[key.tenant, key.kind].number, key.id, at, packed(body))
        for number, (key, at, body) in zip(history_numbers, draft.traces, strict=True)
    ]
    events = [
        (number, event.lane, event.due, 0, event.body)
        for number, event in zip(outbox_numbers, draft.events, strict=True)
    ]
    postponed = [
        Sql(
            "UPDATE outbox SET due = ?, body = ?, attempts = attempts + 1 WHERE number = ?",
            (later.due, later.body, later.number),
        )
        for later in draft.postponed
    ]
    return [
        *_bulk(
            f"INSERT INTO history SELECT * FROM {_unnest('bigint', 'integer', 'text', 'text', 'bytea')}",
            traces,
        ),
        *_bulk(
            f"{MARK_ENDED} FROM {_unnest('integer', 'text')} AS gone (collection, id))",
            _ended(draft, shelves),
        ),
        *_bulk(
            f"INSERT INTO outbox SELECT * FROM {_unnest('bigint', 'text', 'text', 'integer', 'bytea')}",
            events,
        ),
        *postponed,
        *_bulk("DELETE FROM outbox WHERE number = ANY(?::bigint[])", [(number,) for number in draft.settled]),
    ]


def _ended(draft: Draft, shelves: Mapping[tuple[str, str], Shelf]) -> list[tuple[int, str]]:
    """The records that have a past, or had a present until now, and are not there after this."""
    there = {record.key for record in draft.created} | {record.key for _, record in draft.changed}
    touched = {record.key for record in draft.removed} | {key for key, _, _ in draft.traces}
    return [(shelves[key.tenant, key.kind].number, key.id) for key in touched - there]


def _unnest(*forms: str) -> str:
    """Arrays of these forms as the columns of a table."""
    return f"unnest({', '.join(f'?::{form}[]' for form in forms)})"


def _bulk(text: str, rows: Sequence[tuple[object, ...]]) -> list[Sql]:
    """One statement for all rows, each column an array; none for no rows."""
    return [Sql(text, tuple(list(column) for column in zip(*rows, strict=True)))] if rows else []


def _place(slot: int, collection: int, extent: Extent) -> tuple[object, ...]:
    path, box = extent
    return (slot, path, collection, *map(float, box), *map(float, envelope(box)))


def _rows(shelf: Shelf, record: Record) -> Rows:
    return rows_of(record, shelf.indexer, shelf.paths)


def record_of(row: Row) -> Record:
    tenant, kind, id, document, version, number = row
    assert isinstance(document, bytes)
    key = Key(unescaped(str(tenant)), unescaped(str(kind)), unescaped(str(id)))
    return Record(key, unpacked(document, key), _whole(version), _whole(number))


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
