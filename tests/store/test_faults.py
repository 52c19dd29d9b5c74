"""What must hold when a process dies, a disk is full, or any call to the database fails."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.commits import always
from tests.conftest import Run
from typing_extensions import override

from beffroi.kernel.problem import Problem, StorageFull, Unavailable
from beffroi.kernel.record import Change, Commit, Event, Key
from beffroi.store.opening import open_store
from beffroi.store.port import Find, Past, Store
from beffroi.store.postgres.connecting import Session
from beffroi.store.postgres.engine import PostgresStore
from beffroi.store.sqlite.connecting import Connection, open_writer
from beffroi.store.sqlite.engine import SqliteStore
from beffroi.store.wording import Row, Sql

WRITER = textwrap.dedent("""
    import asyncio, os, sys
    from beffroi.kernel.record import Change, Commit, Event, Key
    from beffroi.store.opening import open_store

    async def main(url, first):
        store = await open_store(url, {})
        numbers = iter(range(first, 10**9))

        async def write():
            for n in numbers:
                keys = [Key("city", "thing", f"{n} {part}") for part in range(3)]
                changes = tuple(Change(key, b"%d" % n, b"%d" % n) for key in keys)
                await store.transact(keys, lambda _: Commit(changes, (Event("lane", b"%d" % n),)))
                os.write(1, b"%d\\n" % n)

        await asyncio.gather(*(write() for _ in range(48)))

    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
""")


def commit_of(n: int, size: int = 3, filling: bytes = b"") -> Commit:
    keys = [Key("city", "thing", f"{n} {part}") for part in range(size)]
    return Commit(
        tuple(Change(key, b"%d%b" % (n, filling), b"%d" % n) for key in keys), (Event("lane", b"%d" % n),)
    )


async def stored(store: Store, size: int = 3) -> set[int]:
    """The numbers of the commits that are there; each of them must be whole."""
    parts: dict[int, int] = {}
    async for record in store.stream(Find("city", "thing")):
        n = int(record.key.id.split()[0])
        parts[n] = parts.get(n, 0) + 1
    assert {n: count for n, count in parts.items() if count != size} == {}
    traces: dict[int, int] = {}
    after = 0
    while piece := await store.traces(after=after, limit=10_000):
        for trace in piece:
            traces[int(trace.body)] = traces.get(int(trace.body), 0) + 1
        after = piece[-1].number
    assert traces == parts
    assert {int(event.body) for event in await store.pending("lane", 10**6)} == parts.keys()
    return set(parts)


@pytest.mark.slow
def test_kill_9_loses_no_acknowledged_write_and_leaves_no_half_batch(tmp_path: Path, run: Run) -> None:
    url = f"sqlite:{tmp_path / 'store.db'}"
    chance = random.Random(2026)
    acknowledged: set[int] = set()
    kills = 0
    first = 0
    while len(acknowledged) < 20_000 or kills < 8:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, url, f"{first}"], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        seen = [writer.stdout.readline()]  # it has begun
        deadline = time.monotonic() + chance.uniform(0.0, 0.6)
        while time.monotonic() < deadline and seen[-1]:
            seen.append(writer.stdout.readline())
        writer.kill()
        seen += writer.stdout.read().split(b"\n")
        writer.wait()
        writer.stdout.close()
        acknowledged |= {int(line) for line in seen if line.strip()}
        kills += 1
        first += 1_000_000

    async def check() -> None:
        store = await open_store(url, {})
        assert acknowledged - await stored(store) == set()
        await store.close()

    run(check())


@pytest.mark.slow
def test_kill_9_of_postgres_loses_nothing_and_the_store_recovers_alone(
    postgres_server: Any, run: Run
) -> None:
    server_class = type(postgres_server)

    async def scenario(server: Any) -> None:
        store = await open_store(server.address("beffroi"), {})
        acknowledged: set[int] = set()
        refused: list[Problem] = []
        stop = asyncio.Event()
        numbers = iter(range(10**9))

        async def write() -> None:
            for n in numbers:
                if stop.is_set():
                    return
                try:
                    await store.transact([Key("city", "thing", f"{n} 0")], always(commit_of(n)))
                    acknowledged.add(n)
                except Problem as problem:
                    refused.append(problem)
                    await asyncio.sleep(0.02)

        async with asyncio.TaskGroup() as group:
            for _ in range(16):
                group.create_task(write())
            for _ in range(4):
                before = len(acknowledged)
                while len(acknowledged) < before + 100:
                    await asyncio.sleep(0.01)
                await asyncio.to_thread(server.stop, signal.SIGKILL)
                with pytest.raises(Problem) as silent:
                    await store.find(Find("city", "thing"))
                assert silent.value.kind is Unavailable
                await asyncio.to_thread(server.start)
            before = len(acknowledged)
            while len(acknowledged) < before + 100:
                await asyncio.sleep(0.01)
            stop.set()
        assert {problem.kind for problem in refused} == {Unavailable}
        assert acknowledged - await stored(store) == set()
        await store.close()

    with server_class(Path(tempfile.mkdtemp(prefix="beffroi-postgres-"))) as server:
        run(scenario(server))


@pytest.fixture
def small_disk() -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many MB, half of it taken by the file `filler`."""
    disk = Path(tempfile.mkdtemp(prefix="beffroi-disk-"))

    def mount(megabytes: int) -> Path:
        if os.geteuid() != 0:
            pytest.skip("Only root can mount a small disk to fill.")
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(disk)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("This machine does not let us mount a small disk to fill.")
        (disk / "filler").write_bytes(b"x" * (megabytes << 19))
        return disk

    yield mount
    subprocess.run(["umount", str(disk)], check=False, capture_output=True)
    disk.rmdir()


