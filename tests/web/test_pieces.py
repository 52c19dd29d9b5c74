"""Pieces of a body that somebody takes as they come."""

import asyncio

import pytest

from beffroi.kernel.problem import Problem
from beffroi.web.body import Body, Holding
from beffroi.web.head import CHUNKED, Head
from beffroi.web.limits import Limits
from beffroi.web.message import Request
from tests.conftest import Run


class _Sender:
    """A connection on which nothing has to be asked for."""

    def wants(self, body: Body, /) -> None:
        raise AssertionError(body)

    def takes(self, body: Body, /) -> None:
        """It comes by itself."""


def a_body(body_seconds: float = 30.0) -> Body:
    head = Head(Request("POST", "/"), CHUNKED, expects=False)
    return Body(head, Limits(body_seconds=body_seconds), Holding(1_000), _Sender())


def test_a_reader_that_is_let_go_when_a_piece_comes_goes(run: Run) -> None:
    async def scenario() -> None:
        body, taken = a_body(), list[bytes]()

        async def take() -> None:
            while True:
                taken.append(await body.piece(asyncio.get_running_loop().time() + 60))

        reader = asyncio.ensure_future(take())
        await asyncio.sleep(0)
        body.put(b"one")
        await asyncio.sleep(0)
        body.put(b"two")
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(reader, 5)
        assert taken[:1] == [b"one"]

    run(scenario())


@pytest.mark.parametrize(("body_seconds", "until"), [(0.01, 60.0), (30.0, 0.01)])
def test_what_does_not_come_in_time_is_told(run: Run, body_seconds: float, until: float) -> None:
    async def scenario() -> None:
        body = a_body(body_seconds)
        with pytest.raises(Problem, match="has not come in time"):
            await body.piece(asyncio.get_running_loop().time() + until)

    run(scenario())
