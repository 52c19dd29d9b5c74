"""No indexed condition makes SQLite go through a table: the plan of each question is looked at."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.commits import always

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Key
from beffroi.store.choosing import Ways
from beffroi.store.port import (
    All,
    Either,
    Extent,
    Facet,
    Filter,
    Find,
    Indexer,
    Named,
    Prefix,
    Touches,
    Where,
)
from beffroi.store.searching import search
from beffroi.store.sqlite import SqliteStore
from beffroi.store.sqlite.connecting import open_reader
from beffroi.store.sqlite.dialect import SqliteDialect
from beffroi.store.wording import REST


def facets_of(body: JsonObject, paths: frozenset[str]) -> Iterable[Facet]:
    speed, type_name = body["speed"], body["type"]
    assert isinstance(speed, int)
    yield Facet("speed", "number", speed)
    yield Facet("type", "text", str(type_name))


def extents_of(body: JsonObject) -> Iterable[Extent]:
    speed = body["speed"]
    assert isinstance(speed, int)
    yield Extent("location", Box(speed, 0, speed, 0))


INDEXER = Indexer(facets_of, extents_of, frozenset({"type", "speed"}))
TYPE = Where("type", "==", "text", "T1")
RARE = Where("speed", ">", "number", 3990)
FREQUENT = Where("speed", ">", "number", 100)
QUESTIONS: dict[str, Filter] = {
    "nothing": All(),
    "type": TYPE,
    "rare": RARE,
    "frequent": FREQUENT,
    "type and rare": All((TYPE, RARE)),
    "type and frequent": All((TYPE, FREQUENT)),
    "prefix": Prefix("type", "T"),
    "small box": All((TYPE, Touches("location", Box(3, 0, 9, 0)))),
    "large box": All((TYPE, Touches("location", Box(-180, -90, 180, 90)))),
    "named": All((TYPE, Named(("1", "2", "3")))),
    "one or other": Either((RARE, Where("type", "==", "text", "T0"), Named(("1", "2")))),
    "nested": All(
        (Either((All((TYPE, FREQUENT)), RARE)), Either((Touches("location", Box(1, 0, 2, 0)), FREQUENT)))
    ),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plans") / "store.db"

    async def fill() -> None:
        store = await SqliteStore.open(path, {"thing": INDEXER})
        for first in range(0, 4000, 1000):
            changes = tuple(
                Change(Key("city", "thing", f"{n}"), encode({"type": f"T{n % 2}", "speed": n}))
                for n in range(first, first + 1000)
            )
            await store.transact([], always(Commit(changes)))
        await store.close()

    asyncio.run(fill())
    return path


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("count", [False, True])
def test_an_indexed_condition_scans_no_table(path: Path, name: str, count: bool) -> None:
    connection = open_reader(path)
    asking = search(
        Find("city", "thing", QUESTIONS[name], limit=5, count=count), INDEXER, SqliteDialect(), Ways()
    )
    plans: list[str] = []
    found = None
    try:
        asked = next(asking)
        while True:
            if asked is REST:
                asked = asking.send(())
                continue
            plans += [
                str(row[3])
                for row in connection.execute(f"EXPLAIN QUERY PLAN {asked.text}", asked.parameters)
            ]
            asked = asking.send(connection.execute(*asked))
    except StopIteration as ended:
        found = ended.value.found
    finally:
        connection.close()
    tables = ("record", "facet", "place", "collection", "indexed_path", "p")
    scans = [step for step in plans if step.startswith("SCAN") and step.split()[1] in tables]
    assert scans == []
    assert not [step for step in plans if step.startswith("SCAN") and step.endswith("VIRTUAL TABLE INDEX 2:")]
    assert not [step for step in plans if "AUTOMATIC" in step]
    assert len(found.records) == 5 or name in ("named", "small box")


def test_twenty_of_many_cost_few_steps(path: Path) -> None:
    """The first five of a frequent value are had without sorting the rest."""
    connection = open_reader(path)
    asking = search(Find("city", "thing", All((TYPE, FREQUENT)), limit=5), INDEXER, SqliteDialect(), Ways())
    largest = 0
    try:
        asked = next(asking)
        while True:
            rows = connection.execute(*asked) if asked is not REST else []
            largest = max(largest, len(rows))
            asked = asking.send(rows)
    except StopIteration:
        connection.close()
    assert largest <= 6
