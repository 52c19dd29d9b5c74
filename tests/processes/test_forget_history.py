"""History that is older than the city wants to keep goes, whatever its size, and what is newer stays."""

import asyncio

from tests.conftest import Run

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.record import Change, Commit, Key
from beffroi.processes.forget_history import DAY_S, PIECE, forget_older, keep_forgetting
from beffroi.store.port import Store

KEY = Key("", "thing", "one")
NOON = Instant("2026-11-22T12:00:00.000000Z")


def written(count: int, at: Instant) -> Commit:
    return Commit(tuple(Change(KEY, b"{}", b"{}") for _ in range(count)), at=at)


def test_more_than_one_piece_is_forgotten(run: Run, store: Store) -> None:
    async def scenario() -> None:
        await store.transact([KEY], lambda _: written(PIECE + 5, plus_seconds(NOON, -3 * DAY_S)))
        await store.transact([KEY], lambda _: written(7, NOON))
        assert await forget_older(store, plus_seconds(NOON, -DAY_S), asyncio.Event()) == PIECE + 5
        assert len(await store.traces(after=0, limit=99)) == 7

    run(scenario())


def test_a_node_forgets_by_itself_until_it_stops(run: Run, store: Store) -> None:
    async def scenario() -> None:
        moment, stop = NOON, asyncio.Event()
        await store.transact([KEY], lambda _: written(3, NOON))
        await store.transact([KEY], lambda _: written(1, plus_seconds(NOON, DAY_S)))
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            group.create_task(keep_forgetting(store, 2, lambda: moment, stop, pause_s=0.01))
            await asyncio.sleep(0.05)
            assert len(await store.traces(after=0, limit=99)) == 4
            moment = plus_seconds(NOON, 3 * DAY_S)
            while len(await store.traces(after=0, limit=99)) > 1:
                await asyncio.sleep(0.01)
            stop.set()

    run(scenario())
