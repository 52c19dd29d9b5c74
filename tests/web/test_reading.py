"""Requests that come in: how they are cut, what is refused, and that nobody waits for ever."""

import asyncio
import socket
from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from beffroi.web.body import Incoming
from beffroi.web.connection import RESETTING
from beffroi.web.limits import BODY_LIMIT
from beffroi.web.message import Request, Response
from tests.conftest import Run
from tests.web.edge import QUICK, Echo, read_all, serving, statuses

HOST = b"Host: a\r\n"
CLOSE = HOST + b"Connection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def answered(run: Run, *sent: bytes, echo: Echo | None = None, **limits: Any) -> bytes:
    """What comes back for these pieces, sent with a pause between them."""

    async def scenario() -> bytes:
        async with (
            serving(echo or Echo(), replace(QUICK, **limits)) as edge,
            edge.connected() as (reader, writer),
        ):
            for piece in sent:
                writer.write(piece)
                await asyncio.sleep(0.02)
            return await read_all(reader)

    return run(scenario())


def test_a_request_in_single_bytes_is_the_same_request(run: Run) -> None:
    sent = b"POST /a%2Fb/?x=1 HTTP/1.1\r\n" + CLOSE + b"Content-Length: 3\r\n\r\nabc"
    echo = Echo()

    async def scenario() -> bytes:
        async with serving(echo) as edge, edge.connected() as (reader, writer):
            for byte in sent:
                writer.write(bytes([byte]))
                await asyncio.sleep(0)
            return await read_all(reader)

    assert run(scenario()).endswith(b"POST /a/b/ abc")
    assert (echo.seen[0].raw_path, echo.seen[0].query) == ("/a%2Fb/", "x=1")


def test_pipelined_requests_are_answered_one_after_another(run: Run) -> None:
    most = 0
    under_way = 0

    class Slow(Echo):
        @override
        async def __call__(self, request, incoming):  # type: ignore[no-untyped-def]
            nonlocal most, under_way
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            return await super().__call__(request, incoming)

    count = 3_000
    many = b"".join(b"GET /%d HTTP/1.1\r\nHost:a\r\n\r\n" % n for n in range(count))
    answer = answered(run, many + b"GET /last HTTP/1.1\r\n" + CLOSE + b"\r\n", echo=Slow())
    assert most == 1
    assert statuses(answer) == [200] * (count + 1)
    assert [int(part.split(b" ")[1][1:]) for part in answer.split(b"\r\n\r\nGET")[1:-1]] == list(range(count))


