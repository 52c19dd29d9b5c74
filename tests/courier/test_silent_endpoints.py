"""Endpoints that hang, each with many lanes: they delay no other, and what is held back is no attempt."""

import asyncio
from collections.abc import Sequence

from tests.conftest import Run
from tests.courier.city import Clock, a_city, until
from tests.outbound.hostile import Reader, Writer, answering, listening

from beffroi.courier.courier import Courier
from beffroi.courier.http import HttpDelivery, Message
from beffroi.courier.outcome import Again, Done, Fact, Outcome, Post, Postponed
from beffroi.courier.patience import Patience
from beffroi.kernel.json import encode
from beffroi.kernel.record import Commit, Event
from beffroi.outbound import Client, Policy
from beffroi.store.port import Pending, Store

OK = answering("204 No Content")
SILENT = 40
ROOMS = 30


def test_forty_endpoints_that_hang_do_not_delay_a_healthy_one(store: Store, run: Run) -> None:
    async def scenario() -> None:
        released = asyncio.Event()

        async def waiting(request: bytes, reader: Reader, writer: Writer) -> None:
            await released.wait()
            await OK(request, reader, writer)

        async with a_city(store) as city:
            for number in range(SILENT):
                path = f"/silent{number}"
                city.behaviours[path] = waiting
                endpoint = {"endpoint": {"uri": city.url + path, "timeout": 60_000}}
                await city.subscribe(notification=endpoint)
            await city.subscribe()
            async with asyncio.TaskGroup() as group, asyncio.timeout(20):
                group.create_task(city.courier.run())
                for number in range(ROOMS):
                    await city.room(number, co2={"type": "Property", "value": number})
                await until(lambda: sum(b" /notify " in seen for seen in city.seen) == ROOMS)
                assert not released.is_set()
                assert sum(b" /silent" in seen for seen in city.seen) == SILENT, "one request for each"
                released.set()
                city.courier.stop()

    run(scenario())


def test_to_an_endpoint_that_is_silent_nothing_more_is_sent(run: Run) -> None:
    async def scenario() -> None:
        released = asyncio.Event()

        async def waiting(request: bytes, reader: Reader, writer: Writer) -> None:
            await released.wait()
            await OK(request, reader, writer)

        async with Client(Policy(allow_private=True)) as client, listening(waiting) as (url, seen):
            deliver = HttpDelivery(client, Clock()).deliver
            message = Message(url, {}, b"{}", 60.0)
            first, *others = [asyncio.ensure_future(deliver(message)) for _ in range(8)]
            receipts = await asyncio.gather(*others)
            assert {receipt.sent for receipt in receipts} == {False}
            assert all(1.0 <= (receipt.wait_s or 0) <= 5.0 for receipt in receipts)
            assert (await deliver(message)).sent is False
            assert len(seen) == 1
            released.set()
            assert (await first).delivered
            together = await asyncio.gather(*(deliver(message) for _ in range(8)))
            assert all(receipt.delivered for receipt in together)

    run(scenario())


def test_what_is_held_back_is_no_attempt_and_waits_no_longer_each_time(store: Store, run: Run) -> None:
    calls = 0

    async def handler(_: Sequence[Pending]) -> Outcome:
        nonlocal calls
        calls += 1
        return Done() if calls > 20 else Again("The endpoint is silent.", 1.0, tried=False)

    async def scenario() -> None:
        clock, told = Clock(), list[Fact]()
        posts, patience = [Post("to:", handler)], Patience(first_s=1, most_s=60, window_s=3600)
        courier = Courier(store, posts, clock, lambda: 1.0, patience=patience, tell=told.append)
        await store.transact([], lambda _: Commit(events=(Event("to:a", encode({"at": clock.now})),)))
        for second in range(20):
            await courier.drain()
            assert calls == second + 1
            (waiting,) = await store.pending("to:a", 9)
            assert waiting.attempts == 0
            clock.forward(1)
        await courier.drain()
        assert await store.pending("to:a", 9) == []
        assert not any(isinstance(fact, Postponed) for fact in told)

    run(scenario())
