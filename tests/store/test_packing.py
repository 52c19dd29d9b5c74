"""Long documents and traces are packed on disk, and nobody who asks the store can tell."""

from pathlib import Path
from typing import Any

import apsw
from hypothesis import given
from hypothesis import strategies as st
from tests.commits import always
from tests.conftest import Run

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import encode
from beffroi.kernel.record import Change, Commit, Key, Retold
from beffroi.store.packing import LONG, packed, unpacked
from beffroi.store.port import All, Find, Past, Store
from beffroi.store.sqlite.engine import SqliteStore

AT = Instant("2026-11-22T13:49:01.000000Z")
A, B = Key("city", "thing", "a"), Key("city", "thing", "b")
LONG_A, SHORT_B = encode({"note": "a belfry is a tower " * 200}), encode({"note": "b"})


@given(st.recursive(st.none() | st.text() | st.integers(-9, 9), st.lists, max_leaves=200))
def test_what_is_packed_comes_out_again(value: Any) -> None:
    text = encode(value)
    assert unpacked(packed(text), A) == text
    assert unpacked(packed(text * 100), A) == text * 100


def test_what_is_short_is_held_as_it_is() -> None:
    assert packed(b" " * (LONG - 1)) == b" " * (LONG - 1)
    assert len(packed(b" " * LONG)) < LONG / 10


def test_every_way_of_asking_gives_the_document_and_the_trace(store: Store, run: Run) -> None:
    async def scenario() -> None:
        both = Commit((Change(A, LONG_A, LONG_A), Change(B, SHORT_B, SHORT_B)), at=AT)
        await store.transact([A, B], lambda _: both)
        for changed in (encode({"note": "d" * 5000}), SHORT_B, encode({"note": "c" * 5000})):
            again = Commit((Change(B, changed, changed),), at=AT)
            await store.transact([B], always(again))
            assert (await store.read([A]))[A].document == LONG_A
            assert {k: r.document for k, r in (await store.read([A, B])).items()} == {A: LONG_A, B: changed}
            found = await store.find(Find("city", "thing", All(), limit=10))
            assert [record.document for record in found.records] == [LONG_A, changed]
            judged = Find("city", "thing", All(), keep=lambda record: record.document == LONG_A, limit=10)
            assert [record.key for record in (await store.find(judged)).records] == [A]
            assert [r.document async for r in store.stream(judged)] == [LONG_A]
            assert (await store.history(B, Past(1)))[0].body == changed
        assert [t.body for t in await store.traces(after=0, limit=2)] == [LONG_A, SHORT_B]

    run(scenario())


def test_a_long_trace_is_told_anew_where_it_still_is_what_it_was(store: Store, run: Run) -> None:
    shorter, other = encode({"note": "a tower " * 100}), encode({"note": "another tower " * 100})

    async def scenario() -> None:
        await store.transact([A], lambda _: Commit((Change(A, LONG_A, LONG_A),), at=AT))
        number = (await store.history(A, Past(1)))[0].number
        both = (Retold(number, LONG_A, shorter), Retold(number, LONG_A, other))
        await store.transact([], lambda _: Commit(retold=both))
        assert (await store.history(A, Past(1)))[0].body == shorter
        onward = (Retold(number, shorter, SHORT_B), Retold(number, SHORT_B, other))
        await store.transact([], lambda _: Commit(retold=onward))
        assert (await store.history(A, Past(1)))[0].body == other
        await store.transact([], lambda _: Commit(retold=(Retold(number, b"", None),)))
        assert await store.history(A, Past(1)) == []

    run(scenario())


def test_a_database_that_was_written_before_is_read(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "store.db"

    async def written() -> None:
        store = await SqliteStore.open(path, {})
        await store.transact([A], lambda _: Commit((Change(A, LONG_A, LONG_A),), at=AT))
        await store.close()

    async def read() -> None:
        store = await SqliteStore.open(path, {})
        assert (await store.read([A]))[A].document == LONG_A
        assert (await store.history(A, Past(1)))[0].body == LONG_A
        await store.close()

    run(written())
    database = apsw.Connection(str(path))
    document: Any
    trace: Any
    ((document, trace),) = database.execute("SELECT document, body FROM record, history").fetchall()
    assert max(len(document), len(trace)) < len(LONG_A) / 10
    database.execute("UPDATE record SET document = ?", (LONG_A,))
    database.execute("UPDATE history SET body = ?", (LONG_A,))
    database.close()
    run(read())
