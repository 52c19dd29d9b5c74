"""What goes out: the answers of one turn of the event loop leave together.

Each one that is sent wakes whoever waits for it, which costs more than a small answer where that one sleeps:
sent one after another, the first wakes a client that is then awake for the others. And what has to be kept
before answers leave is kept once for all of them.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable
from typing import Final

LOG = logging.getLogger("beffroi")
MOST_HELD: Final = 64 * 1024
"""Bytes of all connections, some three pages of entities: a client that had to wait for more of them would
have nothing to do meanwhile."""


class Turn:
    """What waits to leave at the end of this turn, on all connections of a server.

    `before` is called before anything leaves: it keeps what must be kept of answers before clients have them,
    for all answers of a turn at once. Where it fails, nothing of that turn leaves.
    """

    def __init__(self, before: Callable[[], None]) -> None:
        self._before = before
        self._waiting: dict[Outgoing, None] = {}
        self._size = 0
        self._has_failed = False
        self._current: Hashable | None = None

    def current(self) -> Hashable:
        """What is the same until this turn of the event loop is over, and never again."""
        if self._current is None:
            self._current = object()
            asyncio.get_running_loop().call_soon(self._pass)
        return self._current

    def _pass(self) -> None:
        self._current = None

    def hold(self, outgoing: "Outgoing", size: int) -> None:
        """Have it leave at the end of this turn, or now with all others where that is too much to wait."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._end)
        self._waiting[outgoing] = None
        self._size += size
        if self._size > MOST_HELD:
            self._end()

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
        waiting, self._waiting, self._size = self._waiting, {}, 0
        has_failed, self._has_failed = self._has_failed, False
        for outgoing in waiting:
            if has_failed:
                outgoing.abort()
            else:
                outgoing.send()


class Outgoing:
    """The bytes of one connection, in order. What comes after something that the client has not taken yet
    goes at once: the transport counts it and asks to pause. `abort` ends the connection."""

    def __init__(self, transport: asyncio.Transport, turn: Turn, abort: Callable[[], None]) -> None:
        self._transport, self._turn, self.abort = transport, turn, abort
        self._held = b""

    def write(self, data: bytes) -> None:
        """Send, at the end of this turn at the latest."""
        self._held = self._held + data if self._held else data
        if self._transport.get_write_buffer_size():
            self.send()
        else:
            self._turn.hold(self, len(data))

    def send(self) -> None:
        """Send what is held, now."""
        held, self._held = self._held, b""
        if held:
            self._turn.keep()
            self._transport.write(held)

    def forget(self) -> None:
        """There is nobody any more to take it."""
        self._held = b""
