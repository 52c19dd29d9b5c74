"""An outside service behind the gate: asked for its buyers, with nothing of theirs, and counted."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

import pytest

from beffroi.app.serving import free_port, listening
from beffroi.config import Settings
from beffroi.kernel.problem import Problem
from beffroi.outbound import Failed
from beffroi.web.streaming import Closable
from tests.conftest import Run
from tests.node.buying import Fair, a_fair, spec_characteristic


class Service:
    """A small HTTP server that keeps what it was asked and answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.headers, self.body = 200, "", b'{"stops": 3}'
        self.pieces: AsyncIterator[bytes] | None = None
        self.left_alone = asyncio.Event()
        self.port = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            (int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0
        )
        self.asked.append(head + (await reader.readexactly(length)).decode())
        if self.pieces is not None:
            await self.stream(reader, writer, self.pieces)
            return
        answer = (
            f"HTTP/1.1 {self.status} X\r\ncontent-type: application/json\r\nset-cookie: a=b\r\n{self.headers}"
            f"content-length: {len(self.body)}\r\nconnection: close\r\n\r\n"
        )
        writer.write(answer.encode() + self.body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pieces: AsyncIterator[bytes]
    ) -> None:
        """Send pieces until they end or nobody listens any more."""
        writer.write(f"HTTP/1.1 200 X\r\n{self.headers}transfer-encoding: chunked\r\n\r\n".encode())
        gone = asyncio.create_task(reader.read())
        try:
            async for piece in pieces:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
                if gone.done():
                    break
            else:
                writer.write(b"0\r\n\r\n")
                await gone
        except ConnectionError:
            pass
        finally:
            self.left_alone.set()
            gone.cancel()
            writer.transport.abort()


class Listener(Protocol):
    """What is served at its port."""

    port: int

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...


One = TypeVar("One", bound=Listener)


@asynccontextmanager
async def served(service: One) -> AsyncIterator[One]:
    server = await asyncio.start_server(service.handle, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    async with server:
        yield service


async def bought(fair: Fair, service: Listener, **more: Any) -> tuple[dict[str, Any], str]:
    """A product that is reached through the node, and a token for it."""
    said = {"endpointUrl": f"http://127.0.0.1:{service.port}/v1", "access": "gate", **more}
    listed = [spec_characteristic(name, value) for name, value in said.items()]
    specification = await fair.make(
        "productSpecification", {"name": "Stops", "productSpecCharacteristic": listed}
    )
    offering = await fair.make(
        "productOffering",
        {
            "name": "Stops",
            "lifecycleStatus": "Active",
            "productSpecification": {"id": specification["id"]},
            "relatedParty": [{"id": fair.city, "role": "seller"}],
        },
    )
    product = await fair.bought(offering["id"])
    return product, await fair.token(product)


def scenario(run: Run, steps: Callable[[Fair, Service], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        async with served(Service()) as service, a_fair() as fair:
            await steps(fair, service)

    run(live())


def test_a_service_is_asked_through_the_gate_and_counted(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service)
        said = {each["name"]: each["value"] for each in product["productCharacteristic"]}
        assert said["accessUrl"].endswith(f"/through/{product['id']}")
        answer = await fair.through(token, f"/through/{product['id']}/stops/a%20b?near=3,50")
        assert (answer.status, json.loads(answer.body)) == (200, {"stops": 3})
        assert "set-cookie" not in answer.headers
        (asked,) = service.asked
        assert asked.startswith("GET /v1/stops/a%20b?near=3,50 HTTP/1.1\r\n")
        assert token not in asked
        await fair.node.gate.holders.fold()
        (row,) = await fair.list("usage")
        counted = {each["name"]: each["value"] for each in row["usageCharacteristic"]}
        assert (counted["requests"], counted["bytes"]) == (1, len(service.body))
        assert (
            await fair.patch("product", product["id"], {"status": "suspended"}, fair.provider)
        ).status == 200
        assert (await fair.through(token, f"/through/{product['id']}/stops")).status == 401
        assert len(service.asked) == 1

    scenario(run, steps)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/through/other/stops", 404),
        ("POST", "/through/{id}/stops", 405),
        ("DELETE", "/through/{id}/stops", 405),
        ("GET", "/through/{id}/../secret", 400),
        ("GET", "/ngsi-ld/v1/entities?type=Room", 200),
        ("GET", "/through/{id}", 200),
    ],
)
def test_what_was_not_bought_of_a_service_is_not_asked(run: Run, method: str, path: str, status: int) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service)
        answer = await fair.through(
            token, path.replace("{id}", product["id"]), method, {} if method == "POST" else None
        )
        assert answer.status == status, answer.body
        assert len(service.asked) == (path == "/through/{id}" and status == 200)
        if path.startswith("/ngsi"):
            assert answer.body == b"[]"

    scenario(run, steps)


def test_a_service_may_be_posted_to_where_that_was_bought(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service, methods=["POST"])
        answer = await fair.through(token, f"/through/{product['id']}/plan", "POST", {"to": "a"})
        assert answer.status == 200
        assert service.asked[0].endswith('{"to": "a"}')

    scenario(run, steps)


