"""A batch waits for most of those who ask again and again, and no longer than it takes to see that they are gone."""

import asyncio
from collections.abc import Collection, Mapping

import pytest
from tests.commits import always

from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.store import batches
from beffroi.store.batches import Batches
from beffroi.store.picture import Draft

CALLERS = 64
TURNS_OF_A_SYNC = 20
TURNS_OF_A_CALLER = 10
"""Of the event loop, between an answer and the next question: longer than a few turns without anybody."""
ROUNDS = 12
NEVER = 3_600.0
"""Seconds: what waits so long for somebody else hangs, and the test with it."""


class _Engine:
    """Stores nothing, and notes how many came together."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    async def begin(self, keys: Collection[Key]) -> Mapping[Key, Record]:
        return {}

    async def commit(self, draft: Draft) -> None:
        self.sizes.append(len(draft.created))
        await _turns(TURNS_OF_A_SYNC)

    async def give_up(self) -> None:
        pass

    async def chore(self) -> bool:
        return False


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _asks(store: Batches, name: str, rounds: int, after: int = 0) -> None:
    key = Key("", "thing", name)
    await _turns(after)
    for _ in range(rounds):
        await store.transact([key], always(Commit((Change(key, b"{}"),))))
        await _turns(TURNS_OF_A_CALLER)


async def _all_ask(store: Batches) -> None:
    """Half of them begin while what the other half asked is being stored."""
    await asyncio.gather(
        *(_asks(store, str(n), ROUNDS, TURNS_OF_A_SYNC // 2 * (n % 2)) for n in range(CALLERS))
    )


def test_those_who_ask_again_and_again_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST_GATHERING", 1.0)

    async def run() -> list[int]:
        engine = _Engine()
        store = Batches(engine)
        store.start()
        await _all_ask(store)
        await store.close()
        return engine.sizes

    sizes = asyncio.run(run())
    assert sum(sizes) == CALLERS * ROUNDS
    assert sizes[0] == CALLERS // 2
    assert min(sizes[1:-2]) >= CALLERS * 3 // 4, sizes


def test_nobody_waits_for_those_who_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST_GATHERING", 0.001)

    async def run() -> None:
        store = Batches(_Engine())
        store.start()
        await _all_ask(store)
        await _asks(store, "alone", CALLERS.bit_length())
        monkeypatch.setattr(batches, "LONGEST_GATHERING", NEVER)
        await _asks(store, "alone", ROUNDS)
        await store.close()

    asyncio.run(asyncio.wait_for(run(), 60))


def test_one_alone_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST_GATHERING", NEVER)

    async def run() -> None:
        store = Batches(_Engine())
        store.start()
        await _asks(store, "alone", ROUNDS)
        await store.close()

    asyncio.run(asyncio.wait_for(run(), 60))
