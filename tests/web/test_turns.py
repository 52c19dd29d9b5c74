"""So many at once, so many more that wait, and all others are told to come again."""

import asyncio

import pytest

from beffroi.kernel.problem import Problem, TooManyRequests
from beffroi.web.turns import Turns

MANY = Problem(TooManyRequests, "Too many.")


async def _begun(turns: Turns, go: asyncio.Event, order: list[int], number: int) -> None:
    async with turns.turn(MANY):
        order.append(number)
        await go.wait()


def test_some_have_their_turn_some_wait_and_others_come_again() -> None:
    async def story() -> None:
        turns, go, order = Turns(2, 1), asyncio.Event(), list[int]()
        async with asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(_begun(turns, go, order, number))
            await asyncio.sleep(0)
            assert order == [0, 1]
            with pytest.raises(Problem, match="Too many"):
                async with turns.turn(MANY):
                    raise AssertionError
            go.set()
        assert order == [0, 1, 2]

    asyncio.run(story())


def test_a_turn_that_fails_or_is_let_go_of_is_free_again() -> None:
    async def story() -> None:
        turns, go = Turns(1, 1), asyncio.Event()
        with pytest.raises(ValueError, match="no"):
            async with turns.turn(MANY):
                raise ValueError("no")
        tasks = [asyncio.create_task(_begun(turns, go, [], number)) for number in range(2)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(2):
            async with turns.turn(MANY):
                pass

    asyncio.run(story())
