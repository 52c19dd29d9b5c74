"""The courier: what failed waits longer each time, and after a day is a dead letter."""

from collections.abc import Sequence

import pytest
from tests.conftest import Run
from tests.courier.lanes import World, count, counting, text_of

from beffroi.courier.letters import dead_letters, replay
from beffroi.courier.outcome import Again, Done, GivenUp, Outcome, Postponed
from beffroi.kernel.instant import Instant, plus_seconds, seconds_between
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Key
from beffroi.store.port import Pending, Store

START = Instant("2026-11-22T13:49:00.000000Z")
COUNT = Key("lille", "count", "sent")


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
