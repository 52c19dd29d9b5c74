"""What is remembered of endpoints is bounded: who was asked for longest ago is forgotten, and nobody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.conftest import Run
from tests.courier.city import Clock
from tests.outbound.hostile import answering, listening

from beffroi.courier.http import HttpDelivery, Message, Receipt
from beffroi.outbound import Client, Policy

FAILING = answering("500 Internal Server Error")


@dataclass
class Endpoint:
    """One that always fails; its listeners are told apart by their path."""

    delivery: HttpDelivery
    url: str
    seen: list[bytes]

    async def tell(self, name: str) -> Receipt:
        return await self.delivery.deliver(Message(f"{self.url}/{name}", {}, b"{}", 5.0, 60.0, name))

    async def is_spared(self, name: str) -> bool:
        """Whether nothing is sent there now; a delivery that fails begins a cooldown."""
        before = len(self.seen)
        receipt = await self.tell(name)
        assert receipt.sent is (len(self.seen) > before)
        return not receipt.sent


@asynccontextmanager
async def endpoint(most: int, clock: Clock) -> AsyncIterator[Endpoint]:
    async with Client(Policy(allow_private=True)) as client, listening(FAILING) as (url, seen):
        yield Endpoint(HttpDelivery(client, clock, most_remembered=most), url.rstrip("/"), seen)


def test_one_cooldown_too_many_ends_the_oldest_alone(run: Run) -> None:
    async def scenario() -> None:
        async with endpoint(4, Clock()) as failing:
            for name in "abcde":
                assert (await failing.tell(name)).sent
            assert [await failing.is_spared(name) for name in "bcde"] == [True] * 4
            assert not await failing.is_spared("a")

    run(scenario())


def test_a_cooldown_that_is_asked_for_is_kept(run: Run) -> None:
    async def scenario() -> None:
        async with endpoint(4, Clock()) as failing:
            for name in "abcd":
                await failing.tell(name)
            assert await failing.is_spared("a")
            await failing.tell("e")
            assert await failing.is_spared("a")
            assert not await failing.is_spared("b")

    run(scenario())


def test_a_cooldown_that_is_over_is_over(run: Run) -> None:
    async def scenario() -> None:
        clock = Clock()
        async with endpoint(4, clock) as failing:
            await failing.tell("a")
            clock.forward(61)
            assert not await failing.is_spared("a")
            assert await failing.is_spared("a")

    run(scenario())


def test_what_answered_is_remembered_until_too_many_others_have(run: Run) -> None:
    async def scenario() -> None:
        async with endpoint(3, Clock()) as failing:
            for name in "abcd":
                await failing.tell(name)
            known = [failing.delivery._standing(f"{failing.url}/{name}") for name in "abcd"]
            assert known == ["new", "answering", "answering", "answering"]

    run(scenario())
