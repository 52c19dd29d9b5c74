"""The guarded client against servers that lie, hang, flood and redirect."""

import asyncio
import gc
import gzip
import socket
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.outbound.hostile import (
    answering,
    babbles,
    bomb,
    drips,
    drips_headers,
    endless,
    hangs,
    listening,
    packed,
    resets,
)

from beffroi.outbound.client import Answer, Client
from beffroi.outbound.policy import Failed, Late, Policy, Refused, Unended
from beffroi.outbound.resolver import LookUp
from beffroi.outbound.stream import Pace

OPEN = Policy(allow_private=True, timeout_s=5, most_bytes=100_000)
QUICK = Policy(allow_private=True, timeout_s=0.3, most_bytes=100_000)
PUBLIC = Policy(timeout_s=5)


def fetch(policy: Policy, ask: Callable[[Client], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        async with Client(policy) as client:
            return await ask(client)

    return asyncio.run(run())


def test_an_answer_has_status_headers_body_and_its_own_address() -> None:
    async def run() -> None:
        async with (
            listening(answering("201 Created", {"X-One": "1", "Link": "<a>"}, b"hello")) as (url, seen),
            Client(OPEN) as client,
        ):
            answer = await client.request("POST", f"{url}/x", {"X-Key": "v"}, b"body")
            assert (answer.status, answer.body, answer.url) == (201, b"hello", f"{url}/x")
            assert answer.headers["x-one"] == "1"
            assert seen[0].startswith(b"POST /x HTTP/1.1\r\n")
            assert seen[0].endswith(b"\r\n\r\nbody")
            assert b"X-Key: v\r\n" in seen[0]

    asyncio.run(run())


def test_a_connection_is_kept_for_the_next_request() -> None:
    connections = list[object]()

    async def run() -> None:
        async def counting(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(writer.get_extra_info("peername"))
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

        async with listening(counting) as (url, _), Client(OPEN) as client:
            for _ in range(3):
                assert (await client.request("POST", url, {}, b"x")).status == 204

    asyncio.run(run())
    assert len(connections) == 3
    assert len(set(connections)) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://0.0.0.0:{port}/",
        "http://①②⑦.⓪.⓪.①:{port}/",
    ],
)
def test_a_canary_on_loopback_is_never_called_under_the_public_policy(address: str) -> None:
    async def run() -> None:
        async with listening(answering("200 OK")) as (url, seen), Client(PUBLIC) as client:
            target = address.format(port=url.rpartition(":")[2])
            for ask in (client.get(target), client.request("POST", target, {}, b"{}")):
                with pytest.raises(Refused):
                    await ask
            assert seen == []

    asyncio.run(run())


def names(answers: dict[str, list[str]], asked: list[str] | None = None) -> LookUp:
    """A name server that gives each name's addresses one after another."""

    def look_up(host: str, port: int, family: int, type: int, /) -> list[Any]:
        if asked is not None:
            asked.append(host)
        addresses = answers[host]
        return socket.getaddrinfo(
            addresses.pop(0) if len(addresses) > 1 else addresses[0], port, family, type
        )

    return look_up


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "10.0.0.1", "100.64.0.1"])
def test_a_name_that_leads_to_a_private_address_is_refused(address: str) -> None:
    look_up = names({"rebind.example.org": [address]})

    async def run() -> None:
        async with listening(answering("200 OK")) as (url, seen), Client(PUBLIC, look_up) as client:
            with pytest.raises(Refused, match="leads nowhere allowed"):
                await client.get(f"http://rebind.example.org:{url.rpartition(':')[2]}/")
            assert seen == []

    asyncio.run(run())


def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    """A name server that changes its answer between the check and the connection gains nothing."""
    asked = list[str]()
    look_up = names({"rebind.example.org": ["127.0.0.1", "169.254.169.254"]}, asked)

    async def run() -> None:
        async with listening(answering("200 OK", body=b"mine")) as (url, _), Client(OPEN, look_up) as client:
            answer = await client.get(f"http://rebind.example.org:{url.rpartition(':')[2]}/")
            assert answer.body == b"mine"
            assert asked == ["rebind.example.org"]

    asyncio.run(run())


