"""Questions about the outbox, the history and the values of a facet, each within one snapshot."""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

from collections import Counter
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.record import Key, Record
from beffroi.store.choosing import Row
from beffroi.store.ordering import KEPT, shelf_of
from beffroi.store.port import Indexer, Pending, Trace
from beffroi.store.sqlite.connecting import Connection

_FIRST_OF_LANES = """
WITH RECURSIVE lanes (lane) AS (
  SELECT min(lane) FROM outbox
  UNION ALL
  SELECT (SELECT min(lane) FROM outbox WHERE lane > lanes.lane) FROM lanes WHERE lanes.lane IS NOT NULL
), first (lane, number) AS (
  SELECT lane, (SELECT min(number) FROM outbox WHERE outbox.lane = lanes.lane) FROM lanes
  WHERE lane IS NOT NULL
)
"""
_TRACE = "SELECT h.number, c.tenant, c.kind, h.id, h.at, h.body FROM history h JOIN collection c"


def collection(connection: Connection, tenant: str, kind: str) -> int | None:
    rows = connection.execute("SELECT number FROM collection WHERE tenant = ? AND kind = ?", (tenant, kind))
    return cast("int", rows[0][0]) if rows else None


def values(connection: Connection, indexer: Indexer, tenant: str, kind: str, path: str) -> dict[str, int]:
    number = collection(connection, tenant, kind)
    if number is None:
        return {}
    ready = connection.execute(
        "SELECT number FROM indexed_path WHERE collection = ? AND path = ? AND state = 'ready'",
        (number, path),
    )
    if not ready:
        return _counted(connection, indexer, Key(tenant, kind, ""), number, path)
    rows = connection.execute(
        "SELECT value, count(*) FROM facet WHERE shelf = ? GROUP BY value",
        (shelf_of(cast("int", ready[0][0]), "text"),),
    )
    found = cast("list[tuple[bytes, int]]", rows)
    if any(len(value) == KEPT for value, _ in found):  # cut, so that the index does not know the whole
        return _counted(connection, indexer, Key(tenant, kind, ""), number, path)
    return {value.decode("utf-8", "surrogatepass"): count for value, count in found}


def lanes(connection: Connection, now: Instant, limit: int) -> list[str]:
    rows = connection.execute(
        f"{_FIRST_OF_LANES} SELECT first.lane FROM first CROSS JOIN outbox ON outbox.number = first.number"
        " WHERE outbox.due <= ? ORDER BY first.number LIMIT ?",
        (now, limit),
    )
    return [cast("str", lane) for (lane,) in rows]


def next_due(connection: Connection) -> Instant | None:
    rows = connection.execute(
        f"{_FIRST_OF_LANES} SELECT min(outbox.due)"
        " FROM first CROSS JOIN outbox ON outbox.number = first.number"
    )
    return cast("Instant | None", rows[0][0])


def pending(connection: Connection, lane: str, limit: int) -> list[Pending]:
    rows = connection.execute(
        "SELECT number, lane, body, due, attempts FROM outbox WHERE lane = ? ORDER BY number LIMIT ?",
        (lane, limit),
    )
    return [Pending(*cast("tuple[int, str, bytes, Instant, int]", row)) for row in rows]


def history(connection: Connection, key: Key, since: Instant, limit: int) -> list[Trace]:
    number = collection(connection, key.tenant, key.kind)
    rows = connection.execute(
        f"{_TRACE} ON c.number = h.collection WHERE h.collection = ? AND h.id = ? AND h.at >= ?"
        " ORDER BY h.number DESC LIMIT ?",
        (number, key.id, since, limit),
    )
    return [_trace(row) for row in reversed(rows)]


def traces(connection: Connection, after: int, limit: int) -> list[Trace]:
    rows = connection.execute(
        f"{_TRACE} ON c.number = h.collection WHERE h.number > ? ORDER BY h.number LIMIT ?", (after, limit)
    )
    return [_trace(row) for row in rows]


def last_trace(connection: Connection) -> int:
    return cast("int", connection.execute("SELECT coalesce(max(number), 0) FROM history")[0][0])


def tenants(connection: Connection) -> list[str]:
    rows = connection.execute(
        "SELECT DISTINCT tenant FROM collection WHERE"
        " EXISTS (SELECT 1 FROM record WHERE record.collection = collection.number) ORDER BY tenant"
    )
    return [cast("str", tenant) for (tenant,) in rows]


def _counted(
    connection: Connection, indexer: Indexer, of: Key, collection_number: int, path: str
) -> dict[str, int]:
    """Count in the documents themselves, piece by piece."""
    counted: Counter[str] = Counter()
    after = 0
    while rows := connection.execute(
        "SELECT number, document FROM record WHERE collection = ? AND number > ? ORDER BY number LIMIT 500",
        (collection_number, after),
    ):
        for number, document in cast("list[tuple[int, bytes]]", rows):
            after = number
            facets = indexer.facets(Record(of, document).body, frozenset({path}))
            counted.update(
                {str(facet.value) for facet in facets if facet.path == path and facet.sort == "text"}
            )
    return dict(counted)


def _trace(row: Row) -> Trace:
    number, tenant, kind, id, at, body = cast("tuple[int, str, str, str, Instant, bytes]", row)
    return Trace(number, Key(tenant, kind, id), at, body)
