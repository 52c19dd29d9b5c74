"""The courier: order, independence, retries, dead letters, restarts; time is a number that tests set."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import pytest

from beffroi.courier.courier import Courier
from beffroi.courier.letters import dead_letters, replay
from beffroi.courier.outcome import Again, Crashed, Done, Fact, GivenUp, Outcome, Post, Postponed
from beffroi.courier.patience import Patience
from beffroi.kernel.instant import NO_INSTANT, Instant, plus_seconds, seconds_between
from beffroi.kernel.json import decode_object, encode
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, Event, Key, Record
from beffroi.store.port import Pending, Store

Run = Callable[[Coroutine[Any, Any, Any]], Any]
START = Instant("2026-11-22T13:49:00.000000Z")
COUNT = Key("lille", "count", "sent")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Instant:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now = plus_seconds(self.now, seconds)


class World:
    """A store, a clock, a courier with one handler for lanes that start with `to:`, and what it told."""

    def __init__(
        self, store: Store, handler: Callable[[Sequence[Pending]], Awaitable[Outcome]], batch: int = 1
    ):
        self.store, self.clock, self.told = store, Clock(), list[Fact]()
        self.handler, self.batch = handler, batch
        self.courier = self.restarted()

    def restarted(self, most_lanes: int = 16) -> Courier:
        return Courier(
            self.store,
            [Post("to:", self.handler, self.batch)],
            self.clock,
            lambda: 1.0,
            patience=Patience(first_s=1, most_s=60, window_s=3600),
            most_lanes=most_lanes,
            tell=self.told.append,
        )

    async def put(self, *events: tuple[str, object], due: Instant = NO_INSTANT) -> None:
        rows = tuple(
            Event(f"to:{lane}", encode({"tenant": "lille", "at": self.clock.now, "text": text}), due)
            for lane, text in events
        )
        await self.store.transact([], lambda _: Commit(events=rows))

    async def left(self, lane: str) -> list[object]:
        return [text_of(event) for event in await self.store.pending(f"to:{lane}", 1000)]


def text_of(event: Pending) -> object:
    return decode_object(event.body)["text"]


def counting(stored: Mapping[Key, Record]) -> Commit:
    count = stored[COUNT].body["n"] if COUNT in stored else 0
    assert isinstance(count, int)
    return Commit((Change(COUNT, encode({"n": count + 1})),))


async def count(store: Store) -> object:
    return (await store.read([COUNT]))[COUNT].body["n"]


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


def test_a_failed_event_waits_longer_each_time_and_holds_its_lane(store: Store, run: Run) -> None:
    tries, failing = list[tuple[object, float]](), True

    async def scenario() -> None:
        async def handler(events: Sequence[Pending]) -> Outcome:
            tries.append((text_of(events[0]), seconds_between(START, world.clock.now)))
            return Again("503") if failing else Done()

        nonlocal failing
        world = World(store, handler)
        await world.put(("a", "first"), ("a", "second"))
        for _ in range(20):
            await world.courier.drain()
            world.clock.forward(1)
        assert tries == [("first", 0), ("first", 1), ("first", 3), ("first", 7), ("first", 15)]
        failing = False
        world.clock.forward(60)
        await world.courier.drain()
        assert tries[5:] == [("first", 80), ("second", 80)]
        assert [fact.attempts for fact in world.told if isinstance(fact, Postponed)] == [1, 2, 3, 4, 5]

    run(scenario())


def test_a_receiver_may_ask_for_a_longer_wait(store: Store, run: Run) -> None:
    async def handler(_: Sequence[Pending]) -> Outcome:
        return Again("429", wait_s=30)

    async def scenario() -> None:
        world = World(store, handler)
        await world.put(("a", 1))
        await world.courier.drain()
        assert await store.next_due() == plus_seconds(START, 30)

    run(scenario())


def test_what_is_noted_of_a_failure_is_stored_with_the_postponement(store: Store, run: Run) -> None:
    async def handler(_: Sequence[Pending]) -> Outcome:
        return Again("500", None, (COUNT,), counting)

    async def scenario() -> None:
        world = World(store, handler)
        await world.put(("a", 1))
        await world.courier.drain()
        assert await count(store) == 1
        assert await world.left("a") == [1]

    run(scenario())


def test_after_the_window_an_event_is_a_dead_letter_that_can_be_replayed(store: Store, run: Run) -> None:
    works = False

    async def handler(_: Sequence[Pending]) -> Outcome:
        return Done() if works else Again("The receiver is down.")

    async def scenario() -> None:
        nonlocal works
        world = World(store, handler)
        await world.put(("a", "old"), ("b", "other"))
        for _ in range(80):
            await world.courier.drain()
            world.clock.forward(60)
        assert await world.left("a") == []
        letters = await dead_letters(store, "lille", 10)
        assert sorted(str(letter.body["lane"]) for letter in letters) == ["to:a", "to:b"]
        assert {letter.body["reason"] for letter in letters} == {"The receiver is down."}
        assert await dead_letters(store, "bruges", 10) == []
        assert sum(isinstance(fact, GivenUp) for fact in world.told) == 2

        (old,) = [letter for letter in letters if letter.body["lane"] == "to:a"]
        await replay(store, "lille", old.key.id, world.clock.now)
        await world.courier.drain()
        assert await world.left("a") == ["old"], "a replayed letter has the whole window again"
        works = True
        world.clock.forward(60)
        await world.courier.drain()
        assert await world.left("a") == []
        assert len(await dead_letters(store, "lille", 10)) == 1
        with pytest.raises(Problem, match="does not exist"):
            await replay(store, "lille", old.key.id, world.clock.now)

    run(scenario())


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


def test_of_several_events_those_before_a_failure_are_done(store: Store, run: Run) -> None:
    seen = list[object]()

    async def handler(events: Sequence[Pending]) -> Outcome:
        for position, event in enumerate(events):
            seen.append(text_of(event))
            if text_of(event) == "bad" and seen.count("bad") < 3:
                return Again("500", None, (COUNT,), counting, handled=position)
        return Done((COUNT,), counting)

    async def scenario() -> None:
        world = World(store, handler, batch=10)
        await world.put(("a", 1), ("a", 2), ("a", "bad"), ("a", 3))
        await world.courier.drain()
        assert await world.left("a") == ["bad", 3]
        for _ in range(2):
            world.clock.forward(60)
            await world.courier.drain()
        assert seen == [1, 2, "bad", "bad", "bad", 3]
        assert await count(store) == 3

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


def test_a_clock_that_is_set_back_does_not_hold_retries_up(store: Store, run: Run) -> None:
    tries = 0

    async def handler(_: Sequence[Pending]) -> Outcome:
        nonlocal tries
        tries += 1
        return Again("down") if tries == 1 else Done()

    async def scenario() -> None:
        world = World(store, handler)
        await world.put(("a", 1))
        await world.courier.drain()
        world.clock.forward(-3600)
        await world.courier.drain()
        world.clock.forward(2)
        await world.courier.drain()
        assert await world.left("a") == []

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
