"""Questions about the outbox, the history and the values of a facet, each within one snapshot.

Like `searching`, these functions give out SQL and are sent the rows, so that both databases run them.
"""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

from collections import Counter
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.record import Key, Record
from beffroi.store.ordering import KEPT, shelf_of
from beffroi.store.packing import unpacked
from beffroi.store.port import Indexer, Past, Pending, Trace
from beffroi.store.wording import Dialect, Row, Search, Sql

_FIRST_OF_LANES = """
WITH RECURSIVE lanes (lane) AS (
  SELECT min(lane) FROM outbox
  UNION ALL
  SELECT (SELECT min(lane) FROM outbox WHERE lane > lanes.lane) FROM lanes WHERE lanes.lane IS NOT NULL
), first (number) AS (
  SELECT (SELECT min(number) FROM outbox WHERE outbox.lane = lanes.lane) FROM lanes WHERE lane IS NOT NULL
)
"""
_TRACE = (
    "SELECT h.number, c.tenant, c.kind, h.id, h.at, h.body"
    " FROM history h JOIN collection c ON c.number = h.collection"
)
_PIECE = 500


def collection(tenant: str, kind: str) -> Search[int | None]:
    rows = yield Sql("SELECT number FROM collection WHERE tenant = ? AND kind = ?", (tenant, kind))
    return cast("int", rows[0][0]) if rows else None


def values(dialect: Dialect, indexer: Indexer, of: Key, path: str) -> Search[dict[str, int]]:
    """Count the records by their values of a facet; `of` names the tenant and kind."""
    number = yield from collection(of.tenant, of.kind)
    if number is None:
        return {}
    ready = yield Sql(
        "SELECT number FROM indexed_path WHERE collection = ? AND path = ? AND part = '' AND state = 'ready'",
        (number, path),
    )
    if not ready:
        return (yield from _counted(dialect, indexer, of, number, path))
    rows = yield Sql(
        "SELECT value, count(*) FROM facet WHERE shelf = ? GROUP BY value",
        (shelf_of(cast("int", ready[0][0]), "text"),),
    )
    found = cast("list[tuple[bytes, int]]", rows)
    if any(len(value) == KEPT for value, _ in found):  # cut, so that the index does not know the whole
        return (yield from _counted(dialect, indexer, of, number, path))
    return {value.decode("utf-8", "surrogatepass"): count for value, count in found}


def lanes(dialect: Dialect, now: Instant, limit: int) -> Search[list[str]]:
    rows = yield Sql(
        f"{_FIRST_OF_LANES} SELECT outbox.lane FROM first JOIN outbox ON outbox.number = first.number"
        " WHERE outbox.due <= ? ORDER BY first.number LIMIT ?",
        (now, limit),
    )
    return [dialect.text(lane) for (lane,) in rows]


def next_due() -> Search[Instant | None]:
    rows = yield Sql(
        f"{_FIRST_OF_LANES} SELECT min(outbox.due) FROM first JOIN outbox ON outbox.number = first.number"
    )
    return cast("Instant | None", rows[0][0])


def pending(lane: str, limit: int) -> Search[list[Pending]]:
    rows = yield Sql(
        "SELECT number, body, due, attempts FROM outbox WHERE lane = ? ORDER BY number LIMIT ?", (lane, limit)
    )
    found = cast("list[tuple[int, bytes, Instant, int]]", rows)
    return [Pending(number, lane, body, due, attempts) for number, body, due, attempts in found]


def history(dialect: Dialect, key: Key, past: Past) -> Search[list[Trace]]:
    number = yield from collection(key.tenant, key.kind)
    if number is None:
        return []
    bounds = within(past, "h.")
    order = "DESC" if past.first == "newest" else "ASC"
    rows = yield Sql(
        f"{_TRACE} WHERE h.collection = ? AND h.id = ? AND {bounds.text} ORDER BY h.number {order} LIMIT ?",
        (number, key.id, *bounds.parameters, past.limit),
    )
    return [_trace(dialect, row) for row in rows]


def within(past: Past, table: str = "") -> Sql:
    """The bounds of a past as a condition on the history."""
    text, values = f"{table}at >= ? AND {table}number > ?", list[object]([past.since, past.after])
    if past.until:
        text, values = f"{text} AND {table}at < ?", [*values, past.until]
    if past.before:
        text, values = f"{text} AND {table}number < ?", [*values, past.before]
    return Sql(text, tuple(values))


def ended(dialect: Dialect, of: Key, limit: int) -> Search[list[Trace]]:
    """The newest trace of records that are gone; `of` names tenant, kind and the id to go on after."""
    number = yield from collection(of.tenant, of.kind)
    if number is None:
        return []
    rows = yield Sql(
        f"{_TRACE} WHERE h.collection = ? AND h.ends = 1 AND h.id > ?"
        " AND NOT EXISTS (SELECT 1 FROM record r WHERE r.collection = h.collection AND r.id = h.id)"
        " AND NOT EXISTS (SELECT 1 FROM history n WHERE n.collection = h.collection AND n.id = h.id"
        " AND n.ends = 1 AND n.number > h.number) ORDER BY h.id LIMIT ?",
        (number, of.id, limit),
    )
    return [_trace(dialect, row) for row in rows]


def traces(dialect: Dialect, after: int, limit: int) -> Search[list[Trace]]:
    rows = yield Sql(f"{_TRACE} WHERE h.number > ? ORDER BY h.number LIMIT ?", (after, limit))
    return [_trace(dialect, row) for row in rows]


def last_trace() -> Search[int]:
    rows = yield Sql("SELECT coalesce(max(number), 0) FROM history")
    return cast("int", rows[0][0])


def tenants(dialect: Dialect) -> Search[list[str]]:
    rows = yield Sql(
        "SELECT DISTINCT tenant FROM collection"
        " WHERE EXISTS (SELECT 1 FROM record WHERE record.collection = collection.number)"
    )
    return sorted(dialect.text(tenant) for (tenant,) in rows)


def _counted(
    dialect: Dialect, indexer: Indexer, of: Key, collection_number: int, path: str
) -> Search[dict[str, int]]:
    """Count in the documents themselves, piece by piece."""
    counted: Counter[str] = Counter()
    after: object = 0
    while True:
        rows = yield Sql(
            "SELECT number, id, document FROM record"
            " WHERE collection = ? AND number > ? ORDER BY number LIMIT ?",
            (collection_number, after, _PIECE),
        )
        for _, id, document in cast("list[tuple[int, object, bytes]]", rows):
            key = of._replace(id=dialect.text(id))
            facets = indexer.facets(Record(key, unpacked(document, key)).body, frozenset({path}))
            counted.update(
                {str(facet.value) for facet in facets if facet.path == path and facet.sort == "text"}
            )
        if len(rows) < _PIECE:
            return dict(counted)
        after = rows[-1][0]


def _trace(dialect: Dialect, row: Row) -> Trace:
    number, tenant, kind, id, at, body = cast("tuple[int, object, object, object, Instant, bytes]", row)
    key = Key(dialect.text(tenant), dialect.text(kind), dialect.text(id))
    return Trace(number, key, at, unpacked(body, key))
