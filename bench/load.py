"""Load: send prepared HTTP requests over kept connections, as fast as answers come."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import cast

from typing_extensions import override


@dataclass(frozen=True)
class Measured:
    """`seconds` from the first request to the last answer; `delays` of single requests, sorted."""

    count: int
    seconds: float
    delays: list[float]
    failed: int

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    def delay(self, share: float) -> float:
        """The delay in milliseconds that this share of requests did not exceed."""
        return 1000 * self.delays[min(int(share * len(self.delays)), len(self.delays) - 1)]


def request(method: str, path: str, body: bytes = b"", media: str = "application/json") -> bytes:
    """One HTTP/1.1 request as it goes over the wire."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
    if body:
        head += f"Content-Type: {media}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last one is whole."""

    def __init__(self, requests: Iterator[bytes], delays: list[float], done: asyncio.Future[None]) -> None:
        self._requests, self._delays, self._done = requests, delays, done
        self._buffer = bytearray()
        self._sent = 0.0
        self.failed = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    @override
    def connection_lost(self, failure: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(failure or ConnectionError("the server closed the connection"))

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.find(b"content-length: ", 0, head)
        length = 0 if at < 0 else int(self._buffer[at + 16 : self._buffer.find(b"\r", at)])
        if len(self._buffer) < head + 4 + length:
            return
        self._delays.append(time.perf_counter() - self._sent)
        if self._buffer[9:10] != b"2":
            self.failed += 1
        self._buffer.clear()
        self._next()

    def _next(self) -> None:
        following = next(self._requests, None)
        if following is None:
            if not self._done.done():
                self._done.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(following)


async def load(port: int, requests: Iterator[bytes], connections: int) -> Measured:
    """Send all requests over so many connections, one at a time on each."""
    loop = asyncio.get_running_loop()
    delays: list[float] = []
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    begin = time.perf_counter()
    opened = [
        await loop.create_connection(partial(_Connection, requests, delays, end), "127.0.0.1", port)
        for end in ends
    ]
    await asyncio.gather(*ends)
    seconds = time.perf_counter() - begin
    return Measured(len(delays), seconds, sorted(delays), sum(protocol.failed for _, protocol in opened))