def test_few_of_many_pipelined_requests_are_held(run: Run) -> None:
    """The first one waits; what is parsed of the others is bounded, and reading stops."""

    class Stuck(Echo):
        @override
        async def __call__(self, request, incoming):  # type: ignore[no-untyped-def]
            await asyncio.sleep(1)
            return await super().__call__(request, incoming)

    async def scenario() -> int:
        async with serving(Stuck()) as edge, edge.connected() as (_, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost:a\r\n\r\n" * 400_000)
            await asyncio.sleep(0.5)
            connection = next(iter(edge.server._connections))
            assert len(connection._parser.received) < 200
            assert len(connection._rest) < 1_000_000
            return writer.transport.get_write_buffer_size()

    assert run(scenario()) > 1_000_000


SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
MALFORMED = {
    "CL and TE": b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "TE and CL": CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "length list": b"Content-Length: 2, 2\r\n\r\n{}",
    "signed length": b"Content-Length: +2\r\n\r\n{}",
    "length with underscore": b"Content-Length: 1_0\r\n\r\n{}",
    "length in other digits": "Content-Length: \u0662\r\n\r\n{}".encode(),
    "empty length": b"Content-Length:\r\n\r\n",
    "gzip, chunked": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "chunked, identity": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "identity": b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
    "quoted chunked": b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "vertical tab": b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "TE in Latin-1": b"Transfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n",
    "fold": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "space before colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "bare LF": b"X: a\nContent-Length: 2\r\n\r\n{}",
    "bare CR": b"X: a\rContent-Length: 2\r\n\r\n{}",
    "NUL": b"X: a\0\r\n\r\n",
    "two Hosts": b"Host: b\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_can_be_read_in_two_ways_is_refused_and_ends_the_connection(run: Run, name: str) -> None:
    echo = Echo()
    answer = answered(run, b"POST / HTTP/1.1\r\n" + HOST + MALFORMED[name] + SMUGGLED, echo=echo)
    assert statuses(answer) == [400]
    assert b"connection: close" in answer
    assert echo.seen == []


BROKEN_CHUNKS = {
    "size": b"zz\r\n{}\r\n0\r\n\r\n",
    "0x": b"0x2\r\n{}\r\n0\r\n\r\n",
    "sign": b"+2\r\n{}\r\n0\r\n\r\n",
    "space": b"2 \r\n{}\r\n0\r\n\r\n",
    "LF": b"2\n{}\n0\n\n",
    "LF after": b"2\r\n{}\n0\r\n\r\n",
    "LF in extension": b"2;a\nb\r\n{}\r\n0\r\n\r\n",
    "too long": b"2\r\n{}}\r\n0\r\n\r\n",
    "overflow": b"10000000000000002\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN_CHUNKS)
def test_a_broken_chunk_ends_the_connection(run: Run, name: str) -> None:
    echo = Echo()
    sent = b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n" + BROKEN_CHUNKS[name] + SMUGGLED
    answer = answered(run, sent, echo=echo)
    assert statuses(answer) == [400]
    assert [request.path for request in echo.seen] in ([], ["/"])


def test_chunks_trailers_and_extensions_are_read(run: Run) -> None:
    body = b"2;name=value\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: x\r\nHost: b\r\n\r\n"
    echo = Echo()
    head = b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n"
    answer = answered(run, head + body + b"GET /next HTTP/1.1\r\n" + CLOSE + b"\r\n", echo=echo)
    assert statuses(answer) == [200, 200]
    assert echo.seen[0].body == b"abc"
    assert echo.seen[0].headers == {"host": "a", "content-length": "3"}


def test_a_body_of_chunks_is_bounded(run: Run) -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n"
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    assert statuses(answered(run, head + chunk * 100, most_bytes=100_000)) == [413]


def test_a_body_of_tiny_chunks_is_bounded(run: Run) -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n"
    answer = answered(run, head + b"1\r\nx\r\n" * 400_000, body_seconds=20.0)
    assert statuses(answer) == [400]
    assert b"more framing than content" in answer


def test_a_chunk_extension_without_end_is_bounded(run: Run) -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n"
    answer = answered(run, head + b"1;" + b"a" * 2_000_000, body_seconds=20.0)
    assert statuses(answer) == [400]


HEADS = {
    "target": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "target without end": (b"GET /" + b"a" * 200_000, 414),
    "header": (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    "header without end": (b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000_000, 431),
    "header name without end": (b"GET / HTTP/1.1\r\n" + b"a" * 1_000_000, 431),
    "number": (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 129 + b"\r\n", 431),
    "number without end": (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 100_000, 431),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_is_too_large_is_refused_with_a_sentence(run: Run, name: str) -> None:
    sent, status = HEADS[name]
    answer = answered(run, sent)
    assert statuses(answer) == [status]
    assert answer.endswith(b".\n")


SENTENCES = {
    b"GET / HTTP/1.1\r\n\r\n": "The request has no Host.",
    b"GET / HTTP/2.0\r\nHost: a\r\n\r\n": "The version HTTP/2.0 is not spoken here.",
    b"GET /\r\n\r\n": "The version HTTP/0.9 is not spoken here.",
    b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n": "This is no proxy.",
    b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n": "neither a path nor an HTTP URL",
    b"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n": "The path is not UTF-8.",
    b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n": "has a fragment",
    b"FROB / HTTP/1.1\r\nHost: a\r\n\r\n": "a method that is known here",
    b"GET / HTTP/1.1\r\nHost: a\r\nExpect: gold\r\n\r\n": "The expectation 'gold' is not known.",
    b"GET / HTTP/1.1\r\nHost: a\xe9\r\n\r\n": "The header 'host' holds characters that are not ASCII.",
}


@pytest.mark.parametrize("sent", SENTENCES, ids=lambda sent: ascii(sent[:30]))
def test_what_is_no_request_is_told_so(run: Run, sent: bytes) -> None:
    assert SENTENCES[sent].encode() in answered(run, sent)


def test_the_absolute_form_goes_before_host(run: Run) -> None:
    echo = Echo()
    answered(run, b"GET http://b:80/x?y HTTP/1.1\r\n" + CLOSE + b"\r\n", echo=echo)
    request = echo.seen[0]
    assert (request.path, request.query, request.headers["host"], request.base) == (
        "/x",
        "y",
        "b:80",
        "http://b:80",
    )


def test_fields_that_come_again_are_read_once_and_others_are_their_own(run: Run) -> None:
    """On one connection: what a request says beside its fields, or what a body made of them, stays with it."""
    echo = Echo()
    one, other = HOST + b"Authorization: Bearer one\r\n", HOST + b"Authorization: Bearer two\r\n"
    chunks = HOST + CHUNKED
    heads = (
        (b"GET /", one, b""),
        (b"GET /", one, b""),
        (b"GET /", other, b""),
        (b"GET http://b/", other, b""),
        (b"GET /", other, b""),
        (b"POST /", chunks, b"1\r\na\r\n0\r\n\r\n"),
        (b"POST /", chunks, b"2\r\nbc\r\n0\r\n\r\n"),
        (b"GET /", HOST, b""),
        (b"GET /", CLOSE + b"Authorization: Bearer \xe9\r\n", b""),
    )
    answered(
        run,
        b"".join(line + b" HTTP/1.1\r\n" + head + b"\r\n" + body for line, head, body in heads),
        echo=echo,
    )
    said = [dict(request.headers) for request in echo.seen]
    first, second = {"host": "a", "authorization": "Bearer one"}, {"host": "a", "authorization": "Bearer two"}
    assert said[:5] == [first, first, second, {**second, "host": "b"}, second]
    assert said[5:7] == [{"host": "a", "content-length": "1"}, {"host": "a", "content-length": "2"}]
    assert said[7:] == [{"host": "a"}, {"host": "a", "connection": "close"}]
    assert [bool(request.unreadable) for request in echo.seen] == [*[False] * 8, True]


def test_headers_that_are_not_ascii_are_named_and_not_handed_over(run: Run) -> None:
    echo = Echo()
    lines = b"X-A: \xe9\r\nX-B: b\r\nX-B:  c \r\nX-C: fine\r\nX-C: \xff\r\nCookie: a=b\r\nCookie: c=d\r\n"
    answered(run, b"GET / HTTP/1.1\r\n" + CLOSE + lines + b"\r\n", echo=echo)
    assert echo.seen[0].unreadable == {"x-a", "x-c"}
    assert echo.seen[0].headers == {"host": "a", "connection": "close", "x-b": "b, c", "cookie": "a=b; c=d"}


H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


@pytest.mark.parametrize(
    "body",
    [b"\r\n", b"Content-Length: 3\r\n\r\nabc", CHUNKED + b"\r\n3\r\nabc\r\n0\r\n\r\n"],
    ids=["none", "length", "chunks"],
)
@pytest.mark.parametrize("pieces", [1, 2], ids=["whole", "halves"])
def test_the_wish_for_another_protocol_is_passed_over(run: Run, body: bytes, pieces: int) -> None:
    """Java's HttpClient sends this with its first request, body and all."""
    sent = b"POST / HTTP/1.1\r\n" + HOST + H2C + body
    rest = b"GET /next HTTP/1.1\r\n" + CLOSE + b"\r\n"
    middle = len(sent) - 4 if pieces == 2 else len(sent)
    echo = Echo()
    answer = answered(run, sent[:middle], sent[middle:] + rest, echo=echo)
    assert statuses(answer) == [200, 200]
    assert [(request.path, request.body) for request in echo.seen] == [
        ("/", b"" if body == b"\r\n" else b"abc"),
        ("/next", b""),
    ]


def test_a_wish_for_another_protocol_lets_nothing_past_the_parser(run: Run) -> None:
    sent = b"GET / HTTP/1.1\r\n" + HOST + H2C + b"\r\n" + b"GET /b HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"
    assert statuses(answered(run, sent)) == [200, 400]
    assert statuses(answered(run, sent.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\n{}", 1))) == [
        200,
        400,
    ]


def test_who_asks_first_is_told_to_go_on(run: Run) -> None:
    async def scenario() -> bytes:
        async with serving(Echo()) as edge, edge.connected() as (reader, writer):
            writer.write(
                b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
            )
            first = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"abc")
            return first + await read_all(reader)

    answer = run(scenario())
    assert statuses(answer) == [100, 200]
    assert answer.endswith(b"POST / abc")


def test_who_asks_first_and_may_not_is_not_told_to_go_on(run: Run) -> None:
    sent = b"POST /unread HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    answer = answered(run, sent)
    assert statuses(answer) == [403]
    assert b"connection: close" in answer


def test_a_connection_goes_on_after_a_body_that_nobody_read(run: Run) -> None:
    body = b"x" * 500_000
    sent = b"POST /unread HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body)
    echo = Echo()
    answer = answered(
        run, sent, body[:300_000], body[300_000:] + b"GET /b HTTP/1.1\r\n" + CLOSE + b"\r\n", echo=echo
    )
    assert statuses(answer) == [403, 200]
    assert [request.path for request in echo.seen] == ["/unread", "/b"]


HALF = {
    "nothing": (b"", []),
    "line": (b"GET /a", [408]),
    "header": (b"GET / HTTP/1.1\r\nHost: a\r\nX", [408]),
    "body": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", [408]),
    "chunk": (b"POST / HTTP/1.1\r\nHost: a\r\n" + CHUNKED + b"\r\n9\r\nabc", [408]),
    "unread body": (b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", [403]),
    "empty lines": (b"\r\n" * 100, []),
}


@pytest.mark.parametrize("name", HALF)
def test_who_sends_half_a_request_is_not_waited_for(run: Run, name: str) -> None:
    sent, expected = HALF[name]
    assert statuses(answered(run, sent)) == expected


@pytest.mark.parametrize(
    "start",
    [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n"],
)
def test_who_drips_is_not_waited_for(run: Run, start: bytes) -> None:
    async def scenario() -> bytes:
        async with serving(Echo()) as edge, edge.connected() as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + start)

            async def drip() -> None:
                while not writer.is_closing():
                    writer.write(b"a")
                    await asyncio.sleep(0.02)

            dripping = edge.tasks.create_task(drip())
            received = await read_all(reader)
            dripping.cancel()
            return received

    assert statuses(run(scenario())) == [200, 408]


def test_who_ends_his_side_is_answered(run: Run) -> None:
    async def scenario() -> list[list[int]]:
        async with serving(Echo()) as edge:
            asked = [
                b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3,
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
                b"GET / HTT",
                b"",
            ]
            return [statuses(await edge.raw(sent, ends=True)) for sent in asked]

    assert run(scenario()) == [[200, 200, 200], [400], [400], []]


def test_old_clients_are_served(run: Run) -> None:
    assert b"connection: close" in answered(run, b"GET / HTTP/1.0\r\n\r\n")
    kept = answered(run, b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2)
    assert kept.count(b"connection: keep-alive") == 2


def test_nothing_is_heard_after_the_last_request(run: Run) -> None:
    echo = Echo()
    answer = answered(run, b"GET /a HTTP/1.1\r\n" + CLOSE + b"\r\n" + SMUGGLED, echo=echo)
    assert statuses(answer) == [200]
    assert [request.path for request in echo.seen] == ["/a"]


def test_large_bodies_together_are_bounded_and_given_back(run: Run) -> None:
    async def scenario() -> None:
        limits = replace(QUICK, most_held=300_000, small=1_000, body_seconds=5.0)
        head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 200000\r\n\r\n"
        async with serving(Echo(), limits) as edge, edge.connected() as (first, writer):
            writer.write(head + b"x" * 199_999)
            await asyncio.sleep(0.2)
            assert statuses(await edge.raw(head + b"x" * 200_000)) == [503]
            writer.write(b"x")
            await first.readuntil(b"\r\n\r\n")
            assert statuses(await edge.raw(head.replace(HOST, CLOSE) + b"x" * 200_000)) == [200]

    run(scenario())


class Patient(Echo):
    """Has read the body, and answers when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.has_read, self.may_answer = asyncio.Event(), asyncio.Event()

    @override
    async def __call__(self, request: Request, incoming: Incoming) -> Response:
        response = await super().__call__(request, incoming)
        self.has_read.set()
        await self.may_answer.wait()
        return response


def test_what_a_body_holds_is_given_back_when_the_client_goes_before_the_answer(run: Run) -> None:
    async def scenario() -> None:
        patient = Patient()
        async with serving(patient, replace(QUICK, small=1_000)) as edge:
            async with edge.connected() as (_, writer):
                writer.write(
                    b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000
                )
                await patient.has_read.wait()
                assert edge.server.holding._now > 0
                wire: socket.socket = writer.get_extra_info("socket")
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETTING)
            await edge.is_empty()
            patient.may_answer.set()
            await asyncio.sleep(0.05)
            assert edge.server.holding._now == 0

    run(scenario())


def test_too_many_connections_are_told_so(run: Run) -> None:
    async def scenario() -> None:
        async with serving(Echo(), replace(QUICK, most_connections=2, idle_seconds=30.0)) as edge:
            get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
            async with edge.connected() as (one, writer), edge.connected() as (two, other):
                writer.write(get)
                other.write(get)
                await one.readuntil(b"GET / ")
                await two.readuntil(b"GET / ")
                assert statuses(await edge.raw(b"")) == [503]
            await edge.is_empty()
            assert statuses(await edge.raw(get.replace(HOST, CLOSE))) == [200]

    run(scenario())


def test_the_limit_of_a_body_is_the_nodes(run: Run) -> None:
    sent = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % (BODY_LIMIT + 1)
    assert statuses(answered(run, sent)) == [413]


@pytest.mark.parametrize("size", [60_000, 66_000, 70_000, 100_000, 180_000, 1_000_000])
@pytest.mark.parametrize("path", ["/read", "/unread", "/pieces"])
def test_a_connection_is_heard_again_after_a_large_body(run: Run, path: str, size: int) -> None:
    class Reading(Echo):
        @override
        async def __call__(self, request: Request, incoming: Incoming) -> Response:
            await asyncio.sleep(0.02)  # so that the body is there, or stopped, before anybody reads it
            if request.path != "/pieces":
                return await super().__call__(request, incoming)
            came, until = 0, asyncio.get_running_loop().time() + 5
            while piece := await incoming.piece(until):
                came += len(piece)
            return Response(200, {}, str(came).encode())

    async def scenario() -> list[int]:
        found: list[int] = []
        async with serving(Reading()) as edge, edge.connected() as (reader, writer):
            for _ in range(3):
                head = b"POST %b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n" % (path.encode(), HOST, size)
                writer.write(head + b"x" * size)
                for sent in (b"", b"GET /next HTTP/1.1\r\n" + HOST + b"\r\n"):
                    writer.write(sent)
                    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)
                    found += statuses(answer)
                    await reader.readexactly(
                        int(answer.lower().split(b"content-length: ")[1].split(b"\r")[0])
                    )
        return found

    assert run(scenario()) == [403 if path == "/unread" else 200, 200] * 3
