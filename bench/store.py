"""How fast the store is: `python bench/store.py [records] [--engine URL] [--compare N]`; prints a table.

`--compare 1000000` asks the questions among so many as well and prints how much more they cost: it takes
5 KB of temporary disk and a fifth of a millisecond for each record, and is given up after twenty minutes.

Every write is synced. One process does all, the load included. The last column is the processor time of
one operation in the quietest tenth, which says more than the rate when the machine has other work.
"""

import argparse
import asyncio
import itertools
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.commits import always

from beffroi.kernel.geometry import Box
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Event, Key, Record
from beffroi.store.opening import open_store
from beffroi.store.port import All, Extent, Facet, Filter, Find, Indexer, Store, Touches, Where

NOW = Instant("2026-11-22T13:49:00.000000Z")
IN_FLIGHT = 64
TENTHS = 10
BYTES_OF_A_RECORD = 5_000
LONGEST_COMPARISON = 1200.0
"""Seconds."""
chance = random.Random(2026)


def facets_of(body: JsonObject, paths: frozenset[str]) -> Iterable[Facet]:
    if "type" in paths:
        yield Facet("type", "text", str(body["type"]))
    for path in paths - {"type"}:
        member = body.get(path)
        if isinstance(member, dict):
            value = member["value"]
            if isinstance(value, str):
                yield Facet(path, "text", value)
            elif isinstance(value, int | float):
                yield Facet(path, "number", value)


def extents_of(body: JsonObject) -> Iterable[Extent]:
    location = body["location"]
    assert isinstance(location, list)
    x, y = location
    assert isinstance(x, float)
    assert isinstance(y, float)
    yield Extent("location", Box(x, y, x, y))


ALWAYS = Indexer(facets_of, extents_of, frozenset({"type"}), "type")


def key_of(n: int, tenant: str = "city") -> Key:
    return Key(tenant, "entity", f"urn:ngsi-ld:AirQualityObserved:{n:08d}")


def body_of(n: int) -> JsonObject:
    """An entity of ten attributes and 1.5 KB: `rare` is 1 in a thousand, `speed` even from 0 to 100."""
    body: JsonObject = {"id": key_of(n).id, "type": f"Type{n % 10}", "location": [n % 1000 / 250, n / 1e6]}
    body["speed"] = {"type": "Property", "value": n * 7919 % 100_000 / 1000, "observedAt": NOW}
    body["rare"] = {"type": "Property", "value": "yes" if n % 1000 == 7 else "no"}
    for at in range(8):
        body[f"attribute{at}"] = {
            "type": "Property", "value": n * 31 % 1000 + at, "unitCode": "GQ", "observedAt": NOW,
            "provider": {"type": "Relationship", "object": f"urn:ngsi-ld:Provider:{n % 7}"},
        }  # fmt: skip
    return body


class Figure(NamedTuple):
    value: float
    processor: float | None = None


