"""What a buyer posts to an outside service through the gate: it streams, bounded, counted, and ends with its
buyer."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from beffroi.app.serving import free_port, listening
from beffroi.app.through import SMALL
from beffroi.config import Settings
from beffroi.web.limits import BODY_LIMIT
from tests.conftest import Run
from tests.node.buying import Fair, a_fair
from tests.node.test_through import bought, counted, served

LONG = SMALL + 1


@dataclass
class Taker:
    """A service that takes bodies as they come; it begins its answer after `early` bytes, or else at the
    end."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    taken: int = 0
    ends: list[str] = field(default_factory=list)
    early: int = -1
    status: int = 200
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    may_take: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        except (asyncio.IncompleteReadError, ConnectionError):  # opened, and given up before it was needed
            return writer.transport.abort()
        self.heads.append(head)
        self.heard.set()
        await self.may_take.wait()
        try:
            await (self._chunks(reader, writer) if "\r\ntransfer-encoding: chunked" in head
                   else self._bytes(reader, writer, _length(head)))  # fmt: skip
            self.ends.append("whole")
            if self.early < 0:
                await self._answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.ends.append("broken")
        finally:
            self.left.set()
            writer.transport.abort()

    async def _chunks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await self._some(reader, writer, size)
            await reader.readexactly(2)
        await reader.readexactly(2)

    async def _bytes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int) -> None:
        while size:
            size -= await self._some(reader, writer, min(size, 1_000))

    async def _some(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int) -> int:
        before, self.taken = self.taken, self.taken + len(await reader.readexactly(size))
        if before <= self.early < self.taken:
            await self._answer(writer)
        return size

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: 4\r\n\r\ndone".encode())
        await writer.drain()