def test_a_name_that_does_not_exist_fails_with_a_sentence() -> None:
    with pytest.raises(Failed, match=r"does not answer"):
        fetch(OPEN, lambda client: client.get("http://no-such-host.invalid/"))


def test_nobody_listening_fails_with_a_sentence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(Failed, match="does not answer"):
        fetch(OPEN, lambda client: client.get(f"http://127.0.0.1:{port}/"))


@pytest.mark.parametrize(
    ("behaviour", "kind", "said"),
    [
        (hangs, Late, r"does not answer within 0\.3 s"),
        (drips_headers, Late, r"does not answer within 0\.3 s"),
        (drips, Unended, r"The answer of '.*' does not end within 0\.3 s"),
    ],
)
def test_a_slow_server_costs_no_more_than_the_time_limit(
    behaviour: Callable[..., Awaitable[None]], kind: type[Failed], said: str
) -> None:
    async def run() -> None:
        async with listening(behaviour) as (url, _), Client(QUICK) as client:
            with pytest.raises(kind, match=said):
                await client.get(url)
            with pytest.raises(kind, match=said):
                await client.request("GET", url)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("behaviour", "said"), [(resets, "does not answer"), (babbles, r"cannot be read as HTTP\.$")]
)
def test_a_broken_answer_fails(behaviour: Callable[..., Awaitable[None]], said: str) -> None:
    async def run() -> None:
        async with listening(behaviour) as (url, _), Client(OPEN) as client:
            with pytest.raises(Failed, match=said):
                await client.request("POST", url, {}, b"{}")

    asyncio.run(run())


@pytest.mark.parametrize("connection", ["", "Connection: close\r\n"])
@pytest.mark.parametrize(
    "framing", ["Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n64\r\n"]
)
def test_a_body_that_is_shorter_than_it_says_fails(connection: str, framing: str) -> None:
    async def ends_early(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\n{connection}{framing}id;nom\n1;Op".encode())
        await writer.drain()
        writer.close()

    async def run() -> None:
        async with listening(ends_early) as (url, _), Client(OPEN) as client:
            with pytest.raises(Failed, match=r"The answer of '.*' ends before it is whole"):
                await client.get(url)
            stream = await client.stream("GET", url, {}, b"", Pace(5, 5, 5, 1_000))
            with pytest.raises(Failed, match="breaks off"):
                _ = [piece async for piece in stream]

    asyncio.run(run())


def test_an_answer_without_end_stops_at_the_limit() -> None:
    async def run() -> None:
        async with listening(endless) as (url, _), Client(OPEN) as client:
            with pytest.raises(Failed, match="larger than 100000 bytes"):
                await client.get(url)

    asyncio.run(run())


def test_a_compressed_bomb_is_not_unpacked() -> None:
    flood = bomb()

    async def run() -> None:
        async with (
            listening(answering("200 OK", {"Content-Encoding": "gzip"}, flood)) as (url, _),
            Client(OPEN) as client,
        ):
            gc.collect()
            tracemalloc.start()
            with pytest.raises(Failed, match="larger than 100000 bytes"):
                await client.get(url)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 20_000_000

    asyncio.run(run())


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", packed),
        ("x-gzip", packed),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("gzip", lambda body: gzip.compress(body[:7]) + gzip.compress(body[7:])),
        ("identity", bytes),
    ],
)
def test_a_compressed_answer_is_unpacked(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = b"what a city says " * 100

    async def run() -> None:
        async with (
            listening(answering("200 OK", {"Content-Encoding": encoding}, pack(body))) as (url, _),
            Client(OPEN) as client,
        ):
            assert (await client.get(url)).body == body

    asyncio.run(run())


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", packed(b"abc" * 99)[:-9]), ("gzip", b"no"), ("br", b"x")],
    ids=["damaged", "not packed", "unknown"],
)
def test_a_compressed_answer_that_is_damaged_or_unknown_fails(encoding: str, body: bytes) -> None:
    async def run() -> None:
        async with (
            listening(answering("200 OK", {"Content-Encoding": encoding}, body)) as (url, _),
            Client(OPEN) as client,
        ):
            with pytest.raises(Failed):
                await client.get(url)

    asyncio.run(run())


