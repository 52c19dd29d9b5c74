"""Hundreds of endpoints that hang, each on a host of its own: what answers is served as if they were not there."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from tests.conftest import Run
from tests.courier.city import Clock, a_city, until
from tests.outbound.hostile import answering, listening

from beffroi.courier.courier import MOST_LANES
from beffroi.courier.http import HttpDelivery, Message, Receipt, Shares
from beffroi.outbound import Client, Policy
from beffroi.store.port import Store

OK = answering("204 No Content")
SHARES = Shares(new=40, doubtful=20, host=10)
LOCAL = Policy(allow_private=True, most_connections=MOST_LANES)


class Desert:
    """A server on every address of loopback that takes requests and says nothing."""

    def __init__(self, port: int) -> None:
        self.port, self.asked, self.released = port, 0, asyncio.Event()

    def url(self, number: int, path: str = "/") -> str:
        return f"http://127.1.{number // 250}.{number % 250 + 1}:{self.port}{path}"


@asynccontextmanager
async def a_desert() -> AsyncIterator[Desert]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            desert.asked += 1
            await desert.released.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    # every address of 127/8 leads here
    server = await asyncio.start_server(serve, "0.0.0.0", 0, backlog=2_000)
    desert = Desert(server.sockets[0].getsockname()[1])
    try:
        yield desert
    finally:
        desert.released.set()
        server.close()


def message(url: str, timeout_s: float = 60.0) -> Message:
    return Message(url, {}, b"{}", timeout_s)


def test_three_hundred_silent_hosts_take_their_share_and_what_answers_has_the_rest(run: Run) -> None:
    async def scenario() -> None:
        async with Client(LOCAL) as client, a_desert() as desert, listening(OK) as (url, seen):
            deliver = HttpDelivery(client, Clock(), SHARES).deliver
            assert (await deliver(message(url))).delivered
            waiting = [asyncio.ensure_future(deliver(message(desert.url(n)))) for n in range(300)]
            await until(lambda: desert.asked == SHARES.new)
            held = [task.result() for task in waiting if task.done()]
            assert {(each.sent, each.wait_s) for each in held} == {(False, 1.0)}
            assert len(held) == 300 - SHARES.new
            assert all([(await deliver(message(url))).delivered for _ in range(20)])
            assert (desert.asked, len(seen)) == (SHARES.new, 21)
            await _cancelled(waiting)

    run(scenario())


def test_what_gave_no_answer_leaves_the_share_of_new_endpoints_free(run: Run) -> None:
    async def scenario() -> None:
        clock = Clock()
        async with Client(LOCAL) as client, a_desert() as desert, listening(OK) as (url, _):
            deliver = HttpDelivery(client, clock, SHARES).deliver
            first = await asyncio.gather(*(deliver(message(desert.url(n), 0.3)) for n in range(SHARES.new)))
            assert not any(receipt.delivered for receipt in first)
            clock.forward(60)
            again = [asyncio.ensure_future(deliver(message(desert.url(n)))) for n in range(SHARES.new)]
            await until(lambda: desert.asked == SHARES.new + SHARES.doubtful)
            assert (await deliver(message(url))).delivered
            assert sum(not task.done() for task in again) == SHARES.doubtful
            await _cancelled(again)

    run(scenario())


def test_one_host_takes_no_more_than_its_share_however_many_addresses_it_has(run: Run) -> None:
    async def scenario() -> None:
        async with Client(LOCAL) as client, a_desert() as desert, listening(OK) as (url, _):
            deliver = HttpDelivery(client, Clock(), SHARES).deliver
            waiting = [asyncio.ensure_future(deliver(message(desert.url(7, f"/{n}")))) for n in range(30)]
            await until(lambda: desert.asked == SHARES.host)
            assert (await deliver(message(url))).delivered
            await asyncio.wait(waiting, timeout=2, return_when=asyncio.FIRST_COMPLETED)
            await until(lambda: sum(task.done() for task in waiting) == 30 - SHARES.host)
            assert desert.asked == SHARES.host
            await _cancelled(waiting)

    run(scenario())


def test_a_share_is_given_back(run: Run) -> None:
    async def scenario() -> None:
        async with Client(LOCAL) as client, a_desert() as desert, listening(OK) as (url, _):
            deliver = HttpDelivery(client, Clock(), SHARES).deliver
            desert.released.set()
            for number in range(3 * SHARES.new):
                assert (await deliver(message(desert.url(number)))).sent
            assert (await deliver(message(url))).delivered

    run(scenario())


@pytest.mark.slow
def test_a_city_with_three_hundred_dead_subscribers_notifies_the_healthy_one(store: Store, run: Run) -> None:
    async def scenario() -> None:
        async with a_desert() as desert, a_city(store) as city:
            await city.subscribe()
            for number in range(300):
                endpoint = {"endpoint": {"uri": desert.url(number), "timeout": 60_000}}
                await city.subscribe(notification=endpoint)
            async with asyncio.TaskGroup() as group, asyncio.timeout(60):
                group.create_task(city.courier.run())
                for number in range(8):
                    await city.room(number, co2={"type": "Property", "value": number})
                while sum(b" /notify " in seen for seen in city.seen) < 8:
                    city.clock.forward(0.05)  # what was held back for its turn comes again
                    await asyncio.sleep(0.05)
                assert not desert.released.is_set()
                desert.released.set()
                city.courier.stop()

    run(scenario())


async def _cancelled(tasks: "Sequence[asyncio.Future[Receipt]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
