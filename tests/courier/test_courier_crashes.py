"""The courier: what crashes, in a handler or in what it notes, concerns its lane only."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from tests.conftest import Run
from tests.courier.lanes import World, count, counting, text_of

from beffroi.courier.letters import dead_letters, replay
from beffroi.courier.outcome import Crashed, Done, Outcome
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import encode
from beffroi.kernel.record import Commit, Event, Key, Record
from beffroi.store.port import Pending, Store

START = Instant("2026-11-22T13:49:00.000000Z")
COUNT = Key("lille", "count", "sent")


def test_an_error_of_ours_stops_one_event_and_nothing_else(store: Store, run: Run) -> None:
    seen = list[object]()

    async def handler(events: Sequence[Pending]) -> Outcome:
        if any(text_of(event) == "poison" for event in events):
            raise ZeroDivisionError
        seen.extend(map(text_of, events))
        return Done()

    async def scenario() -> None:
        world = World(store, handler, batch=10)
        await world.put(("a", 1), ("a", 2), ("a", "poison"), ("a", 3), ("b", 4))
        await world.courier.drain()
        assert seen == [1, 4, 2] or seen == [4, 1, 2] or seen == [1, 2, 4]
        for _ in range(6):
            world.clock.forward(60)
            await world.courier.drain()
        assert 3 in seen
        assert [letter.body["reason"] for letter in await dead_letters(store, "lille", 9)] == [
            "ZeroDivisionError: "
        ]
        assert any(isinstance(fact, Crashed) for fact in world.told)

    run(scenario())


def test_after_a_crash_exactly_what_was_not_settled_is_handled_again(store: Store, run: Run) -> None:
    seen = list[object]()

    async def scenario() -> None:
        stuck = asyncio.Event()

        async def handler(events: Sequence[Pending]) -> Outcome:
            seen.append(text_of(events[0]))
            if text_of(events[0]) == 3 and not stuck.is_set():
                stuck.set()
                await asyncio.sleep(3600)
            return Done((COUNT,), counting)

        world = World(store, handler)
        await world.put(*(("a", n) for n in range(6)))
        task = asyncio.get_running_loop().create_task(world.courier.run())
        await stuck.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await world.left("a") == [3, 4, 5]
        await world.restarted().drain()
        assert seen == [0, 1, 2, 3, 3, 4, 5]
        assert await count(store) == 6

    run(scenario())


def test_an_event_that_cannot_be_read_ends_its_lane_only_and_is_kept_as_a_text(
    store: Store, run: Run
) -> None:
    seen = list[object]()

    async def handler(events: Sequence[Pending]) -> Outcome:
        seen.extend(map(text_of, events))
        return Done()

    async def scenario() -> None:
        world = World(store, handler)
        broken = (Event("to:a", b"no JSON"), Event("to:a", encode({"text": "behind"})))
        await store.transact([], lambda _: Commit(events=broken))
        await world.put(("b", "other"))
        for _ in range(6):
            await world.courier.drain()
            world.clock.forward(60)
        assert seen == ["other", "behind"]
        (kept,) = await dead_letters(store, "", 9)
        assert kept.body["event"] == "no JSON"
        await replay(store, "", kept.key.id, world.clock.now)
        assert [event.body for event in await store.pending("to:a", 9)] == [b"no JSON"]

    run(scenario())


def test_what_cannot_be_noted_concerns_its_lane_only(store: Store, run: Run) -> None:
    seen = list[object]()

    def crash(_: Mapping[Key, Record]) -> Commit:
        raise ZeroDivisionError

    async def handler(events: Sequence[Pending]) -> Outcome:
        if text_of(events[0]) == "bad":
            return Done((COUNT,), crash)
        seen.extend(map(text_of, events))
        return Done()

    async def scenario() -> None:
        world = World(store, handler)
        await world.put(("a", "bad"), ("a", "behind"), ("b", "other"))
        for _ in range(6):
            await world.courier.drain()
            world.clock.forward(60)
        assert seen == ["other", "behind"]
        assert sum(isinstance(fact, Crashed) for fact in world.told) == 5

    run(scenario())


def test_a_letter_that_cannot_be_stored_waits_in_its_lane(store: Store, run: Run) -> None:
    async def handler(events: Sequence[Pending]) -> Outcome:
        if events[0].lane == "to:a":
            raise ZeroDivisionError
        return Done()

    async def scenario() -> None:
        world = World(store, handler)
        body = encode({"tenant": "x" * 2000, "at": "yesterday"})
        await store.transact([], lambda _: Commit(events=(Event("to:a", body),)))
        await world.put(("b", "other"))
        for _ in range(8):
            await world.courier.drain()
            world.clock.forward(60)
        assert await world.left("b") == []
        (waiting,) = await store.pending("to:a", 9)
        assert waiting.attempts == 8

    run(scenario())