def test_get_follows_redirects_and_says_where_it_ended() -> None:
    async def run() -> None:
        async with (
            listening(answering("200 OK", body=b"there")) as (target, _),
            listening(answering("302 Found", {"Location": f"{target}/end#part"})) as (url, _),
            Client(OPEN) as client,
        ):
            answer = await client.get(url)
            assert (answer.body, answer.url) == (b"there", f"{target}/end")

    asyncio.run(run())


def test_a_redirect_to_another_origin_does_not_carry_credentials() -> None:
    async def run() -> None:
        async with (
            listening(answering("200 OK")) as (target, seen),
            listening(answering("307 Temporary", {"Location": target})) as (url, first),
            Client(OPEN) as client,
        ):
            await client.get(url, {"Authorization": "Bearer secret", "Accept": "text/plain"})
            assert b"Bearer secret" in first[0]
            assert b"Bearer secret" not in seen[0]
            assert b"text/plain" in seen[0]

    asyncio.run(run())


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "http://0.0.0.0/",
        "//[fe80::1]/",
    ],
)
def test_a_redirect_is_checked_as_the_first_address_was(target: str) -> None:
    async def run() -> None:
        async with (
            listening(answering("302 Found", {"Location": target})) as (url, _),
            Client(OPEN) as client,
        ):
            with pytest.raises(Refused):
                await client.get(url)

    asyncio.run(run())


def test_redirects_in_a_circle_end() -> None:
    async def run() -> None:
        async with (
            listening(answering("302 Found", {"Location": "/again"})) as (url, seen),
            Client(OPEN) as client,
        ):
            with pytest.raises(Failed, match="redirects more than 5 times"):
                await client.get(url)
            assert len(seen) == 6

    asyncio.run(run())


def test_a_post_is_never_redirected() -> None:
    async def run() -> None:
        async with (
            listening(answering("200 OK")) as (target, seen),
            listening(answering("307 Temporary", {"Location": target})) as (url, _),
            Client(OPEN) as client,
        ):
            assert (await client.request("POST", url, {}, b"{}")).status == 307
            assert seen == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Key", "a\r\nHost: evil"),
        ("X-Key", "a\nb"),
        ("X-Key", "a\0b"),
        ("X-Key\r\nHost", "evil"),
        ("X Key", "v"),
        ("", "v"),
        ("Host", "evil"),
        ("host", "evil"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("X-Key", "snow\u2603"),
    ],
)
def test_a_header_that_could_change_the_message_is_refused(name: str, value: str) -> None:
    async def run() -> None:
        async with listening(answering("200 OK")) as (url, seen), Client(OPEN) as client:
            with pytest.raises(Refused):
                await client.request("POST", url, {name: value}, b"{}")
            assert seen == []

    asyncio.run(run())


def test_headers_without_end_are_refused() -> None:
    many = {f"X-{n}": "v" * 100 for n in range(2000)}

    async def run() -> None:
        for headers in (many, {"X-Long": "v" * 100_000}):
            async with listening(answering("200 OK", headers)) as (url, _), Client(OPEN) as client:
                with pytest.raises(Failed):
                    await client.get(url)

    asyncio.run(run())


def test_cookies_are_not_kept() -> None:
    async def run() -> None:
        async with (
            listening(answering("200 OK", {"Set-Cookie": "id=1"})) as (url, seen),
            Client(OPEN) as client,
        ):
            await client.get(url)
            await client.get(url)
            assert b"id=1" not in seen[1]

    asyncio.run(run())


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with listening(answering("200 OK")) as (proxy, passed):
            monkeypatch.setenv("http_proxy", proxy)
            async with listening(answering("200 OK")) as (url, seen), Client(OPEN) as client:
                await client.get(url)
                assert (len(seen), passed) == (1, [])

    asyncio.run(run())
