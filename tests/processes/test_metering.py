"""Usage is what the journal has, exactly once, whenever the process ends."""

import asyncio
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Run

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, decode_object
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.market.rules.access.journal_line import Counted, line_of
from beffroi.market.rules.access.meter import meter_key, spent_of
from beffroi.market.rules.access.usage_chain import verify
from beffroi.processes.metering import fold
from beffroi.store.journal import Journal, Place
from beffroi.store.opening import open_store
from beffroi.store.port import Find, Store

KILLS = 8

WORKER = """
import asyncio, random, sys
from pathlib import Path
from tests.processes.test_metering import a_line
from beffroi.processes import metering
from beffroi.store.journal import Journal
from beffroi.store.opening import open_store

metering.PIECE_BYTES = 2_000

async def work(folder):
    store = await open_store(f"sqlite:{folder / 'city.db'}", {})
    journal = Journal(folder / "journal", segment_bytes=20_000)
    print("ready", flush=True)
    while True:
        for _ in range(random.randrange(40)):
            journal.append(a_line(random.randrange(3)))
        await metering.fold(store, journal)

asyncio.run(work(Path(sys.argv[1])))
"""


def a_line(product: int, at: str = "2026-11-22T13:49:00.000000Z") -> bytes:
    counted = Counted(1, 20, 1_500)
    return line_of(f"urn:product:{product}", Instant(at), "GET", "/ngsi-ld/v1/entities", 200, counted)


def lines_in(journal: Journal) -> list[bytes]:
    found, place = list[bytes](), Place()
    while (piece := journal.read(place)).lines:
        found += piece.lines
        place = piece.place
    return found


async def rows_in(store: Store) -> list[Any]:
    return [record.body for record in (await store.find(Find("", "tmf:usage", limit=None))).records]


def in_number(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row["meter"]["number"])


def test_a_killed_process_loses_nothing_and_counts_nothing_twice(tmp_path: Path, run: Run) -> None:
    for _ in range(KILLS):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
        time.sleep(random.uniform(0.01, 0.3))
        worker.kill()
        worker.wait()
        worker.stdout.close()

    async def judged() -> None:
        store = await open_store(f"sqlite:{tmp_path / 'city.db'}", {})
        journal = Journal(tmp_path / "journal")
        try:
            await fold(store, journal)
            rows, lines = await rows_in(store), lines_in(journal)
            assert len(lines) > 100
            assert len(rows) > 10
            for product in {decode_object(line)["p"] for line in lines}:
                own = in_number([row for row in rows if row["meter"]["product"] == product])
                assert verify(own) is None
                asked = sum(decode_object(line)["p"] == product for line in lines)
                assert own[-1]["meter"]["total"] == {
                    "requests": asked,
                    "entities": 20 * asked,
                    "bytes": 1_500 * asked,
                    "notifications": 0,
                }
        finally:
            journal.close()
            await store.close()

    run(judged())


def test_a_line_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(b"one")
    journal.close()
    (segment,) = tmp_path.iterdir()
    segment.write_bytes(b"one\ntw")
    journal = Journal(tmp_path)
    assert journal.read(Place()).lines == [b"one"]
    journal.append(b"three")
    journal.close()
    assert lines_in(journal) == [b"one", b"three"]


def test_segments_follow_each_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=100)
    written = [f"line {number:03}".encode() for number in range(100)]
    for line in written:
        journal.append(line)
    journal.close()
    assert len(list(tmp_path.iterdir())) > 5
    assert lines_in(journal) == written


def test_midnight_divides_rows_and_counters(tmp_path: Path, store: Store, run: Run) -> None:
    journal = Journal(tmp_path)
    for at in ("2026-11-30T23:59:59.000000Z", "2026-12-01T00:00:01.000000Z", "2026-12-01T08:00:00.000000Z"):
        journal.append(a_line(0, at))
    journal.close()

    async def work() -> None:
        assert await fold(store, journal) == 2
        assert await fold(store, journal) == 0
        rows = in_number(await rows_in(store))
        assert [row["meter"]["requests"] for row in rows] == [1, 2]
        assert verify(rows) is None
        key = meter_key("urn:product:0")
        spent = spent_of((await store.read([key]))[key])
        assert (spent.day, spent.by_day["requests"], spent.by_month["requests"]) == ("2026-12-01", 2, 2)

    run(work())


