"""Answers that go out: whole ones, streams, slow readers, failures, and the end of the server."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from beffroi.web.message import Response
from beffroi.web.sending import head_of
from tests.conftest import Run
from tests.web.edge import QUICK, Echo, read_all, serving, statuses

GET = b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"
PIECE = b"x" * 65_536


class Counted:
    """Pieces without end; `made` says how many were asked for, `ended` whether the rest is not wanted."""

    def __init__(self, wait: float = 0.0, fails_after: int = 10**9) -> None:
        self.made, self.ended = 0, False
        self._wait, self._fails_after = wait, fails_after

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            while True:
                if self.made == self._fails_after:
                    raise RuntimeError("on purpose")
                self.made += 1
                yield PIECE
                await asyncio.sleep(self._wait)
        finally:
            self.ended = True


async def several() -> AsyncIterator[bytes]:
    yield b"first"
    yield b""
    yield b"second"


def test_a_stream_is_sent_in_chunks_and_the_connection_goes_on(run: Run) -> None:
    async def scenario() -> bytes:
        async with serving(Echo({"/stream": Response(200, {"x": "y"}, pieces=several())})) as edge:
            return await edge.raw(GET + b"GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    first, _, rest = run(scenario()).partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in first
    assert b"content-length" not in first
    assert rest.startswith(b"5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_content_has_none_for_the_next_one_to_begin_with(run: Run, status: int) -> None:
    """RFC 9112, section 6.3."""

    async def scenario() -> bytes:
        async with serving(Echo({"/stream": Response(status, {}, b"HTTP/1.1 200 OK\r\n\r\n")})) as edge:
            return await edge.raw(GET + b"GET /fine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    received = run(scenario())
    assert statuses(received) == [status, 200]
    assert received.endswith(b"GET /fine ")


def test_nothing_follows_the_answer_that_says_close_because_another_could_not_be_sent(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> bytes:
        async with serving(Echo({"/stream": Response(200, {"x": "a\r\nb: c"})})) as edge:
            return await edge.raw(GET + b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")

    with caplog.at_level(logging.CRITICAL, "beffroi"):
        received = run(scenario())
    assert statuses(received) == [500]
    assert b"connection: close" in received


def test_answers_that_leave_together_and_at_once_stay_in_order(run: Run) -> None:
    sizes = [10, 20_000, 20_000, 10, 200_000, 10]

    async def scenario() -> bytes:
        prepared = {f"/{n}": Response(200, {}, bytes([65 + n]) * size) for n, size in enumerate(sizes)}
        asked = [b"GET /%d HTTP/1.1\r\nHost: a\r\n" % n for n in range(len(sizes))]
        async with serving(Echo(prepared)) as edge:
            return await edge.raw(b"\r\n".join(asked) + b"Connection: close\r\n\r\n")

    answers = run(scenario()).split(b"HTTP/1.1 200 OK\r\n")[1:]
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in answers]
    assert bodies == [bytes([65 + n]) * size for n, size in enumerate(sizes)]


def test_an_old_client_gets_a_stream_that_ends_with_the_connection(run: Run) -> None:
    async def scenario() -> bytes:
        async with serving(Echo({"/stream": Response(200, pieces=several())})) as edge:
            return await edge.raw(b"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

    assert run(scenario()).endswith(b"connection: close\r\n\r\nfirstsecond")


def test_head_of_a_stream_makes_none_of_it(run: Run) -> None:
    stream = Counted()

    async def scenario() -> bytes:
        async with serving(Echo({"/stream": Response(200, pieces=stream.pieces())})) as edge:
            return await edge.raw(b"HEAD /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert run(scenario()).endswith(b"\r\n\r\n")
    assert stream.made == 0


def test_head_names_the_length_of_a_body_in_one_piece(run: Run) -> None:
    async def scenario() -> bytes:
        async with serving(Echo({"/whole": Response(200, {}, b"12345")})) as edge:
            return await edge.raw(b"HEAD /whole HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    answer = run(scenario())
    assert b"content-length: 5\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_a_stream_that_fails_half_way_does_not_look_whole(
    run: Run, version: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    stream = Counted(fails_after=3)

    async def scenario() -> None:
        async with (
            serving(Echo({"/stream": Response(200, pieces=stream.pieces())})) as edge,
            edge.connected() as (reader, writer),
        ):
            writer.write(GET.replace(b"1.1", version))
            with pytest.raises(ConnectionResetError):
                await reader.read()

    with caplog.at_level(logging.ERROR):
        run(scenario())
    assert "The answer to GET /stream broke off" in caplog.text
    assert stream.ended


def test_what_fails_before_it_is_sent_is_told_and_logged(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> bytes:
        async with serving(Echo()) as edge:
            return await edge.raw(b"GET /fails HTTP/1.1\r\nHost: a\r\n\r\n")

    assert statuses(run(scenario())) == [500]
    assert "on purpose" in caplog.text


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\nb", "a\rb", "a\0", "\u20ac"], ids=ascii)
@pytest.mark.parametrize("name", ["location", "ratelimit"])
def test_a_header_that_would_be_two_is_not_sent(run: Run, name: str, value: str) -> None:
    async def scenario() -> bytes:
        async with serving(Echo({"/stream": Response(200, {name: value})})) as edge:
            return await edge.raw(GET)

    answer = run(scenario())
    assert statuses(answer) == [500]
    assert b"set-cookie" not in answer


def test_what_only_one_answer_has_in_its_head_follows_what_many_have() -> None:
    kept, date = {"content-type": "text/plain", "vary": "accept"}, "Sun, 22 Nov 2026 12:00:00 GMT"
    heads = [
        head_of(Response(200, {"ratelimit": f'"rate";r={left}', **kept}, b"x"), date) for left in (2, 1, 0)
    ]
    same = b"content-type: text/plain\r\nvary: accept\r\n"
    start = b"HTTP/1.1 200 OK\r\ndate: " + date.encode() + b"\r\n"
    end = b"content-length: 1\r\n\r\n"
    assert heads == [start + same + b'ratelimit: "rate";r=%d\r\n' % left + end for left in (2, 1, 0)]


def test_a_stream_waits_for_a_slow_reader_and_drops_one_that_reads_nothing(run: Run) -> None:
    stream = Counted()

    async def scenario() -> None:
        async with (
            serving(Echo({"/stream": Response(200, pieces=stream.pieces())})) as edge,
            edge.connected() as (_, writer),
        ):
            transport: Any = writer.transport
            transport.pause_reading()
            writer.write(GET)
            await edge.is_empty()
            while not stream.ended:
                await asyncio.sleep(0.01)
            assert stream.made < 500, "what nobody reads is held in memory"

    run(scenario())


def test_a_slow_reader_gets_all(run: Run) -> None:
    """Longer than anybody waits for a client that takes nothing."""
    body = b"x" * 12_000_000

    async def scenario() -> int:
        async with (
            serving(Echo({"/stream": Response(200, {"connection": "close"}, body)})) as edge,
            edge.connected() as (reader, writer),
        ):
            writer.write(GET)
            received = 0
            while piece := await reader.read(200_000):
                received += len(piece)
                await asyncio.sleep(0.02)
            return received

    assert run(scenario()) > len(body)


def test_a_large_answer_that_nobody_reads_is_let_go(run: Run) -> None:
    async def scenario() -> None:
        async with (
            serving(Echo({"/stream": Response(200, {}, b"x" * 20_000_000)})) as edge,
            edge.connected() as (_, writer),
        ):
            transport: Any = writer.transport
            transport.pause_reading()
            writer.write(GET * 100)
            await edge.is_empty()

    run(scenario())


def test_a_stream_ends_when_its_client_has_gone(run: Run) -> None:
    stream = Counted(wait=0.01)

    async def scenario() -> None:
        async with serving(Echo({"/stream": Response(200, pieces=stream.pieces())})) as edge:
            async with edge.connected() as (reader, writer):
                writer.write(GET)
                await reader.read(100)
            await edge.is_empty()
            while not stream.ended:
                await asyncio.sleep(0.01)

    run(scenario())


def test_a_server_that_stops_ends_streams_without_end_and_finishes_the_others(run: Run) -> None:
    events, download = Counted(wait=0.05), Counted(wait=0.05)

    async def finite() -> AsyncIterator[bytes]:
        async for piece in download.pieces():
            yield piece
            if download.made == 20:
                return

    async def scenario() -> None:
        prepared = {
            "/stream": Response(200, {"content-type": "text/event-stream"}, pieces=events.pieces()),
            "/file": Response(200, pieces=finite()),
        }
        async with serving(Echo(prepared)) as edge, contextlib.AsyncExitStack() as stack:
            asked = [
                GET,
                GET.replace(b"stream", b"file"),
                b"",
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
            ]
            open_ones = [await stack.enter_async_context(edge.connected()) for _ in asked]
            for (_, writer), sent in zip(open_ones, asked, strict=True):
                writer.write(sent)
            await asyncio.sleep(0.2)
            edge.server.stop()
            received = await asyncio.gather(*(read_all(reader) for reader, _ in open_ones))
            assert received[0].endswith(b"\r\n0\r\n\r\n")
            assert received[1].endswith(b"\r\n0\r\n\r\n")
            assert received[1].count(PIECE) == 20
            assert received[2] == b""
            assert statuses(received[3]) == [408]
            await edge.server.ended()
            with pytest.raises(ConnectionError):
                await edge.raw(b"")

    run(scenario())


def test_an_idle_connection_is_closed_after_a_while(run: Run) -> None:
    async def scenario() -> bytes:
        async with serving(Echo(), replace(QUICK, idle_seconds=0.3)) as edge:
            return await edge.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")

    assert statuses(run(scenario())) == [200]
