"""Read the body of a request: bounded in bytes, in time and in what is held at once (RFC 9110, RFC 9112)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, TypeAlias

from beffroi.kernel.problem import (
    InvalidRequest,
    LengthRequired,
    Problem,
    RequestTimeout,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from beffroi.web.message import Request, Response

Read: TypeAlias = Callable[[], Awaitable[bytes]]
Answer: TypeAlias = Callable[[Request, Read], Awaitable[Response]]
"""A node: it reads the body when it knows that the one who asks may send one."""

Within: TypeAlias = Callable[[float | None], AbstractAsyncContextManager[object]]

BODY_LIMIT: Final = 32 * 1024 * 1024
AT_ONCE: Final = 64 * 1024
"""Announced bodies up to this size come in one piece: one wait instead of one for each piece."""
CLOSE: Final = {"connection": "close"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How large bodies may be and how long they may take.

    `most_held` bounds the bytes of all bodies that are held at once; the first `small` bytes of each do not
    count, so that large bodies cannot keep small ones out. After an answer that did not wait for the body,
    what still comes is read and forgotten for `drain_seconds`: to close at once would take the answer away
    from a client that is still sending.
    """

    body_seconds: float = 30.0
    most_bytes: int = BODY_LIMIT
    most_held: int = 8 * BODY_LIMIT
    small: int = 1024 * 1024
    drain_seconds: float = 5.0


DEFAULT_LIMITS: Final = Limits()


class Holding:
    """The bytes of bodies that are held now."""

    def __init__(self, most: int) -> None:
        self._most, self._now = most, 0

    def take(self, size: int) -> bool:
        """Hold so many bytes more; False if that is too much."""
        if self._now + size > self._most:
            return False
        self._now += size
        return True

    def give_back(self, size: int) -> None:
        self._now -= size


class BodyReader:
    """The body of one request; `close` when the answer is sent."""

    def __init__(
        self,
        headers: Mapping[str, str],
        pieces: AsyncIterator[bytes],
        whole: Callable[[], Awaitable[bytes]],
        limits: Limits,
        holding: Holding,
        within: Within,
    ) -> None:
        self._headers, self._pieces, self._whole, self._limits = headers, pieces, whole, limits
        self._holding, self._within = holding, within
        self._held = 0
        self._ended = "content-length" not in headers and "transfer-encoding" not in headers

    async def read(self) -> bytes:
        """The whole body. Raises Problem for one that is too large, too slow, packed, or cut short."""
        if self._ended:
            return b""
        length = self._announced()
        try:
            async with self._within(self._limits.body_seconds):
                body = await (self._whole() if length <= AT_ONCE else self._by_pieces(length))
        except TimeoutError as failure:
            raise Problem(RequestTimeout, "The body has not come in time.", CLOSE) from failure
        self._ended = True
        if len(body) < length:
            raise Problem(InvalidRequest, f"The body ends before the {length} bytes announced.", CLOSE)
        return body

    async def _by_pieces(self, length: int) -> bytes:
        read = list[bytes]()
        size = 0
        async for piece in self._pieces:
            size += len(piece)
            if size > length:
                raise _too_large(self._limits.most_bytes)
            self._hold(size)
            read.append(piece)
        return b"".join(read)

    async def drain(self) -> None:
        """Let a body that nobody has read come to its end, within bounds. Who asked first (Expect) will not
        send it after this answer."""
        if self._ended or "expect" in self._headers:
            return
        left = 2 * self._limits.most_bytes
        try:
            async with self._within(self._limits.drain_seconds):
                async for piece in self._pieces:
                    left -= len(piece)
                    if left < 0:
                        return
        except TimeoutError:
            return

    def close(self) -> None:
        self._holding.give_back(self._held)
        self._held = 0

    def _announced(self) -> int:
        """The length that the headers announce. Raises Problem for a body that we do not read."""
        coding = self._headers.get("content-encoding", "").strip().lower()
        if coding not in {"", "identity"}:
            raise Problem(
                UnsupportedMediaType,
                f"The body has the content coding '{coding[:50]}'; only bodies without one are read.",
                {"accept-encoding": "identity"},
            )
        if "transfer-encoding" in self._headers:
            # Granian tells the end of a chunked body and its loss in the same way
            raise Problem(LengthRequired, "A body is read only with a Content-Length.")
        text = self._headers["content-length"]
        length = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
        if length > self._limits.most_bytes:
            raise _too_large(self._limits.most_bytes)
        return length

    def _hold(self, size: int) -> None:
        more = max(0, size - self._limits.small) - self._held
        if more > 0 and not self._holding.take(more):
            raise Problem(Unavailable, "Too many large bodies come at once.", {"retry-after": "1", **CLOSE})
        self._held += max(0, more)


def _too_large(most: int) -> Problem:
    return Problem(TooLarge, f"The body is larger than {most} bytes.", CLOSE)