def test_a_service_that_fails_costs_nothing_and_leads_nowhere(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        quota = {"metric": "requests", "amount": 1, "period": "day"}
        product, token = await bought(fair, service, quota=quota)
        path = f"/through/{product['id']}/stops"
        service.status = 500
        assert (await fair.through(token, path)).status == 500
        service.status, service.headers = 302, "location: http://169.254.169.254/\r\n"
        answer = await fair.through(token, path)
        assert (answer.status, b"leads elsewhere" in answer.body) == (503, True)
        service.status, service.headers = 200, ""
        assert (await fair.through(token, path)).status == 200
        assert (await fair.through(token, path)).status == 429

    scenario(run, steps)


async def counted(fair: Fair) -> dict[str, int]:
    """What was used of the one product in all."""
    await fair.node.gate.holders.fold()
    rows = await fair.list("usage")
    totals = {"requests": 0, "bytes": 0}
    for row in rows:
        for each in row["usageCharacteristic"]:
            if each["name"] in totals:
                totals[each["name"]] += each["value"]
    return totals


def test_a_long_answer_comes_as_it_is_sent_and_is_counted_as_it_was_taken(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service)
        service.body = b"x" * 3_000_000
        answer = await fair.through(token, f"/through/{product['id']}/all")
        assert answer.pieces is not None
        first = await anext(answer.pieces)
        assert 0 < len(first) < 1_000_000
        assert await counted(fair) == {"requests": 1, "bytes": len(first)}
        rest = [piece async for piece in answer.pieces]
        assert len(first) + sum(map(len, rest)) == len(service.body)
        assert await counted(fair) == {"requests": 1, "bytes": len(service.body)}
        assert fair.node.gate.through._waiting == {}

    scenario(run, steps)


def test_an_answer_of_unknown_length_comes_piece_by_piece(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service)
        taken = asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            yield b"first"
            await taken.wait()
            yield b"second"

        service.pieces = pieces()
        answer = await fair.through(token, f"/through/{product['id']}/all")
        assert answer.pieces is not None
        assert await anext(answer.pieces) == b"first"
        taken.set()
        assert b"".join([piece async for piece in answer.pieces]) == b"second"

    scenario(run, steps)


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65_536
        await asyncio.sleep(0)


def test_an_answer_ends_where_it_is_too_long(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service)
        path = f"/through/{product['id']}/all"
        service.body = b"x" * 10_000_001
        refused = await fair.through(token, path)
        assert (refused.status, b"more than 10000000 bytes" in refused.body) == (503, True)
        service.pieces = endless()
        answer = await fair.through(token, path)
        assert answer.pieces is not None
        size, failure = 0, ""
        try:
            async for piece in answer.pieces:
                size += len(piece)
        except Failed as failed:
            failure = str(failed)
        assert "more than 10000000 bytes" in failure
        assert 9_000_000 < size <= 10_000_000
        await asyncio.wait_for(service.left_alone.wait(), 5)
        assert await counted(fair) == {"requests": 1, "bytes": size}

    scenario(run, steps)


@pytest.mark.parametrize("begun", [False, True])
def test_what_nobody_takes_is_let_go(run: Run, *, begun: bool) -> None:
    """A quota that ends in the first piece, and a client that has gone before there was one."""

    async def steps(fair: Fair, service: Service) -> None:
        quota = {"metric": "bytes", "amount": 10, "period": "day"}
        product, token = await bought(fair, service, quota=quota)
        service.pieces = endless()
        answer = await fair.through(token, f"/through/{product['id']}/all")
        assert answer.pieces is not None
        if begun:
            with pytest.raises(Problem, match="is spent until"):
                await anext(answer.pieces)
        assert isinstance(answer.pieces, Closable)
        await answer.pieces.aclose()
        await asyncio.wait_for(service.left_alone.wait(), 5)
        assert fair.node.gate.through._waiting == {}
        assert (await counted(fair))["bytes"] == 0

    scenario(run, steps)


@pytest.mark.parametrize("stalls", [False, True])
def test_a_buyer_who_goes_ends_the_call_of_the_service(run: Run, *, stalls: bool) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        yield b"x" * 100
        if stalls:
            await asyncio.sleep(15)
        async for piece in endless():
            yield piece[:100]
            await asyncio.sleep(0.01)

    async def live() -> None:
        settings = Settings(port=free_port("127.0.0.1"))
        async with served(Service()) as service, a_fair(settings) as fair:
            product, token = await bought(fair, service)
            service.pieces = trickle()
            async with listening(fair.node):
                reader, writer = await asyncio.open_connection("127.0.0.1", settings.port)
                head = f"GET /through/{product['id']}/all HTTP/1.1\r\nHost: 127.0.0.1:{settings.port}\r\n"
                writer.write(f"{head}Authorization: Bearer {token}\r\n\r\n".encode())
                assert b"transfer-encoding: chunked" in await reader.readuntil(b"\r\n\r\n")
                await reader.readuntil(b"x" * 100)
                assert fair.node.gate.through._waiting == {product["id"]: 1}
                if stalls:  # a client that only sends no more could still listen
                    wire = writer.get_extra_info("socket")
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                async with asyncio.timeout(5):
                    while fair.node.gate.through._waiting:
                        await asyncio.sleep(0.02)
                    if not stalls:
                        await service.left_alone.wait()

    run(live())


def test_an_answer_stays_packed_as_its_buyer_takes_it(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, token = await bought(fair, service)
        service.headers, service.body = (
            "content-encoding: gzip\r\nvary: accept-encoding\r\n",
            b"\x1f\x8bpacked",
        )
        answer = await fair.through(token, f"/through/{product['id']}/all")
        assert (answer.body, answer.headers["content-encoding"]) == (service.body, "gzip")
        assert "accept-encoding: identity" in service.asked[0].lower()
        assert (await counted(fair))["bytes"] == len(service.body)

    scenario(run, steps)


def test_an_address_of_a_service_says_to_whom_it_answers(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product, _ = await bought(fair, service)
        answer = await fair.ask("GET", f"/through/{product['id']}/stops")
        assert (answer.status, "www-authenticate" in answer.headers) == (401, True)
        assert service.asked == []

    scenario(run, steps)