def test_a_clock_that_was_set_back_breaks_no_chain(tmp_path: Path, store: Store, run: Run) -> None:
    journal = Journal(tmp_path)

    async def work() -> None:
        for at in (
            "2026-11-22T13:00:00.000000Z",
            "2026-11-22T12:00:00.000000Z",
            "2026-11-21T12:00:00.000000Z",
        ):
            journal.append(a_line(0, at))
            assert await fold(store, journal) == 1
        assert verify(in_number(await rows_in(store))) is None

    run(work())
    journal.close()


def test_of_several_who_fold_the_same_piece_one_counts_it(tmp_path: Path, run: Run) -> None:
    journal = Journal(tmp_path / "journal")
    for _ in range(10):
        journal.append(a_line(0))
    journal.close()

    async def work() -> None:
        store = await open_store("memory:", {})
        written = await asyncio.gather(*(fold(store, journal) for _ in range(4)))
        assert sorted(written) == [0, 0, 0, 1]
        (row,) = await rows_in(store)
        assert row["meter"]["requests"] == 10

    run(work())


@pytest.mark.parametrize("line", [b'{"p":"a","t":"2026-11-22T13:49:00.000000Z","s":429}'])
def test_a_refusal_is_noted_and_not_counted(tmp_path: Path, run: Run, line: bytes) -> None:
    journal = Journal(tmp_path)
    journal.append(line)
    journal.close()

    async def work() -> None:
        store = await open_store("memory:", {})
        assert await fold(store, journal) == 0
        assert await rows_in(store) == []

    run(work())


def test_the_rows_of_a_product_name_its_parties_who_may_read_them(tmp_path: Path, run: Run) -> None:
    parties: Json = [{"id": "city", "role": "seller"}, {"id": "firm", "role": "buyer"}]

    async def work() -> None:
        store, journal = await open_store("memory:", {}), Journal(tmp_path / "journal")
        body = document_of({"id": "urn:product:1", "relatedParty": parties})
        await store.transact([], lambda _: Commit((Change(Key("", "tmf:product", "urn:product:1"), body),)))
        journal.append(a_line(1))
        journal.append(a_line(2))
        await fold(store, journal)
        named = {row["meter"]["product"]: row.get("relatedParty") for row in await rows_in(store)}
        assert named == {"urn:product:1": parties, "urn:product:2": None}
        await store.close()

    run(work())


def test_lines_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(b"one", b"two")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))
        with pytest.raises(Problem, match="cannot be written"):
            journal.append(b"three", b"x" * 40)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    journal.append(b"four", b"five")
    journal.close()
    assert lines_in(journal) == [b"one", b"two", b"four", b"five"]


def test_a_damaged_line_counts_nothing_and_keeps_no_other_from_being_counted(
    tmp_path: Path, store: Store, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    sound = a_line(0)
    damaged = [
        b"", b"{", b"[]", b"\xff", sound.replace(b'"r":1', b'"r":1.5'), sound.replace(b'"b":1500', b'"b":"many"'),
        sound.replace(b'"e":20', b'"e":-20'), sound.replace(b"urn:product:0", b"\xff"), sound.replace(b"-22T", b"-32T "),
        sound.replace(b'"p":"urn:product:0",', b""), b"\0" * 100,
    ]  # fmt: skip
    journal = Journal(tmp_path)
    journal.append(sound, *damaged, sound)
    journal.close()

    async def judged() -> None:
        assert await fold(store, Journal(tmp_path)) == 1
        (row,) = await rows_in(store)
        assert row["meter"]["total"] == {"requests": 2, "entities": 40, "bytes": 3_000, "notifications": 0}

    with caplog.at_level("ERROR"):
        run(judged())
    assert len([record for record in caplog.records if "damaged line" in record.message]) == 10
