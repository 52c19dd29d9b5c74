"""A head that comes again is read as one that is parsed: the same messages, however they are cut into packets."""

import gc
from collections.abc import Sequence
from random import Random

import pytest

from beffroi.web.again import Again, seen
from beffroi.web.body import Body, Holding
from beffroi.web.head import Field, Head, Headers, read_head
from beffroi.web.limits import Limits
from beffroi.web.parsing import Exchange, Parser
from beffroi.web.refused import Refused
from tests.web.test_mutated import mutated

LIMITS = Limits(most_bytes=60, most_target=40)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "get", "PRI")
TARGETS = (
    "/", "/a?b=c", "/caf%C3%A9", "/%ff", "/a b", "/a#b", "*", "http://other/x", "/" + "x" * 60, "//a", "/a\tb",
    '/q="x"', "/\xe9", "/%2F", "/a?type=Room&q=n>3",
)  # fmt: skip
FIELDS = (
    "Host: a",
    "Host: a\r\nAuthorization: Bearer x.y.z",
    "Host: a\r\nContent-Length: {n}",
    "Host: a\r\ncontent-length:{n}\r\nAccept: */*",
    "Host: a\r\nContent-Length: 0",
    "Host: a\r\nContent-Length: {n}\r\nContent-Length: {n}",
    "Host: a\r\nX-Content-Length: 5\r\nContent-Length: {n}",
    "Host: a\r\nContent-Length: {n}\r\nX: y",
    "Host: a\r\nContent-Length: {n}\r\nX: z",
    "Host: a\r\nTransfer-Encoding: chunked",
    "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: {n}",
    "Host: a\r\nExpect: 100-continue\r\nContent-Length: {n}",
    "Host: a\r\nConnection: close",
    "Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c",
    "Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: {n}",
    "Host: a\nX: y",
    "Host: \xe9",
    "X: y",
)
BODIES = ("", "x", "hello", "x" * 59, "x" * 70, "0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")


class _Nobody:
    """A sender on whose connection nothing is asked for."""

    def wants(self, body: Body, /) -> None:
        raise AssertionError(body)

    takes = wants


def received(packets: list[bytes], *, whole: bool) -> list[object]:
    """What a parser finds in packets; with `whole` each is parsed at once, else its first byte alone."""
    parser = Parser("", LIMITS, Holding(1_000_000), _Nobody())
    found: list[Exchange | Refused] = []
    for packet in packets:
        for piece in [packet] if whole else [packet[:1], packet[1:]]:
            if piece:
                parser.feed(piece)
        found += [parser.received.popleft() for _ in range(len(parser.received))]
    return [*map(told, found), parser.closed, parser.is_in_head]


def told(one: Exchange | Refused) -> object:
    if isinstance(one, Refused):
        return one.problem.kind, one.problem.detail
    request, body = one.request, one.body
    facts = request.method, request.path, request.raw_path, request.query, dict(request.headers)
    end = bytes(body._bytes), body.ended, body.came, body.announced, body.expects, body._failure is None
    return *facts, request.base, request.unreadable, end, one.version, one.keeps


def mostly(random: Random, usual: Sequence[str], *others: str) -> str:
    """One of the usual in nine of ten draws."""
    return random.choice(usual if random.random() < 0.9 else others)


def packets_of(random: Random) -> list[bytes]:
    """Packets of one connection, mostly one sound message each, with fields of one or two kinds."""
    known = random.choices(FIELDS, k=2)

    def message() -> bytes:
        body = mostly(random, BODIES[:4], *BODIES[4:])
        fields = random.choice(known).format(n=mostly(random, [str(len(body))], "05", "+5", "", "9", "5 "))
        method, target = mostly(random, METHODS[:6], *METHODS[6:]), mostly(random, TARGETS[:3], *TARGETS[3:])
        version = mostly(random, ["HTTP/1.1"], "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1")
        content = "0\r\n\r\n" if "chunked" in fields else body if "ength" in fields else ""
        return f"{method} {target} {version}\r\n{fields}\r\n\r\n{content}".encode("latin-1")

    return [b"".join(message() for _ in range(random.choice([1, 1, 1, 2]))) for _ in range(6)]