async def rate(work: Callable[[int], Awaitable[object]], count: int) -> Figure:
    """How many per second with 64 in flight, and the processor time of each in the quietest tenth."""
    overall = Clocks(count)
    tenths = [await _together(work, count // TENTHS) for _ in range(TENTHS)]
    return Figure(overall.read().value, min(tenths))


async def _together(work: Callable[[int], Awaitable[object]], count: int) -> float:
    """Microseconds of processor time for each."""
    numbers = iter(range(count))

    async def worker() -> None:
        for n in numbers:
            await work(n)

    clocks = Clocks(count)
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return clocks.read().processor or 0.0


class Clocks:
    """Started when made."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._begun = time.perf_counter()
        self._processor = time.process_time()

    def read(self) -> Figure:
        processor = (time.process_time() - self._processor) / self._count
        return Figure(self._count / (time.perf_counter() - self._begun), processor * 1e6)


async def milliseconds(work: Callable[[], Awaitable[object]]) -> Figure:
    """The median time of one at a time."""
    times: list[float] = []
    for _ in range(15):
        begun = time.perf_counter()
        await work()
        times.append((time.perf_counter() - begun) * 1000)
    return Figure(statistics.median(times))


async def fill(store: Store, count: int) -> Figure:
    """Batches of 1,000 records with history."""
    clocks = Clocks(count)
    for first in range(0, count, 1000):
        documents = [(key_of(n), encode(body_of(n))) for n in range(first, min(first + 1000, count))]
        changes = tuple(Change(key, document, document) for key, document in documents)
        await store.transact([key for key, _ in documents], always(Commit(changes, at=NOW)))
    return clocks.read()


async def batches(store: Store, first: int) -> Figure:
    """Records per second in batches of 1,000, without the time to make up the entities."""
    prepared = [
        tuple(
            Change(key_of(n, "town"), document := encode(body_of(n)), document) for n in range(at, at + 1000)
        )
        for at in range(first, first + 20_000, 1000)
    ]
    clocks = Clocks(20_000)
    for changes in prepared:
        await store.transact([change.key for change in changes], always(Commit(changes, at=NOW)))
    return clocks.read()


async def writes_and_reads(store: Store, stored: int) -> list[tuple[str, Figure]]:
    ids = itertools.count(10_000_000)

    async def create(_: int) -> None:
        n = next(ids)
        key, body = key_of(n, "town"), body_of(n)
        document, event = encode(body), (Event("entities", b"{}"),)
        await store.transact([key], lambda _: Commit((Change(key, document, document, body),), event, at=NOW))

    async def patch(_: int) -> None:
        key = key_of(chance.randrange(stored))

        def decide(records: Mapping[Key, Record]) -> Commit:
            speed: JsonObject = {"type": "Property", "value": chance.random() * 100, "observedAt": NOW}
            body: JsonObject = {**records[key].shared, "speed": speed}
            change = Change(key, encode(body), encode({"speed": speed}), body)
            return Commit((change,), (Event("entities", b"{}"),), at=NOW)

        await store.transact([key], decide)

    async def read(_: int) -> None:
        await store.read([key_of(chance.randrange(stored))])

    return [
        ("create, per second", await rate(create, 20_000)),
        ("patch, per second", await rate(patch, 20_000)),
        ("batch of 1,000, records per second", await batches(store, 20_000_000)),
        ("read by id, per second", await rate(read, 40_000)),
    ]


def questions(stored: int) -> dict[str, Filter]:
    of_type = Where("type", "==", "text", "Type3")
    return {
        "by type": of_type,
        "type, half have it": All((of_type, Where("speed", ">", "number", 50))),
        "type, one in 100": All((of_type, Where("speed", ">", "number", 99))),
        "type, one in 1,000": All((of_type, Where("speed", ">", "number", 99.9))),
        "type, one in 100 between": All(
            (of_type, Where("speed", ">", "number", 40), Where("speed", "<", "number", 41))
        ),
        "type, some 20": All((of_type, Where("speed", ">", "number", 100 - 20_000 / stored))),
        "type, rare text": All((of_type, Where("rare", "==", "text", "yes"))),
        "one in 100": Where("speed", ">", "number", 99),
        "one in 300": Where("speed", ">", "number", 99.667),
        "one text in 1,000": Where("rare", "==", "text", "yes"),
        "type, text of 1 in 100 of it": All(
            (Where("type", "==", "text", "Type7"), Where("rare", "==", "text", "yes"))
        ),
        "two conditions of 1 in 10 each": All(
            (Where("speed", ">", "number", 90), Where("attribute0", "<", "number", 100))
        ),
        "type and box of 1 in 250": All(
            (Where("type", "==", "text", "Type7"), Touches("location", Box(0.5, 0, 0.515, 20)))
        ),
        "box of 1 in 250": Touches("location", Box(0.5, 0, 0.515, 20)),
        "box of everything": All((of_type, Touches("location", Box(-90, -90, 90, 90)))),
    }


async def finds(store: Store, stored: int) -> list[tuple[str, Figure]]:
    """Milliseconds for 20 of each question."""
    table: list[tuple[str, Figure]] = []
    for name, where in questions(stored).items():

        async def ask(where: Filter = where) -> None:
            await store.find(Find("city", "entity", where, exact=True))

        await ask()
        table.append((f"find of 20, {name}, ms", await milliseconds(ask)))
    half = questions(stored)["type, half have it"]
    per_second = await rate(lambda _: store.find(Find("city", "entity", half, exact=True)), 2000)
    table.append(("find of 20, half have it, per second", per_second))
    return table


async def compared(few: int, many: int) -> None:
    """Print milliseconds for 20 of each question among few and among many."""
    columns: list[list[tuple[str, Figure]]] = []
    for count in (few, many):
        with tempfile.TemporaryDirectory() as directory:
            if shutil.disk_usage(directory).free < 2 * BYTES_OF_A_RECORD * count:
                raise SystemExit(f"{directory} has no room for {count:,} records.")
            store = await open_store(f"sqlite:{Path(directory) / 'bench.db'}", {"entity": ALWAYS})
            await fill(store, count)
            await until_built(store, "city", everywhere=True)
            columns.append(await finds(store, count))
            await store.close()
    print(f"{'sqlite':62} {few:>11,} {many:>11,}   ratio")
    for (name, (one, _)), (_, (other, _)) in zip(*columns, strict=True):
        print(f"  {name:60} {one:>11,.2f} {other:>11,.2f} {other / one:>7.1f}")


async def until_built(store: Store, *tenants: str, everywhere: bool) -> Figure:
    """Ask for further paths and wait until they are indexed; seconds."""

    def unneeded(_: Record) -> bool:
        raise LookupError

    begun = time.perf_counter()
    of_type = Where("type", "==", "text", "Type3")
    fast, rare = Where("speed", ">", "number", 99.99), Where("rare", "==", "text", "yes")
    wanted = (All((of_type, fast)), All((of_type, rare)), *((fast, rare) if everywhere else ()))
    asked = [(tenant, where) for tenant in tenants for where in wanted]
    for tenant, where in asked:
        await store.find(Find(tenant, "entity", where, limit=1))
    for tenant, where in asked:
        while True:
            try:
                await store.find(Find(tenant, "entity", where, unneeded, exact=True))
                break
            except LookupError:
                await asyncio.sleep(0.1)
    return Figure(time.perf_counter() - begun)


async def main(url: str, count: int) -> None:
    store = await open_store(url, {"entity": ALWAYS})
    table = [("filled, records per second", await fill(store, count))]
    table += await writes_and_reads(store, count)
    table.append(
        ("two further paths indexed, seconds", await until_built(store, "city", "town", everywhere=False))
    )
    table += await finds(store, count)
    table += [
        (f"{name}, two more paths indexed", value) for name, value in await writes_and_reads(store, count)
    ]
    await store.close()
    print(f"{url.split(':', maxsplit=1)[0]}, {count:,} records")
    for name, (value, processor) in table:
        cost = "" if processor is None else f"{processor:>10,.0f} µs"
        print(f"  {name:60} {value:>10,.{0 if value > 100 else 2}f}{cost}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", nargs="?", type=int, default=10_000)
    parser.add_argument("--engine", help="address of an empty database; a new SQLite file if none is given")
    parser.add_argument("--compare", type=int, help="ask the questions among so many records too")
    asked = parser.parse_args()
    if asked.compare:
        asyncio.run(asyncio.wait_for(compared(asked.records, asked.compare), LONGEST_COMPARISON))
        raise SystemExit
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(main(asked.engine or f"sqlite:{Path(directory) / 'bench.db'}", asked.records))
