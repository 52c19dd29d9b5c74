"""A body that is sent on as it comes: only the other side's time is counted."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.outbound.hostile import hangs, listening

from beffroi.outbound import Client, Failed, Pace, Policy, Posted

OPEN = Policy(allow_private=True)
QUICK = Pace(head_s=0.3, piece_s=5.0, whole_s=5.0, most_bytes=1_000)


async def takes_all(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"0\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    await writer.drain()


async def slowly(breaks: bool = False) -> AsyncIterator[bytes]:
    for _ in range(3):
        yield b"x" * 10
        await asyncio.sleep(0.2)
    if breaks:
        raise ValueError("no more")


def test_a_body_may_come_more_slowly_than_an_answer_may_begin() -> None:
    async def run() -> None:
        async with listening(takes_all) as (url, _), Client(OPEN) as client:
            stream = await client.stream("POST", url, {}, Posted(slowly()), QUICK)
            assert (stream.status, b"".join([piece async for piece in stream])) == (200, b"ok")

    asyncio.run(run())


def test_a_service_that_does_not_answer_after_the_body_has_failed() -> None:
    async def run() -> None:
        async with listening(hangs) as (url, _), Client(OPEN) as client:
            with pytest.raises(Failed, match=r"does not answer within 0\.3 s"):
                await client.stream("POST", url, {}, Posted(slowly()), QUICK)

    asyncio.run(run())


def test_a_body_that_breaks_off_is_no_request() -> None:
    async def run() -> None:
        async with listening(takes_all) as (url, _), Client(OPEN) as client:
            with pytest.raises(Failed):
                await client.stream("POST", url, {}, Posted(slowly(breaks=True)), QUICK)

    asyncio.run(run())
