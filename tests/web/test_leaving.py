"""Clients that go while their answer is under way: what only reads ends, what writes is never cut."""

import asyncio
import socket
import struct

import pytest
from typing_extensions import override

from beffroi.web.body import Incoming
from beffroi.web.message import Request, Response
from tests.conftest import Run
from tests.web.edge import Echo, read_all, serving, statuses

GET = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"


class Slow(Echo):
    """Reads the body, then takes its time; `ended` says how that ended."""

    def __init__(self, seconds: float, *, only_reads: bool) -> None:
        super().__init__()
        self.begun, self.ended = asyncio.Event(), ""
        self._seconds, self._only_reads = seconds, only_reads

    @override
    async def __call__(self, request: Request, incoming: Incoming) -> Response:
        await incoming.read()
        request.only_reads = self._only_reads
        self.begun.set()
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            self.ended = "cut"
            raise
        self.ended = "whole"
        return Response(200, {}, b"done")


@pytest.mark.parametrize("sent", [GET, POST])
@pytest.mark.parametrize("way", ["resets", "closes"])
def test_work_that_only_reads_ends_soon_after_its_client_has_gone(run: Run, way: str, sent: bytes) -> None:
    async def scenario() -> str:
        slow = Slow(50, only_reads=True)
        async with serving(slow) as edge:
            _, writer = await asyncio.open_connection("127.0.0.1", edge.port)
            writer.write(sent)
            await slow.begun.wait()
            if way == "resets":
                wire: socket.socket = writer.get_extra_info("socket")
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.close()
            await edge.is_empty()
        return slow.ended

    assert run(scenario()) == "cut"


@pytest.mark.parametrize("sent", [GET, POST])
def test_work_that_may_write_is_done_although_its_client_has_gone(run: Run, sent: bytes) -> None:
    async def scenario() -> str:
        slow = Slow(0.5, only_reads=False)
        async with serving(slow) as edge:
            async with edge.connected() as (_, writer):
                writer.write(sent)
                await slow.begun.wait()
            while not slow.ended:
                await asyncio.sleep(0.02)
        return slow.ended

    assert run(scenario()) == "whole"


def test_who_ends_his_side_gets_an_answer_that_takes_long(run: Run) -> None:
    async def scenario() -> bytes:
        async with serving(Slow(1.0, only_reads=True)) as edge:
            return await edge.raw(GET, ends=True)

    received = run(scenario())
    *said, last = statuses(received)
    assert last == 200
    assert said
    assert set(said) == {100}
    assert received.endswith(b"\r\n\r\ndone")


def test_an_old_client_is_told_nothing_before_its_answer(run: Run) -> None:
    """RFC 9110, section 15.2: none of 1.0 knows a 1xx."""

    async def scenario() -> bytes:
        async with serving(Slow(1.0, only_reads=True)) as edge:
            return await edge.raw(GET.replace(b"1.1", b"1.0"), ends=True)

    assert statuses(run(scenario())) == [200]


def test_the_next_request_of_a_client_that_stays_is_answered(run: Run) -> None:
    async def scenario() -> bytes:
        async with serving(Slow(0.1, only_reads=True)) as edge, edge.connected() as (reader, writer):
            writer.write(GET + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            return await read_all(reader)

    assert statuses(run(scenario())) == [200, 200]
