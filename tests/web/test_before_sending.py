"""What must be kept of answers is kept before they leave, and what cannot be kept does not leave."""

import asyncio
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from beffroi.kernel.problem import Problem, StorageFull
from beffroi.web.body import Incoming
from beffroi.web.message import Request, Response
from beffroi.web.outgoing import Turn
from tests.conftest import Run
from tests.web.edge import Echo, read_all, serving, statuses

SIZES = [10, 40_000, 400_000]
"""Held until the end of a turn, a small one and a page; and sent at once, in two writes."""


@dataclass
class Keeper(Echo):
    """Answers `/N` with N bytes; notes each answer, and keeps what was noted when it is told to."""

    noted: int = 0
    kept: list[int] = field(default_factory=list)
    fails: bool = False

    @override
    async def __call__(self, request: Request, incoming: Incoming) -> Response:
        self.noted += 1
        return Response(200, {}, b"x" * int(request.path[1:]))

    def keep(self) -> None:
        noted, self.noted = self.noted, 0
        if noted and self.fails:
            raise Problem(StorageFull, "The disk is full.")
        if noted:
            self.kept.append(noted)


def asks(size: int) -> bytes:
    return f"GET /{size} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


@pytest.mark.parametrize("size", SIZES)
def test_an_answer_is_kept_before_its_first_byte_leaves(run: Run, size: int) -> None:
    async def scenario() -> None:
        keeper = Keeper()
        async with serving(keeper, before=keeper.keep) as edge, edge.connected() as (reader, writer):
            for number in range(1, 4):
                writer.write(asks(size))
                await reader.readexactly(15)
                assert sum(keeper.kept) == number
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(size)

    run(scenario())


def test_a_turn_is_one_until_the_event_loop_has_turned(run: Run) -> None:
    async def scenario() -> None:
        turn = Turn(lambda: None)
        first = turn.current()
        assert first is turn.current()
        await asyncio.sleep(0)
        assert turn.current() not in {None, first}

    run(scenario())


@pytest.mark.parametrize("size", [10, 25_000])
def test_answers_of_one_turn_are_kept_at_once(run: Run, size: int) -> None:
    """Pages some at a time: who has the first need not wait for the last."""

    async def scenario() -> None:
        keeper = Keeper()
        async with serving(keeper, before=keeper.keep) as edge, edge.connected() as (reader, writer):
            writer.write(asks(size) * 8)
            for _ in range(8):
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(size)
            assert sum(keeper.kept) == 8
            assert len(keeper.kept) < 8

    run(scenario())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("size", SIZES)
def test_what_cannot_be_kept_does_not_leave(run: Run, size: int) -> None:
    async def scenario() -> None:
        keeper = Keeper(fails=True)
        async with serving(keeper, before=keeper.keep) as edge:
            async with edge.connected() as (reader, writer):
                writer.write(asks(size))
                assert await read_all(reader) == b""
            keeper.fails = False
            assert statuses(await edge.raw(asks(size), ends=True)) == [200]

    run(scenario())


def test_a_large_answer_that_cannot_be_kept_takes_the_small_ones_of_its_turn_with_it(run: Run) -> None:
    """They were noted together, so they are lost together."""

    async def scenario() -> None:
        keeper = Keeper(fails=True)
        async with (
            serving(keeper, before=keeper.keep) as edge,
            edge.connected() as (small, to_small),
            edge.connected() as (large, to_large),
        ):
            await asyncio.sleep(0.05)
            to_small.write(asks(10))
            to_large.write(asks(400_000))
            assert await read_all(small) == b""
            assert await read_all(large) == b""
            assert keeper.kept == []

    run(scenario())
