"""The body of a request as it comes in: bounded in bytes and in what is held at once (RFC 9110, RFC 9112)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeAlias

from beffroi.kernel.problem import (
    InvalidRequest,
    Problem,
    RequestTimeout,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from beffroi.web.head import CHUNKED, Head
from beffroi.web.limits import Limits
from beffroi.web.message import Request, Response
from beffroi.web.refused import CLOSE


class Incoming(Protocol):
    """A body that is still with its client: it comes when somebody asks for it."""

    @property
    def announced(self) -> int:
        """Its bytes, as far as its head says; CHUNKED where it does not."""
        ...

    async def read(self) -> bytes:
        """The whole body. Raises Problem."""
        ...

    async def piece(self, until: float) -> bytes:
        """What has come since the piece before; empty at its end. Raises Problem, also for a body that has
        not ended at the moment `until` of the loop's clock."""
        ...


Answer: TypeAlias = Callable[[Request, Incoming], Awaitable[Response]]
"""A node: it reads the body when it knows that the one who asks may send one."""

AHEAD: Final = 64 * 1024
"""So much of a body is taken before anybody reads it."""
FRAMING: Final = 1024 * 1024
"""Bytes that chunks may cost beyond those of the body itself."""


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


class Sender(Protocol):
    """The connection on which a body comes."""

    def wants(self, body: "Body", /) -> None:
        """Let the rest of the body come, in the time that a body has."""

    def takes(self, body: "Body", /) -> None:
        """Let more of the body come; the body itself sees how long that takes."""


class Body:
    """One body. What comes is `put`, then `end` or `fail`; `close` when the answer is sent."""

    __slots__ = (
        "_bytes",
        "_failure",
        "_forgotten",
        "_head",
        "_held",
        "_holding",
        "_is_taken",
        "_limits",
        "_reader",
        "_sender",
        "came",
        "ended",
        "on_wire",
    )

    def __init__(self, head: Head, limits: Limits, holding: Holding, sender: Sender) -> None:
        self._head, self._limits, self._holding, self._sender = head, limits, holding, sender
        self._bytes: bytes | bytearray = b""
        self._failure: Problem | None = None
        self._reader: asyncio.Future[None] | None = None
        self._forgotten = self._is_taken = False
        self._held = 0
        self.came = self.on_wire = 0
        self.ended = head.length == 0

    @property
    def announced(self) -> int:
        return self._head.length

    @property
    def expects(self) -> bool:
        """True while the client waits for leave to send it."""
        return self._head.expects and not self.came and not self.ended

    @property
    def is_ahead(self) -> bool:
        """True if more has come than is taken before somebody reads. Of one that is whole nothing more comes:
        who reads it asks for nothing, and what follows it on the connection is not held up by it."""
        unread = 0 if self.ended else self.came
        waiting = len(self._bytes) if self._is_taken else unread
        return waiting > AHEAD and self._reader is None and not self._forgotten

    @property
    def is_endless(self) -> bool:
        """True if more has come of a forgotten body than anybody waits for."""
        return self._forgotten and self.came > 3 * self._limits.most_bytes

    async def read(self) -> bytes:
        """The whole body. Raises Problem for one that is too large, too slow, packed, or cut short."""
        if self._head.length:
            self._check()
            if not self.ended and self._failure is None:
                await self._come()
            if self._failure is not None:
                raise self._failure
            if self._head.length == CHUNKED:
                self._note_length()
        return bytes(self._bytes)

    async def piece(self, until: float) -> bytes:
        """What has come since the piece before, packed as it is; empty at its end. Of what nobody takes only
        a little more is let in.

        Raises Problem for a body that is too large or cut short, for one of which nothing comes for as long
        as a body has, and for one that has not ended at the moment `until` of the loop's clock.
        """
        if self._head.length > self._limits.most_bytes:
            raise _too_large(self._limits.most_bytes)
        self._is_taken = True
        while not (self._bytes or self.ended or self._failure is not None):
            await self._more(until)
        if self._failure is not None:
            raise self._failure
        piece = bytes(self._bytes)
        self.close()
        return piece

    def put(self, piece: bytes) -> None:
        """A piece has come."""
        self.came += len(piece)
        if self._forgotten:
            return
        if self.came > self._limits.most_bytes:
            self.fail(_too_large(self._limits.most_bytes))
        elif not (self._is_taken or self._hold()):
            self.fail(
                Problem(Unavailable, "Too many large bodies come at once.", {"retry-after": "1", **CLOSE})
            )
        elif not self._bytes:
            self._bytes = piece
        else:
            if isinstance(self._bytes, bytes):
                self._bytes = bytearray(self._bytes)
            self._bytes += piece
        if self._is_taken:
            self._wake()

    def framed(self, size: int) -> None:
        """So many bytes have come for it, chunk sizes and trailers included."""
        self.on_wire += size
        if self.on_wire > 2 * self.came + FRAMING and not self._forgotten:
            self.fail(Problem(InvalidRequest, "The body has more framing than content.", CLOSE))

    def end(self) -> None:
        """All of it has come."""
        self.ended = True
        self._wake()

    def cut(self) -> None:
        """The client sends no more."""
        whole = "its last chunk" if self.announced == CHUNKED else f"the {self.announced} bytes announced"
        self.fail(Problem(InvalidRequest, f"The body ends before {whole}.", CLOSE))

    def late(self) -> None:
        """It has not come in time."""
        if not self.ended:
            self.fail(Problem(RequestTimeout, "The body has not come in time.", CLOSE))

    def fail(self, problem: Problem) -> None:
        """It will not be read: whoever reads it gets the problem."""
        self._failure = self._failure or problem
        self.forget()
        self._wake()

    def forget(self) -> None:
        """What has come and what still comes is not kept."""
        self._forgotten = True
        self.close()

    def close(self) -> None:
        self._bytes = b""
        if self._held:
            self._holding.give_back(self._held)
            self._held = 0

    def _check(self) -> None:
        """Raise Problem for a body that is not read whatever it holds."""
        coding = self._head.request.headers.get("content-encoding", "").strip().lower()
        if coding not in {"", "identity"}:
            raise Problem(
                UnsupportedMediaType,
                f"The body has the content coding '{coding[:50]}'; only bodies without one are read.",
                {"accept-encoding": "identity"},
            )
        if self._head.length > self._limits.most_bytes:
            raise _too_large(self._limits.most_bytes)

    async def _come(self) -> None:
        self._reader = asyncio.get_running_loop().create_future()
        self._sender.wants(self)
        await self._reader

    async def _more(self, until: float) -> None:
        """Return when more has come, or will not."""
        loop = asyncio.get_running_loop()
        self._reader = loop.create_future()
        late = loop.call_at(min(until, loop.time() + self._limits.body_seconds), self.late)
        self._sender.takes(self)
        try:
            await self._reader
        finally:
            late.cancel()
            self._reader = None

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _note_length(self) -> None:
        """A decoded body has a length and no coding any more (RFC 9112, section 7.1.3)."""
        headers = {**self._head.request.headers, "content-length": str(len(self._bytes))}
        headers.pop("transfer-encoding", None)
        self._head.request.headers = headers

    def _hold(self) -> bool:
        more = self.came - self._limits.small - self._held
        if more <= 0:
            return True
        if not self._holding.take(more):
            return False
        self._held += more
        return True


def _too_large(most: int) -> Problem:
    return Problem(TooLarge, f"The body is larger than {most} bytes.", CLOSE)