async def still_reads(store: Store, acknowledged: set[int]) -> None:
    assert await stored(store) == acknowledged
    newest = Key("city", "thing", f"{max(acknowledged)} 2")
    assert (await store.read([newest]))[newest].document.startswith(b"%d " % max(acknowledged))
    assert len(await store.history(newest, Past(9))) == 1


async def reads_or_says_full(store: Store, acknowledged: set[int]) -> None:
    """PostgreSQL may have to write a changed page back to make room for one that is read."""
    try:
        await still_reads(store, acknowledged)
    except Problem as problem:
        if problem.kind != StorageFull:
            raise


Reads = Callable[[Store, set[int]], Coroutine[Any, Any, None]]


async def fill_and_free(store: Store, filler: Path, reads: Reads) -> None:
    chance = random.Random(1)
    acknowledged: set[int] = set()
    refused: list[Problem] = []
    for n in range(20_000):
        try:
            filling = chance.randbytes(8_000).hex().encode()
            await store.transact([Key("city", "thing", f"{n} 0")], always(commit_of(n, 3, b" " + filling)))
            acknowledged.add(n)
        except Problem as problem:
            refused.append(problem)
            if len(refused) > 20:
                break
    assert [problem.kind for problem in refused] == [StorageFull] * 21
    assert len(acknowledged) > 5
    await reads(store, acknowledged)
    filler.unlink()
    for n in range(100_000, 100_010):
        await store.transact([], always(commit_of(n)))
        acknowledged.add(n)
    assert await stored(store) == acknowledged


def test_a_full_disk_refuses_writes_loses_nothing_and_goes_on_when_freed(
    small_disk: Callable[[int], Path], run: Run
) -> None:
    disk = small_disk(16)
    url = f"sqlite:{disk / 'store.db'}"

    async def scenario() -> None:
        store = await open_store(url, {})
        await fill_and_free(store, disk / "filler", still_reads)
        await store.close()
        again = await open_store(url, {})
        assert len(await stored(again)) > 15
        await again.close()

    run(scenario())


def test_a_full_disk_under_postgres(
    small_disk: Callable[[int], Path], postgres_server: Any, run: Run
) -> None:
    disk = small_disk(96)
    place = disk / "tables"
    place.mkdir()
    if os.geteuid() == 0:
        subprocess.run(["chown", "postgres:postgres", str(place)], check=True)
        disk.chmod(0o755)
    postgres_server.command(f"CREATE TABLESPACE small LOCATION '{place}'")
    postgres_server.command("CREATE DATABASE small TEMPLATE beffroi TABLESPACE small")

    async def scenario() -> None:
        store = await open_store(postgres_server.address("small"), {})
        try:
            await fill_and_free(store, disk / "filler", reads_or_says_full)
        finally:
            await store.close()

    try:
        run(scenario())
    finally:
        postgres_server.command("DROP DATABASE small WITH (FORCE)")
        postgres_server.command("DROP TABLESPACE small")


class FailingConnection:
    """Stands before a connection and refuses every n-th call."""

    def __init__(self, inner: Connection, every: int) -> None:
        self._inner = inner
        self._every = every
        self._calls = 0

    def _count(self) -> None:
        self._calls += 1
        if self._calls % self._every == 0:
            raise Problem(Unavailable, "The test refuses this call.")

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        self._count()
        return self._inner.execute(sql, parameters)

    def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        self._count()
        self._inner.execute_many(sql, rows)

    def checkpoint(self) -> None:
        self._count()
        self._inner.checkpoint()

    @property
    def logged(self) -> int:
        return self._inner.logged

    @property
    def in_transaction(self) -> bool:
        return self._inner.in_transaction

    def wait(self, seconds: float) -> None:
        self._inner.wait(seconds)

    def close(self) -> None:
        self._inner.close()


