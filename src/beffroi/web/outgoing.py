"""What goes out: small answers of one turn of the event loop leave together.

Each one that is sent wakes whoever waits for it, which costs more than the answer where that one sleeps.
Sent one after another, the first wakes a client that is then awake for the others.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

LOG = logging.getLogger("beffroi")
MOST_HELD: Final = 8 * 1024
"""Bytes of one connection: what is larger keeps its client at work for longer than it takes to wake, and less
than a transport takes before it asks to pause."""


class Turn:
    """What waits to leave at the end of this turn, on all connections of a server.

    `before` is called before anything leaves: it keeps what must be kept of answers before clients have them,
    for all answers of a turn at once. Where it fails, nothing of that turn leaves.
    """

    def __init__(self, before: Callable[[], None]) -> None:
        self._before = before
        self._waiting: list[Outgoing] = []
        self._has_failed = False

    def add(self, outgoing: "Outgoing") -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._end)
        self._waiting.append(outgoing)

    def keep(self) -> None:
        """Have kept what must be. Raises what `before` raises; then what waits does not leave either."""
        try:
            self._before()
        except Exception:
            self._has_failed = bool(self._waiting)
            raise

    def _end(self) -> None:
        try:
            self._before()
        except Exception:
            LOG.exception("What has to be kept before answers leave cannot be kept")
            self._has_failed = True
        waiting, self._waiting = self._waiting, []
        has_failed, self._has_failed = self._has_failed, False
        for outgoing in waiting:
            if has_failed:
                outgoing.abort()
            else:
                outgoing.send()


class Outgoing:
    """The bytes of one connection, in order. What is large goes at once, and so does what comes after
    something that the client has not taken yet: the transport counts it and asks to pause. `abort` ends the
    connection."""

    def __init__(self, transport: asyncio.Transport, turn: Turn, abort: Callable[[], None]) -> None:
        self._transport, self._turn, self.abort = transport, turn, abort
        self._held = b""

    def write(self, data: bytes) -> None:
        """Send, at the end of this turn at the latest."""
        if self._held:
            data = self._held + data
        if len(data) > MOST_HELD or self._transport.get_write_buffer_size():
            self._held = b""
            self._turn.keep()
            self._transport.write(data)
            return
        if not self._held:
            self._turn.add(self)
        self._held = data

    def send(self) -> None:
        """Send what is held, now."""
        held, self._held = self._held, b""
        if held:
            self._turn.keep()
            self._transport.write(held)

    def forget(self) -> None:
        """There is nobody any more to take it."""
        self._held = b""