def _length(head: str) -> int:
    return next(int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:"))


@dataclass
class Buyer:
    """One connection to the node, on which a body is posted by hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes

    def begin(self, *fields: str) -> None:
        self.writer.write(self.head + "".join(f"{one}\r\n" for one in fields).encode() + b"\r\n")

    def chunk(self, piece: bytes) -> None:
        self.writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    async def answer(self) -> tuple[int, bytes]:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 20)
        body = await self.reader.readexactly(_length(head.decode().lower()))
        return int(head.split()[1]), body


Steps = Callable[[Fair, Taker, Buyer], Coroutine[Any, Any, None]]


def scenario(run: Run, steps: Steps, *, waits: bool = False, seconds: float = 30.0, **said: Any) -> None:
    """A product whose service may be posted to, and a buyer; with `waits` the service takes nothing at
    first."""

    async def live() -> None:
        settings = Settings(port=free_port("127.0.0.1"), body_seconds=seconds)
        async with served(Taker()) as taker, a_fair(settings) as fair:
            if not waits:
                taker.may_take.set()
            product, token = await bought(fair, taker, methods=["POST"], **said)
            async with listening(fair.node):
                reader, writer = await asyncio.open_connection("127.0.0.1", settings.port)
                head = (
                    f"POST /through/{product['id']}/plan HTTP/1.1\r\nHost: 127.0.0.1:{settings.port}\r\n"
                    f"Authorization: Bearer {token}\r\n"
                )
                await steps(fair, taker, Buyer(reader, writer, head.encode()))
                writer.transport.abort()
                async with asyncio.timeout(10):
                    while fair.node.gate.through._waiting:
                        await asyncio.sleep(0.02)

    run(live())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


def test_a_body_reaches_its_service_while_it_is_still_sent(run: Run) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        buyer.begin("Transfer-Encoding: chunked", "Content-Encoding: gzip", "TE: trailers", "X-Mine: 1")
        buyer.chunk(b"x" * 100)
        await until(lambda: taker.taken == 100)
        buyer.chunk(b"y" * 200_000)
        buyer.chunk(b"")
        assert await buyer.answer() == (200, b"done")
        assert (taker.taken, taker.ends) == (200_100, ["whole"])
        head = taker.heads[0]
        assert "\r\ntransfer-encoding: chunked" in head
        assert "\r\ncontent-encoding: gzip" in head
        for never in ("authorization", "x-mine", "\r\nte:", "expect", "content-length"):
            assert never not in head
        assert await counted(fair) == {"requests": 1, "bytes": 200_104}

    scenario(run, steps)


def test_a_length_that_was_announced_is_announced_to_the_service(run: Run) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        buyer.begin(f"Content-Length: {LONG}", "Expect: 100-continue")
        await asyncio.wait_for(buyer.reader.readuntil(b"100 Continue\r\n\r\n"), 20)
        buyer.writer.write(b"x" * (LONG - 1))
        await until(lambda: taker.taken >= LONG // 1_000 * 1_000)
        assert taker.ends == []
        buyer.writer.write(b"x")
        assert await buyer.answer() == (200, b"done")
        assert f"\r\ncontent-length: {LONG}\r\n" in taker.heads[0]
        assert "transfer-encoding" not in taker.heads[0]
        assert await counted(fair) == {"requests": 1, "bytes": LONG + 4}

    scenario(run, steps)


def test_of_what_a_service_does_not_take_only_a_little_is_let_in(run: Run) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        size = BODY_LIMIT - 1
        buyer.begin(f"Content-Length: {size}")
        pushing = asyncio.create_task(push(buyer, size))
        await taker.heard.wait()
        await asyncio.sleep(0.5)
        assert not pushing.done()
        holding = fair.node.gate.through._waiting
        assert list(holding.values()) == [1]
        taker.may_take.set()
        await asyncio.wait_for(pushing, 20)
        assert await buyer.answer() == (200, b"done")
        assert taker.taken == size

    scenario(run, steps, waits=True)


async def push(buyer: Buyer, size: int) -> None:
    for _ in range(size // 65_536):
        buyer.writer.write(b"x" * 65_536)
        await buyer.writer.drain()
    buyer.writer.write(b"x" * (size % 65_536))
    await buyer.writer.drain()


@pytest.mark.parametrize("field", ["Transfer-Encoding: chunked", f"Content-Length: {LONG}"])
def test_a_body_that_is_sent_in_part_times_out_and_breaks_off_at_the_service(run: Run, field: str) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        buyer.begin(field)
        buyer.writer.write(b"5\r\nabcde\r\n")
        status, said = await buyer.answer()
        assert (status, said) == (408, b"The body has not come in time.\n")
        await asyncio.wait_for(taker.left.wait(), 20)
        assert taker.ends == ["broken"]
        assert await counted(fair) == {"requests": 0, "bytes": 0}

    scenario(run, steps, seconds=0.3)


def test_a_buyer_who_goes_in_the_middle_ends_the_call(run: Run) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        buyer.begin("Transfer-Encoding: chunked")
        buyer.chunk(b"x" * 100)
        await until(lambda: taker.taken == 100)
        buyer.writer.transport.abort()
        await asyncio.wait_for(taker.left.wait(), 20)
        assert taker.ends == ["broken"]
        assert await counted(fair) == {"requests": 0, "bytes": 0}

    scenario(run, steps)


def test_a_body_that_is_announced_as_too_large_does_not_reach_the_service(run: Run) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        buyer.begin(f"Content-Length: {BODY_LIMIT + 1}", "Expect: 100-continue")
        assert (await buyer.answer())[0] == 413
        assert taker.taken == 0
        assert await counted(fair) == {"requests": 0, "bytes": 0}

    scenario(run, steps)


def test_a_body_that_turns_out_too_large_is_cut(run: Run) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        buyer.begin("Transfer-Encoding: chunked")
        for _ in range(BODY_LIMIT // 65_536 + 1):
            buyer.chunk(b"x" * 65_536)
            await buyer.writer.drain()
        assert (await buyer.answer())[0] == 413
        await asyncio.wait_for(taker.left.wait(), 20)
        assert taker.ends == ["broken"]
        assert taker.taken <= BODY_LIMIT

    scenario(run, steps)


@pytest.mark.parametrize("status", [200, 413])
def test_a_service_that_answers_early_ends_the_body(run: Run, status: int) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        taker.early, taker.status = 50, status
        buyer.begin("Transfer-Encoding: chunked")
        buyer.chunk(b"x" * 100)
        assert await buyer.answer() == (status, b"done")
        await until(lambda: not fair.node.gate.through._waiting)
        await asyncio.wait_for(taker.left.wait(), 20)
        assert taker.ends == ["broken"]
        expected = {"requests": 1, "bytes": 104} if status == 200 else {"requests": 0, "bytes": 0}
        assert await counted(fair) == expected

    scenario(run, steps)


QUOTA = {"metric": "bytes", "amount": 100_000, "period": "day"}


def test_a_body_beyond_the_quota_is_refused_before_the_service_is_asked(run: Run) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        buyer.begin("Content-Length: 100001")
        status, said = await buyer.answer()
        assert (status, b"Only 100000 are left; this needs 100001." in said) == (429, True)
        assert taker.heads == []
        assert await counted(fair) == {"requests": 0, "bytes": 0}

    scenario(run, steps, quota=QUOTA)


def test_a_body_that_outgrows_the_quota_is_broken_off_and_given_back(run: Run) -> None:
    async def steps(fair: Fair, taker: Taker, buyer: Buyer) -> None:
        buyer.begin("Transfer-Encoding: chunked")
        buyer.chunk(b"x" * 60_000)
        await until(lambda: taker.taken == 60_000)
        buyer.chunk(b"x" * 60_000)
        assert (await buyer.answer())[0] == 429
        await asyncio.wait_for(taker.left.wait(), 20)
        assert taker.ends == ["broken"]
        (spent,) = fair.node.gate.holders._spent.values()
        assert spent.by_day == {"requests": 0, "bytes": 0}

    scenario(run, steps, quota=QUOTA)