@pytest.mark.parametrize("seed", range(10))
def test_a_connection_is_read_the_same_whether_heads_come_again_or_not(seed: int) -> None:
    random = Random(seed)
    for _ in range(1_000):
        packets = packets_of(random)
        assert received(packets, whole=True) == received(packets, whole=False), packets


@pytest.mark.parametrize("more", [b"{}", b"[1, 2, 3]"])
def test_so_is_one_whose_packets_end_anywhere(more: bytes) -> None:
    sound = b"POST /a?b=c HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nX: y\r\n\r\n{}"
    other = b"PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nX: y\r\n\r\n%b" % (len(more), more)
    whole = received([sound, other, sound], whole=True)
    for cut in range(1, len(other)):
        assert received([sound, other[:cut], other[cut:], sound], whole=True) == whole, other[:cut]


@pytest.mark.parametrize("seed", range(300))
def test_so_is_one_whose_bytes_are_damaged(seed: int) -> None:
    random = Random(seed)
    sound = b"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    packets = [random.choice([sound, mutated(random)]) for _ in range(8)]
    packets.append(bytes(random.choice(b"\r\n0 aG") if not random.randrange(30) else byte for byte in sound))
    assert received(packets, whole=True) == received(packets, whole=False)


def remembered(message: bytes, fields: list[Field]) -> Again | None:
    method, target, _ = message.split(b" ", 2)
    head = read_head(method.decode(), target.decode(), "1.1", fields, "", Headers())
    return seen(message, head.request, head.length)


def test_a_message_with_the_same_fields_needs_no_parser() -> None:
    fields: list[Field] = [(b"Host", b"a"), (b"Content-Length", b"2"), (b"X", b"y")]
    again = remembered(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nX: y\r\n\r\n{}", fields)
    assert again is not None
    found = again.read(b"PATCH /b?c=d HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX: y\r\n\r\n[{}]", 100)
    assert found is not None
    (request, length, expects), content = found
    assert (request.method, request.path, request.query, length, expects) == ("PATCH", "/b", "c=d", 4, False)
    assert dict(request.headers) == {"host": "a", "content-length": "4", "x": "y"}
    assert content == b"[{}]"
    assert again.read(b"PATCH /b HTTP/1.1\r\nHost: b\r\nContent-Length: 4\r\nX: y\r\n\r\n[{}]", 100) is None
    assert again.read(b"PATCH /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX: y\r\n\r\n[{}", 100) is None


def test_a_head_is_remembered_only_where_it_came_as_one_message() -> None:
    host: list[Field] = [(b"Host", b"a")]
    assert remembered(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", host) is not None
    assert remembered(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET", host) is None
    assert remembered(b"GET / HTTP/1.1\r\nHost: a\r\n\r", host) is None
    long: list[Field] = [*host, (b"Content-Length", b"0000000002")]
    assert remembered(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0000000002\r\n\r\n{}", long) is None
    chunked: list[Field] = [*host, (b"Transfer-Encoding", b"chunked")]
    assert (
        remembered(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", chunked)
        is None
    )


def test_what_is_kept_of_a_request_is_not_its_body() -> None:
    """A connection that waits for its next request must not hold the last one."""
    parser = Parser("", LIMITS, Holding(1_000), _Nobody())
    parser.feed(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
    exchange = parser.received.popleft()
    assert isinstance(exchange, Exchange)
    assert isinstance(parser._again, Again)
    kept = gc.get_referents(parser._again)
    assert exchange.request.headers in kept
    assert not any(isinstance(each, Head | Body | type(exchange.request)) for each in kept)
