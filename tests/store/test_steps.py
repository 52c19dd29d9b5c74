"""A page of an indexed question costs SQLite about as many steps among many records as among few."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.commits import always

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.store.choosing import Ways
from beffroi.store.holds import holds
from beffroi.store.port import All, Extent, Facet, Filter, Find, Found, Indexer, Touches, Where
from beffroi.store.searching import search
from beffroi.store.sqlite import SqliteStore
from beffroi.store.sqlite.dialect import SqliteDialect

FEW, MANY = 2_000, 60_000
BUILDING = "SELECT count(*) FROM indexed_path WHERE state <> 'ready'"


def facets_of(body: JsonObject, paths: frozenset[str]) -> Iterable[Facet]:
    for path in paths & body.keys():
        value = body[path]
        if isinstance(value, str):
            yield Facet(path, "text", value)
        elif isinstance(value, int):
            yield Facet(path, "number", value)


def extents_of(body: JsonObject) -> Iterable[Extent]:
    x, y = body["x"], body["y"]
    assert isinstance(x, float)
    assert isinstance(y, float)
    yield Extent("location", Box(x, y, x, y))


INDEXER = Indexer(facets_of, extents_of, frozenset({"type"}), "type")
KIND = Where("type", "==", "text", "T1")
QUESTIONS: dict[str, Filter] = {
    "one in two": Where("speed", ">=", "number", 5_000),
    "one in ten": Where("speed", ">=", "number", 9_000),
    "one in a hundred": Where("speed", ">=", "number", 9_900),
    "one in a hundred, between": All(
        (Where("speed", ">=", "number", 4_000), Where("speed", "<", "number", 4_100))
    ),
    "one text in fifty": Where("colour", "==", "text", "red"),
    "type and one in two": All((KIND, Where("speed", ">=", "number", 5_000))),
    "type and one in twenty": All((KIND, Where("speed", ">=", "number", 9_500))),
    "type and one text in fifty": All((KIND, Where("colour", "==", "text", "red"))),
    "type and a text that others have": All((KIND, Where("colour", "==", "text", "green"))),
    "type and one in twenty, between": All(
        (KIND, Where("speed", ">=", "number", 4_000), Where("speed", "<=", "number", 4_500))
    ),
    "a box with one in ten": Touches("location", Box(0, 0, 0.1, 1)),
    "a box with one in a hundred": Touches("location", Box(0.2, 0.2, 0.3, 0.3)),
    "type and a box with one in ten": All((KIND, Touches("location", Box(0, 0, 0.1, 1)))),
    "everything": Touches("location", Box(-9, -9, 9, 9)),
}


def thing(n: int, chance: random.Random) -> JsonObject:
    return {
        "type": f"T{n % 4}",
        "speed": chance.randrange(10_000),
        "colour": "red" if chance.random() < 0.02 else "green" if n % 4 == 2 else "blue",
        "x": chance.random(),
        "y": chance.random(),
    }


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Path]:
    directory = tmp_path_factory.mktemp("steps")

    async def fill(count: int) -> Path:
        path, chance = directory / f"{count}.db", random.Random(7)
        store = await SqliteStore.open(path, {"thing": INDEXER})
        for first in range(0, count, 1000):
            changes = tuple(
                Change(Key("city", "thing", f"{n}"), encode(thing(n, chance)))
                for n in range(first, first + 1000)
            )
            await store.transact([], always(Commit(changes)))
        for where in QUESTIONS.values():
            await store.find(Find("city", "thing", where))
        while apsw.Connection(str(path)).execute(BUILDING).get:
            await asyncio.sleep(0.05)
        await store.close()
        return path

    return [asyncio.run(fill(count)) for count in (FEW, MANY)]


def asked(path: Path, where: Filter) -> tuple[Found, int]:
    """The answer, and SQLite's steps for it once the way is known."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    ways, steps = Ways(), 0

    def note(event: dict[str, Any]) -> None:
        nonlocal steps
        steps += event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]

    def once() -> Found:
        asking = search(Find("city", "thing", where), INDEXER, SqliteDialect(), ways)
        try:
            sql = next(asking)
            while True:
                sql = asking.send(connection.execute(*sql).fetchall())
        except StopIteration as ended:
            found: Found = ended.value.found
            return found

    once()
    once()
    connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, note)
    found = once()
    connection.close()
    return found, steps


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_costs_the_same_among_many(paths: Sequence[Path], name: str) -> None:
    (_, few), (found, many) = (asked(path, QUESTIONS[name]) for path in paths)
    assert len(found.records) == (0 if "others" in name else 20)
    assert many < 2 * few + 500, (few, many)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_is_the_one_that_a_look_at_all_finds(paths: Sequence[Path], name: str) -> None:
    where = QUESTIONS[name]
    chance = random.Random(7)
    body_of = {f"{n}": thing(n, chance) for n in range(MANY)}
    found, _ = asked(paths[1], where)

    def holding(record: Record) -> bool:
        return record.body == body_of[record.key.id]

    assert all(map(holding, found.records))
    everything = frozenset({"type", "speed", "colour"})
    expected = (
        id
        for id, body in body_of.items()
        if holds(where, list(facets_of(body, everything)), list(extents_of(body)), id)
    )
    assert [record.key.id for record in found.records] == [
        id for id, _ in zip(expected, range(20), strict=False)
    ]