async def write_beside_failures(store: Store) -> None:
    acknowledged: set[int] = set()
    refused: list[Problem] = []

    async def write(n: int) -> None:
        try:
            await store.transact([Key("city", "thing", f"{n} 0")], lambda _: commit_of(n))
            acknowledged.add(n)
        except Problem as problem:
            refused.append(problem)

    for first in range(0, 60, 3):
        await asyncio.gather(*(write(n) for n in range(first, first + 3)))
    assert {problem.kind for problem in refused} == {Unavailable}
    assert await stored(store) == acknowledged
    await store.close()


@pytest.mark.parametrize("every", [2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 17, 23])
def test_whichever_call_to_sqlite_fails_no_half_batch_stays(tmp_path: Path, run: Run, every: int) -> None:
    async def scenario() -> None:
        path = tmp_path / "store.db"
        await (await SqliteStore.open(path, {})).close()
        store = await SqliteStore.open(path, {}, lambda path: FailingConnection(open_writer(path), every))
        await write_beside_failures(store)

    run(scenario())


@pytest.mark.parametrize("every", [2, 3, 4, 5, 7, 11])
def test_whichever_call_to_postgres_fails_no_half_batch_stays(
    postgres_database: str, run: Run, every: int
) -> None:
    class FailingSession(Session):
        calls = 0

        @override
        async def run(self, *statements: Sql) -> list[list[Row]]:
            self.calls += 1
            if self.calls % every == 0:
                raise Problem(Unavailable, "The test refuses this call.")
            return await super().run(*statements)

    async def scenario() -> None:
        await write_beside_failures(await PostgresStore.open(postgres_database, {}, FailingSession))

    run(scenario())


def test_two_processes_on_one_database_lose_nothing(
    open_engine: Callable[[Mapping[str, Any]], Store], engine: str, run: Run
) -> None:
    if engine == "memory":
        pytest.skip("The memory engine lives in one process.")
    counter = Key("city", "counter", "one")

    def add(records: Mapping[Key, Any]) -> Commit:
        value = records[counter].body["value"] + 1 if counter in records else 1
        return Commit(
            (Change(counter, b'{"value":%d}' % value, b"%d" % value),), (Event("lane", b"%d" % value),)
        )

    async def scenario(one: Store, other: Store) -> None:
        followed: list[int] = []

        async def follow() -> None:
            after = 0
            while len(followed) < 300:
                for trace in await one.traces(after=after, limit=7):
                    followed.append(int(trace.body))
                    after = trace.number

        async def increments(store: Store) -> None:
            for _ in range(15):
                await asyncio.gather(*(store.transact([counter], add) for _ in range(10)))

        await asyncio.gather(increments(one), increments(other), follow())
        assert (await other.read([counter]))[counter].body == {"value": 300}
        assert followed == [*range(1, 301)]
        assert [int(event.body) for event in await one.pending("lane", 1000)] == followed

    run(scenario(open_engine({}), open_engine({})))


def test_a_database_from_the_future_or_of_others_is_refused(tmp_path: Path, run: Run) -> None:
    future, foreign, rubbish = (tmp_path / name for name in ("future.db", "foreign.db", "rubbish.db"))
    run(run(open_store(f"sqlite:{future}", {})).close())
    connection = open_writer(future)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    connection = open_writer(foreign)
    connection.execute("PRAGMA application_id = 7")
    connection.close()
    rubbish.write_bytes(b"no database at all " * 1000)
    for path in (future, foreign, rubbish, tmp_path / "no" / "such" / "directory.db"):
        with pytest.raises(Problem) as refused:
            run(open_store(f"sqlite:{path}", {}))
        assert refused.value.kind is Unavailable
        assert str(path) in refused.value.detail


def test_an_address_without_a_scheme_is_refused_and_makes_nothing(tmp_path: Path, run: Run) -> None:
    with pytest.raises(Problem, match=r"store\.db' is none of memory:, sqlite:PATH and postgresql://"):
        run(open_store(str(tmp_path / "store.db"), {}))
    assert list(tmp_path.iterdir()) == []


def test_postgres_that_is_not_there_is_a_clear_problem(run: Run) -> None:
    with pytest.raises(Problem) as refused:
        run(open_store("postgresql://nobody@127.0.0.1:1/none", {}))
    assert refused.value.kind is Unavailable


def test_postgres_without_promises_is_refused(postgres_database: str, postgres_server: Any, run: Run) -> None:
    name = postgres_database.split("@/")[1].split("?", maxsplit=1)[0]
    postgres_server.command(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(Problem) as refused:
        run(open_store(postgres_database, {}))
    assert "synchronous_commit" in refused.value.detail
