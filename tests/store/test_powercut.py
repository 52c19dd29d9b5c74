"""What a cut of the power leaves of a SQLite file: all that was acknowledged, and nothing by halves."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from tests.commits import always
from tests.conftest import Run
from tests.store.powercut import Image, disk
from tests.store.test_faults import commit_of, stored

from beffroi.store.opening import open_store
from beffroi.store.sqlite.connecting import Connection, open_writer
from beffroi.store.sqlite.engine import SqliteStore

COMMITS = 240
AT_ONCE = 8
CHECKPOINTS = 12
SHARE = 1 / 60
"""Of all writes and syncs: so often the power is cut."""


def written_on(directory: Path, run: Run, connect: Callable[[Path], Connection]) -> list[Image]:
    """Write through cuts of the power; the images, each with the commits acknowledged by then."""
    path, chance, acknowledged = directory / "store.db", random.Random(1896), set[int]()

    async def write() -> None:
        store = await SqliteStore.open(path, {}, connect)
        copying = open_writer(path)
        numbers = iter(range(COMMITS))

        async def some() -> None:
            for n in numbers:
                commit = commit_of(n, filling=chance.randbytes(chance.randrange(3_000)))
                await store.transact([], always(commit))
                acknowledged.add(n)
                if n % (COMMITS // CHECKPOINTS) == 0:
                    copying.checkpoint()

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        copying.close()
        await store.close()

    with disk(chance, SHARE, lambda: frozenset(acknowledged)) as noted:
        run(write())
    return noted.images


def lost_of(image: Image, directory: Path, run: Run) -> set[int]:
    """What was acknowledged and is not found in the image; whatever is found must be whole."""
    directory.mkdir()
    image.write(directory)

    async def look() -> set[int]:
        store = await open_store(f"sqlite:{directory / 'store.db'}", {})
        try:
            return set(image.known) - await stored(store)
        finally:
            await store.close()

    return run(look())


def test_a_cut_of_the_power_loses_nothing_that_was_acknowledged(tmp_path: Path, run: Run) -> None:
    images = written_on(tmp_path, run, open_writer)
    assert len(images) > 20
    assert any(image.known for image in images)
    for n, image in enumerate(images):
        assert lost_of(image, tmp_path / f"{n}", run) == set(), n


def test_the_cut_finds_who_does_not_sync(tmp_path: Path, run: Run) -> None:
    """The same cuts lose commits of a writer that acknowledges before they are on the disk."""

    def careless(path: Path) -> Connection:
        connection = open_writer(path)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    images = written_on(tmp_path, run, careless)
    assert any(lost_of(image, tmp_path / f"{n}", run) for n, image in enumerate(images))
