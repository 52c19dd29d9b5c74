"""The history of single records, through removal, return and forgetting: on every engine as told by a list."""

import asyncio
import random
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest
from tests.commits import always
from tests.conftest import Run

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.record import Change, Commit, Key, Retold
from beffroi.store.port import Past, Store, Trace
from beffroi.store.sqlite import SqliteStore
from beffroi.store.sqlite.connecting import APPLICATION, MIGRATIONS

KEYS = [Key("city", "thing", name) for name in "abcd"]
MOMENTS = [Instant(f"2026-11-{day:02}T12:00:00.000000Z") for day in range(10, 20)]


class Told(NamedTuple):
    key: Key
    at: Instant
    body: bytes


def some_commit(chance: random.Random, told: list[Told]) -> Commit:
    """Changes of a few records, some without a trace, with a clock that goes back now and then."""
    at = chance.choice(MOMENTS)
    changes: list[Change] = []
    for key in chance.choices(KEYS, k=chance.randrange(1, 4)):
        trace = b"%d" % len(told) if chance.random() < 0.8 else None
        if trace is not None:
            told.append(Told(key, at, trace))
        changes.append(Change(key, chance.choice([b"{}", b"[]", None]), trace))
    return Commit(tuple(changes), at=at)


def some_retold(chance: random.Random, every: list[Trace]) -> tuple[Retold, ...]:
    """Some traces told anew, one of them by who has not seen what it says, and the oldest of a record removed."""
    if not every:
        return ()
    picked = chance.sample(every, k=min(len(every), 2))
    stale = chance.choice(every)
    key = chance.choice(KEYS)
    oldest = [trace for trace in every if trace.key == key][: chance.randrange(0, 3)]
    return (
        *(Retold(trace.number, trace.body, trace.body + b"'") for trace in picked),
        Retold(stale.number, b"what it never said", b"?"),
        *(Retold(trace.number, b"", None) for trace in oldest),
    )


def told_anew(every: list[Trace], retold: tuple[Retold, ...]) -> list[Told]:
    anew = {
        each.number: each for each in retold if each.was != b"what it never said" and each.body is not None
    }
    gone = {each.number for each in retold if each.body is None}
    return [
        Told(trace.key, trace.at, anew[trace.number].body or b"" if trace.number in anew else trace.body)
        for trace in every
        if trace.number not in gone
    ]


def without_the_oldest(told: list[Told], before: Instant, limit: int) -> list[Told]:
    oldest = told[: min(limit, max(0, len(told) - 1))]
    return [each for each in oldest if each.at >= before] + told[len(oldest) :]


async def expect(store: Store, told: list[Told], chance: random.Random) -> None:
    every = await store.traces(after=0, limit=1_000)
    assert [Told(trace.key, trace.at, trace.body) for trace in every] == told
    numbers = [0, *(trace.number for trace in every)]
    for key in KEYS:
        past = some_past(chance, numbers)
        assert await store.history(key, past) == within([t for t in every if t.key == key], past)
    there = await store.read(KEYS)
    gone = {trace.key: trace for trace in every if trace.key not in there}
    after = chance.choice(["", "a", "b"])
    expected = [gone[key] for key in KEYS if key in gone and key.id > after]
    assert await store.ended("city", "thing", after=after, limit=9) == expected
    assert await store.ended("city", "thing", after=after, limit=1) == expected[:1]


def some_past(chance: random.Random, numbers: list[int]) -> Past:
    moments = [NO_INSTANT, *MOMENTS]
    return Past(
        limit=chance.choice([1, 3, 1_000]),
        since=chance.choice(moments),
        until=chance.choice(moments),
        after=chance.choice([0, *numbers]),
        before=chance.choice([0, *numbers]),
        first=chance.choice(["newest", "oldest"]),
    )


def within(told: list[Trace], past: Past) -> list[Trace]:
    found = [
        trace
        for trace in told
        if trace.at >= past.since
        and (not past.until or trace.at < past.until)
        and trace.number > past.after
        and (not past.before or trace.number < past.before)
    ]
    return (found[::-1] if past.first == "newest" else found)[: past.limit]


@pytest.mark.parametrize("seed", range(6))
def test_the_history_of_a_record_is_all_that_was_told_of_it(store: Store, run: Run, seed: int) -> None:
    chance = random.Random(seed)

    async def scenario() -> None:
        told: list[Told] = []
        for _ in range(60):
            commits = [some_commit(chance, told) for _ in range(chance.randrange(1, 4))]
            await asyncio.gather(*(store.transact(KEYS, always(commit)) for commit in commits))
            if chance.random() < 0.2:
                before, limit = chance.choice(MOMENTS), chance.randrange(1, 20)
                left = without_the_oldest(told, before, limit)
                assert await store.forget_traces(before, limit) == len(told) - len(left)
                told = left
            if chance.random() < 0.3:
                every = await store.traces(after=0, limit=1_000)
                retold = some_retold(chance, every)
                await store.transact([], always(Commit(retold=retold)))
                told = told_anew(every, retold)
            await expect(store, told, chance)

    run(scenario())


def test_a_database_with_an_indexed_history_is_brought_up_to_date(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "store.db"
    database = apsw.Connection(str(path))
    database.execute((MIGRATIONS / "0001-tables.sql").read_text())
    database.execute("INSERT INTO collection VALUES (1, 'city', 'thing')")
    for id in "ab":
        database.execute(
            "INSERT INTO record (collection, id, version, document) VALUES (1, ?, 2, x'7b7d')", id
        )
    for body, id in enumerate("aabcbca"):
        row = (id, MOMENTS[body], b"%d" % body)
        database.execute("INSERT INTO history (collection, id, at, body) VALUES (1, ?, ?, ?)", row)
    database.execute(f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1")
    database.close()

    async def scenario() -> None:
        store = await SqliteStore.open(path, {})
        a, b, c, d = KEYS
        back = Commit((Change(c, b"{}", b"7"), Change(d, b"{}", b"8"), Change(b, b"{}", b"9")), at=MOMENTS[9])
        await store.transact([b, c, d], lambda _: back)
        expected = {a: b"016", b: b"249", c: b"357", d: b"8"}
        for key, bodies in expected.items():
            found = await store.history(key, Past(9))
            assert b"".join(trace.body for trace in reversed(found)) == bodies
        await store.close()

    run(scenario())
