"""The history of a record as a chain, its newest trace first, so that no index has to be written.

A record names its last trace, and each trace the one before it; 0 stands for none. The last trace of a record
that is not there any more is marked with `ends`, and what is marked is indexed.
"""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

from collections.abc import Collection, Mapping
from typing import NamedTuple, TypeAlias, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.record import Key, Record
from beffroi.store import asking
from beffroi.store.packing import packed, unpacked
from beffroi.store.picture import Draft
from beffroi.store.port import Past, Trace
from beffroi.store.retelling import told_anew
from beffroi.store.sqlite.catalog import Catalog
from beffroi.store.sqlite.connecting import Connection
from beffroi.store.sqlite.statements import Statements
from beffroi.store.wording import Search, Sql

LAST_ENDED = "(SELECT max(number) FROM history WHERE collection = ? AND id = ? AND ends = 1)"
_LAST_OF_RECORD = "SELECT last_trace FROM record WHERE number = ?"
_LAST = f"coalesce((SELECT last_trace FROM record WHERE collection = ? AND id = ?), {LAST_ENDED}, 0)"
_CHAIN = f"""
WITH RECURSIVE chain (number, previous) AS (
  SELECT number, previous FROM history WHERE number = {_LAST}
  UNION ALL
  SELECT history.number, history.previous FROM chain JOIN history ON history.number = chain.previous
)
"""
_BEFORE = "(SELECT previous FROM history WHERE number = ? AND collection = ? AND id = ?)"
_PAST = """
WITH RECURSIVE chain (number, previous, at) AS (
  SELECT number, previous, at FROM history WHERE number = {start}
  UNION ALL
  SELECT history.number, history.previous, history.at FROM chain
  JOIN history ON history.number = chain.previous WHERE chain.previous > ?
)
"""
_HISTORY = """{chain}, found (number) AS (SELECT number FROM chain WHERE {bounds} {order} LIMIT ?)
SELECT history.number, history.at, history.body FROM found JOIN history ON history.number = found.number
"""
_INSERT = "INSERT INTO history (number, collection, id, at, body, previous) VALUES (?, ?, ?, ?, ?, {})"
_AFTER = _INSERT.format("?")
_AFTER_LAST_OF_RECORD = _INSERT.format(f"({_LAST_OF_RECORD})")
_AFTER_LAST_ENDED = _INSERT.format(f"coalesce({LAST_ENDED}, 0)")

_Row: TypeAlias = tuple[int, Instant, bytes]


def history(key: Key, past: Past) -> Search[list[Trace]]:
    """Traces of one record. A chain is gone through from its newest end, or from where `past.before` says."""
    number = yield from asking.collection(key.tenant, key.kind)
    if number is None:
        return []
    record = (number, key.id)
    start, from_here = _LAST, list[object]([*record, *record])
    if past.before:
        start, from_here = f"coalesce({_BEFORE}, {_LAST})", [past.before, *record, *from_here]
    bounds = asking.within(past)
    order = "" if past.first == "newest" else "ORDER BY number"
    text = _HISTORY.format(chain=_PAST.format(start=start), bounds=bounds.text, order=order)
    rows = yield Sql(text, (*from_here, past.after, *bounds.parameters, past.limit))
    found = [Trace(number, key, at, unpacked(body, key)) for number, at, body in cast("list[_Row]", rows)]
    return sorted(found, reverse=past.first == "newest")


def plan_traces(
    draft: Draft, catalog: Catalog, connection: Connection, statements: Statements
) -> Mapping[Key, int]:
    """Write the traces of a batch; answer the last trace of each record that has another one than before, or
    that is removed. To be planned before the records are, which know what was the last one until then."""
    last = {record.key: _last_of(record, connection) for record in draft.removed}
    numbers = {before.key: before.number for before, _ in draft.changed}
    for key, at, body in draft.traces:
        collection = catalog.made(key.tenant, key.kind).number
        trace = catalog.next_trace()
        row = (trace, collection, key.id, at, packed(body))
        if (previous := last.get(key)) is not None:
            statements.add(_AFTER, (*row, previous))
        elif (number := numbers.get(key)) is not None:
            statements.add(_AFTER_LAST_OF_RECORD, (*row, number))
        else:
            statements.add(_AFTER_LAST_ENDED, (*row, collection, key.id))
        last[key] = trace
    created = {record.key for record in draft.created}
    ended = [(trace,) for key, trace in last.items() if key not in numbers and key not in created]
    statements.extend("UPDATE history SET ends = 1 WHERE number = ?", ended)
    return last


def plan_retold(draft: Draft, connection: Connection, statements: Statements) -> None:
    """Replace what traces say, or remove the oldest of a record: a chain ends where nothing follows."""
    stored: dict[int, bytes] = {}
    for number in {number for number, _, body in draft.retold if body is not None}:
        for (body,) in connection.execute("SELECT body FROM history WHERE number = ?", (number,)):
            stored[number] = cast("bytes", body)
    statements.extend(
        "UPDATE history SET body = ? WHERE number = ?",
        [(body, number) for number, body in told_anew(draft.retold, stored).items()],
    )
    statements.extend(
        "DELETE FROM history WHERE number = ?",
        [(number,) for number, _, body in draft.retold if body is None],
    )


class Oldest(NamedTuple):
    """One of the oldest traces, and whether it is to be forgotten: 0 or 1, as SQLite says it."""

    number: int
    previous: int
    collection: int
    id: str
    is_doomed: int


def plan_forgetting(oldest: Collection[Oldest], connection: Connection, statements: Statements) -> None:
    """Delete the doomed ones. Where an older one of the same record stays, because a clock was wrong, the
    chain of that record is joined again."""
    doomed = {trace.number for trace in oldest if trace.is_doomed}
    kept = {trace.number for trace in oldest if not trace.is_doomed}
    for record in {(t.collection, t.id) for t in oldest if t.is_doomed and t.previous in kept}:
        rows = connection.execute(f"{_CHAIN} SELECT number FROM chain", record + record)
        _join_again(record, [cast("int", number) for (number,) in rows if number not in doomed], statements)
    statements.extend("DELETE FROM history WHERE number = ?", [(number,) for number in doomed])


def _join_again(record: tuple[int, str], left: list[int], statements: Statements) -> None:
    """Make a chain of the traces that are left of a record, the newest first."""
    pairs = list(zip([*left[1:], 0], left, strict=True))
    statements.extend("UPDATE history SET previous = ? WHERE number = ?", pairs)
    statements.add("UPDATE record SET last_trace = ? WHERE collection = ? AND id = ?", (left[0], *record))
    statements.add(
        "UPDATE history SET ends = 1 WHERE number = ?"
        " AND NOT EXISTS (SELECT 1 FROM record WHERE collection = ? AND id = ?)",
        (left[0], *record),
    )


def _last_of(record: Record, connection: Connection) -> int:
    return cast("int", connection.execute(_LAST_OF_RECORD, (record.number,))[0][0])
