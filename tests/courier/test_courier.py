"""The courier: lanes side by side, events of one in order, and its start and end."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest
from tests.conftest import Run
from tests.courier.lanes import World, count, counting, text_of

from beffroi.courier.outcome import Done, Outcome
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.record import Commit, Event, Key
from beffroi.store.port import Indexer, Pending, Store

START = Instant("2026-11-22T13:49:00.000000Z")
COUNT = Key("lille", "count", "sent")


def test_events_of_one_lane_are_handled_in_the_order_of_their_commits(store: Store, run: Run) -> None:
    seen = list[object]()

    async def handler(events: Sequence[Pending]) -> Outcome:
        await asyncio.sleep(0)
        seen.extend(map(text_of, events))
        return Done()

    async def scenario() -> None:
        world = World(store, handler)
        for number in range(20):
            await world.put(("a", number), ("b", -number))
        await world.courier.drain()
        assert [n for n in seen if n in range(1, 20)] == list(range(1, 20))
        assert [n for n in seen if n in range(-19, 0)] == list(range(-1, -20, -1))
        assert await store.next_due() is None

    run(scenario())


def test_an_endpoint_that_hangs_delays_no_other_lane(store: Store, run: Run) -> None:
    hanging, seen = asyncio.Event(), list[str]()

    async def handler(events: Sequence[Pending]) -> Outcome:
        if events[0].lane == "to:dead":
            await hanging.wait()
        seen.append(events[0].lane)
        return Done()

    async def scenario() -> None:
        world = World(store, handler)
        await world.put(("dead", 0), *((f"lane{n}", n) for n in range(50)))
        async with asyncio.TaskGroup() as group:
            group.create_task(world.courier.run())
            while len(seen) < 50:
                await asyncio.sleep(0.001)
            assert "to:dead" not in seen
            await world.put(("late", 1))
            while "to:late" not in seen:
                await asyncio.sleep(0.001)
            hanging.set()
            world.courier.stop()
        assert seen[-1] == "to:dead"

    run(scenario())


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_another_process_commits_is_not_left_until_the_rest_is_over(
    engine: str,
    open_engine: Callable[[Mapping[str, Indexer]], Store],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As `beffroi market` does beside a node: one database, opened twice."""
    monkeypatch.setattr("beffroi.courier.courier.LONGEST_REST_S", 3600.0)
    monkeypatch.setattr("beffroi.courier.courier.LOOK_S", 0.01)
    handled = asyncio.Event()

    async def handler(_: Sequence[Pending]) -> Outcome:
        handled.set()
        return Done()

    ours, theirs = World(open_engine({}), handler), World(open_engine({}), handler)

    async def scenario() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(ours.courier.run())
            await asyncio.sleep(0.05)  # it rests
            await theirs.put(("there", 1))
            await handled.wait()
            ours.courier.stop()

    run(scenario())


def test_no_more_lanes_run_side_by_side_than_allowed(store: Store, run: Run) -> None:
    now, most, full = 0, 0, asyncio.Event()

    async def handler(_: Sequence[Pending]) -> Outcome:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == 3:
            full.set()
        await full.wait()
        await asyncio.sleep(0.001)
        now -= 1
        return Done()

    async def scenario() -> None:
        world = World(store, handler)
        await world.put(*((f"lane{n}", n) for n in range(30)))
        await world.restarted(most_lanes=3).drain()
        assert await store.next_due() is None

    run(scenario())
    assert most == 3


def test_what_a_handler_notes_and_that_its_event_is_done_are_one_commit(store: Store, run: Run) -> None:
    async def handler(events: Sequence[Pending]) -> Outcome:
        assert len(events) == 1
        return Done((COUNT,), counting)

    async def scenario() -> None:
        world = World(store, handler)
        await world.put(*((f"lane{n % 5}", n) for n in range(25)))
        await world.courier.drain()
        assert await count(store) == 25

    run(scenario())


def test_a_handler_may_take_many_events_of_a_lane_at_once(store: Store, run: Run) -> None:
    batches = list[list[object]]()

    async def handler(events: Sequence[Pending]) -> Outcome:
        batches.append([text_of(event) for event in events])
        return Done()

    async def scenario() -> None:
        world = World(store, handler, batch=100)
        await world.put(*(("a", n) for n in range(250)))
        await world.courier.drain()
        assert [len(batch) for batch in batches] == [100, 100, 50]
        assert [text for batch in batches for text in batch] == list(range(250))

    run(scenario())


def test_a_running_courier_wakes_for_a_commit_and_for_a_moment(store: Store, run: Run) -> None:
    seen = list[object]()

    async def handler(events: Sequence[Pending]) -> Outcome:
        seen.append(text_of(events[0]))
        return Done()

    async def scenario() -> None:
        world = World(store, handler)
        async with asyncio.TaskGroup() as group:
            group.create_task(world.courier.run())
            await asyncio.sleep(0.01)
            await world.put(("a", "now"))
            await world.put(("b", "later"), due=plus_seconds(START, 2))
            while seen != ["now"]:
                await asyncio.sleep(0.001)
            world.clock.forward(3)
            await world.put(("c", "wake"))
            while len(seen) < 3:
                await asyncio.sleep(0.001)
            world.courier.stop()
        assert sorted(map(str, seen)) == ["later", "now", "wake"]

    run(scenario())


def test_stopping_lets_what_is_under_way_finish(store: Store, run: Run) -> None:
    async def scenario() -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def handler(_: Sequence[Pending]) -> Outcome:
            begun.set()
            await go_on.wait()
            return Done()

        world = World(store, handler)
        await world.put(("a", 1), ("a", 2))
        async with asyncio.TaskGroup() as group:
            group.create_task(world.courier.run())
            await begun.wait()
            world.courier.stop()
            go_on.set()
        assert await world.left("a") == [2]

    run(scenario())


def test_lanes_that_nobody_handles_stay_and_do_not_stand_in_the_way(store: Store, run: Run) -> None:
    seen = list[object]()

    async def handler(events: Sequence[Pending]) -> Outcome:
        seen.append(text_of(events[0]))
        return Done()

    async def scenario() -> None:
        world = World(store, handler)
        strange = tuple(Event(f"unknown:{n}", b"{}") for n in range(40))
        await store.transact([], lambda _: Commit(events=strange))
        await world.put(("a", 1), ("b", 2))
        for _ in range(4):
            await world.courier.drain()
        assert sorted(map(str, seen)) == ["1", "2"]
        assert len(await store.pending("unknown:7", 10)) == 1

    run(scenario())
