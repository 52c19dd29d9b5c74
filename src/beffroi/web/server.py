"""The HTTP server: its connections, their number and their time limits, from opening to end."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from email.utils import formatdate
from functools import partial
from typing import Final, TypeAlias

from beffroi.kernel.problem import Problem, Unavailable
from beffroi.web.body import Answer, Holding
from beffroi.web.connection import Connection
from beffroi.web.exchanging import serve
from beffroi.web.limits import DEFAULT_LIMITS, Limits
from beffroi.web.message import Request
from beffroi.web.outgoing import Turn
from beffroi.web.paths import Render
from beffroi.web.refused import CLOSE
from beffroi.web.routing import plain_problem
from beffroi.web.sending import head_of

Spawn: TypeAlias = Callable[[Coroutine[None, None, None]], object]

TICK_SECONDS: Final = 0.2
ACCEPTED_AT_ONCE: Final = 16
"""Connections that are taken in one turn of the event loop. libuv takes one from each listening socket, so
that many that open at once waited for as many turns; so many sockets stand for the one address."""
FULL: Final = plain_problem(Problem(Unavailable, "Too many connections are open.", CLOSE), Request("", ""))


class HttpServer:
    """Serves `answer` under the configured address `base`; `spawn` starts tasks that somebody awaits, and
    `before` is called before anything leaves (`outgoing.Turn`). `refuse` writes what is told below the
    routes: to what is no request, of which it has the path at most, and where `answer` itself fails."""

    def __init__(
        self,
        answer: Answer,
        spawn: Spawn,
        base: str = "",
        limits: Limits = DEFAULT_LIMITS,
        before: Callable[[], None] = lambda: None,
        refuse: Render = plain_problem,
    ) -> None:
        self._answer, self._spawn = answer, spawn
        self.base, self.limits, self.refuse = base, limits, refuse
        self.holding = Holding(limits.most_held)
        self.stopping = False
        self.date = formatdate(usegmt=True)
        self.turn = Turn(before)
        self._connections: set[Connection] = set()
        self._servers: list[asyncio.Server] = []
        self._ticking: asyncio.TimerHandle | None = None
        self._ended = asyncio.Event()

    @property
    def number(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def open(self, listening: socket.socket) -> None:
        """Take connections on a socket that is bound."""
        loop = asyncio.get_running_loop()
        for sock in (listening, *(listening.dup() for _ in range(ACCEPTED_AT_ONCE - 1))):
            server = await loop.create_server(partial(Connection, self), sock=sock, backlog=1_024)
            self._servers.append(server)
        self._tick()

    def stop(self) -> None:
        """Take no more connections. What is under way goes on; what could go on for long ends soon."""
        self.stopping = True
        for server in self._servers:
            server.close()
        for connection in tuple(self._connections):
            connection.stop()
        self._note_end()

    async def ended(self) -> None:
        """Return when the server was stopped and the last connection is closed."""
        await self._ended.wait()

    def abort(self) -> None:
        """Cut what is still open."""
        for connection in tuple(self._connections):
            connection.abort()
        if self._ticking is not None:
            self._ticking.cancel()

    def opened(self, connection: Connection) -> None:
        """Serve a connection, unless there are too many."""
        if self.stopping or len(self._connections) >= self.limits.most_connections:
            connection.write(head_of(FULL, self.date) + FULL.body)
            connection.close()
            return
        self._connections.add(connection)
        self._spawn(serve(connection, self._answer))

    def lost(self, connection: Connection) -> None:
        """A connection has been closed."""
        self._connections.discard(connection)
        self._note_end()

    def _note_end(self) -> None:
        if self.stopping and not self._connections:
            self._ended.set()

    def _tick(self) -> None:
        """Look at every clock: cheaper than a timer for each of ten thousand connections."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self.date = formatdate(usegmt=True)
        for connection in [each for each in self._connections if each.deadline <= now]:
            connection.expire()
        self._ticking = loop.call_later(TICK_SECONDS, self._tick)
