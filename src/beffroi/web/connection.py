"""One connection: bytes in and out, flow in both directions, and one time limit at a time."""

import asyncio
import socket
import struct
from collections.abc import Callable
from math import inf
from typing import Final, Protocol, cast

from typing_extensions import override

from beffroi.web.body import Body, Holding
from beffroi.web.limits import Limits
from beffroi.web.outgoing import Outgoing, Turn
from beffroi.web.parsing import Exchange, Parser, Received
from beffroi.web.paths import Render
from beffroi.web.sending import CONTINUE

RESETTING: Final = struct.pack("ii", 1, 0)


class Owner(Protocol):
    """The server that a connection belongs to."""

    base: str
    limits: Limits
    holding: Holding
    stopping: bool
    date: str
    turn: Turn
    refuse: Render

    def opened(self, connection: "Connection", /) -> None: ...

    def lost(self, connection: "Connection", /) -> None: ...


class Connection(asyncio.Protocol):
    """What the loop calls, and what one task (`exchanging.serve`) waits for.

    `deadline` is a moment of the loop's clock; the server looks at it now and then and calls `expire`. With
    `stream` a stream without an end of its own ends, with `gone` any stream whose client has gone. While
    `asked` is being answered, work that only reads ends when its client has gone.
    """

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.deadline = inf
        self.stream: asyncio.Timeout | None = None
        self.gone: asyncio.Timeout | None = None
        self.asked: Exchange | None = None
        self.task: asyncio.Task[object] | None = None
        self.is_lost = False
        self._loop = asyncio.get_running_loop()
        self._late: Callable[[], object] = self.abort
        self._parser = Parser(owner.base, owner.limits, owner.holding, self)
        self._rest = b""
        self._waiter: asyncio.Future[None] | None = None
        self._is_reading_paused = self._is_writing_paused = False
        self._is_waiting = self._is_new = True
        self._is_head_timed = self._is_deaf = self._has_ended = False
        self._ignored = self._unsent = 0

    # what the loop calls

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._outgoing = Outgoing(self._transport, self.owner.turn, self.abort)
        self.owner.opened(self)

    @override
    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            self._ignored += len(data)
            if self._ignored > 2 * self.owner.limits.most_bytes:
                self.abort()
            return
        if self._rest or len(data) > self._parser.step:
            self._rest += data
            self._parse_rest()
        else:
            self._parser.feed(data)
        self._after_parsing()

    @override
    def eof_received(self) -> bool:
        self._parser.end()
        self._is_deaf = self._has_ended = True
        self._wake()
        if self.asked is not None and self.asked.body.ended and not self._is_writing_paused:
            self._allow(self.owner.limits.probe_seconds, self._probe)
        return True  # the answer can still be sent

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self.deadline = inf
        self._outgoing.forget()
        self._parser.end()
        self._wake()
        if self.gone is not None:
            self.gone.reschedule(self._loop.time())
        if self.asked is not None and self.asked.request.only_reads and self.task is not None:
            self.task.cancel()
        self.owner.lost(self)

    @override
    def pause_writing(self) -> None:
        self._is_writing_paused = True
        self._unsent = self._transport.get_write_buffer_size()
        self._allow(self.owner.limits.send_seconds, self._on_unsent)

    @override
    def resume_writing(self) -> None:
        self._is_writing_paused = False
        self.deadline = inf
        self._wake()

    # what the server calls

    def expire(self) -> None:
        """The time is over."""
        self.deadline = inf
        self._late()

    def stop(self) -> None:
        """Who waits for nothing goes at once; what could go on for long ends soon."""
        soon = self._loop.time() + self.owner.limits.stopping_seconds
        if self._is_waiting and not self._parser.is_in_head:
            self._wake()
        elif self.deadline < inf and not self._is_writing_paused:
            self.deadline = min(self.deadline, soon)
        if self.stream is not None:
            self.stream.reschedule(soon)

    # what comes in

    async def next(self) -> Received | None:
        """The next request, as soon as its head is there; None if there will be no more."""
        parser = self._parser
        if self._is_reading_paused:
            self._go_on()
        if not parser.received:
            self._await_head()
            while not (parser.received or parser.closed or (self.owner.stopping and not parser.is_in_head)):
                await self._sleep()
            self.deadline = inf
        self._is_waiting = self._is_new = False
        if not parser.received:
            return None
        received = parser.received.popleft()
        if self._is_reading_paused:
            self._go_on()
        return received

    def wants(self, body: Body) -> None:
        """Somebody reads this body: let it come."""
        limits = self.owner.limits
        self._allow(limits.stopping_seconds if self.owner.stopping else limits.body_seconds, body.late)
        self.takes(body)

    def takes(self, body: Body) -> None:
        """Somebody takes the next piece of this body: let more come."""
        if body.expects:
            self.write(CONTINUE)
        self._go_on()

    async def drain(self, body: Body) -> bool:
        """Let a body that nobody has read come to its end, within bounds; False if it does not."""
        body.forget()
        self._allow(self.owner.limits.drain_seconds, self._hear_no_more)
        self._go_on()
        while not (body.ended or self._parser.closed or body.is_endless):
            await self._sleep()
        self.deadline = inf
        return body.ended

    # what goes out

    def write(self, data: bytes) -> None:
        """Send, soon or when the client takes it."""
        if not self.is_lost:
            self._outgoing.write(data)

    async def written(self) -> None:
        """Return when more may be written. Raises ConnectionResetError when the client has gone."""
        while self._is_writing_paused and not self.is_lost:
            await self._sleep()
        if self.is_lost:
            raise ConnectionResetError

    async def linger(self) -> None:
        """Send the end, and wait for that of the client: to close while it is still sending would take the
        answer away from it."""
        self._hear_no_more()
        if self.is_lost or self._transport.is_closing():
            return
        self._outgoing.send()
        try:
            self._transport.write_eof()
        except OSError as failure:  # it has reset the connection, and the loop has not said so yet
            raise ConnectionResetError from failure
        self._allow(self.owner.limits.drain_seconds, self.eof_received)
        self._listen()
        while not (self._has_ended or self.is_lost):
            await self._sleep()

    def close(self) -> None:
        """Send what waits to be sent, then close."""
        self._parser.close()
        if not self.is_lost:
            self._outgoing.send()
            self._transport.close()
            self._allow(self.owner.limits.send_seconds, self._on_unsent)

    def abort(self) -> None:
        """Reset the connection: nobody takes what was sent for whole, not even where its end is the end."""
        self._parser.close()
        self._outgoing.forget()
        if not self.is_lost:
            wire: socket.socket = self._transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETTING)
            self._transport.abort()

    def _allow(self, seconds: float, late: Callable[[], object]) -> None:
        """Call `late` after so long, unless something else is allowed meanwhile."""
        self.deadline, self._late = self._loop.time() + seconds, late

    def _await_head(self) -> None:
        limits = self.owner.limits
        self._is_waiting, self._is_head_timed = True, self._parser.is_in_head
        soon = self._is_head_timed or self._is_new
        self._allow(limits.header_seconds if soon else limits.idle_seconds, self._on_no_head)

    def _on_no_head(self) -> None:
        if self._parser.is_in_head:
            self._parser.late()
        self._hear_no_more()

    def _on_unsent(self) -> None:
        """Drop a client that has taken nothing meanwhile."""
        unsent = self._transport.get_write_buffer_size()
        if unsent >= self._unsent > 0 or not self._is_writing_paused:
            self.abort()
            return
        self._unsent = unsent
        self._allow(self.owner.limits.send_seconds, self._on_unsent)

    def _probe(self) -> None:
        """Find out whether a client that sends no more still waits for its answer: the system of one that has
        closed resets the connection when anything comes (RFC 9112, section 9.6), which what is written next
        meets. Any client may be told to go on (RFC 9110, section 15.2)."""
        if self.asked is not None and self.asked.version == "1.1" and self.asked.request.only_reads:
            self.write(CONTINUE)
            self._allow(self.owner.limits.probe_seconds, self._probe)

    def _hear_no_more(self) -> None:
        self._parser.close()
        self._is_deaf, self._rest = True, b""
        self._wake()

    def _parse_rest(self) -> None:
        parser, rest, at = self._parser, self._rest, 0
        while at < len(rest) and not (parser.closed or parser.is_full):
            step = parser.step
            parser.feed(rest[at : at + step])
            at += step
        self._rest = rest[at:]

    def _after_parsing(self) -> None:
        parser = self._parser
        if parser.closed:
            self._is_deaf, self._rest = True, b""
        elif (self._rest or parser.is_full) and not self._is_reading_paused:
            self._is_reading_paused = True
            self._transport.pause_reading()
        if self._is_waiting and parser.is_in_head and not (self._is_head_timed or parser.received):
            self._await_head()
        elif self._waiter is not None:
            self._wake()

    def _go_on(self) -> None:
        """Parse what was left, and listen again unless that is too much already."""
        self._parse_rest()
        if not (self._rest or self._parser.is_full):
            self._listen()
        self._after_parsing()

    def _listen(self) -> None:
        if self._is_reading_paused and not self.is_lost:
            self._is_reading_paused = False
            self._transport.resume_reading()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _sleep(self) -> None:
        """Return when anything has happened."""
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
