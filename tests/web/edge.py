"""The HTTP server with an application of the test's own, on either event loop, and bytes to talk to it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from beffroi.kernel.problem import Problem
from beffroi.web.body import Incoming
from beffroi.web.limits import Limits
from beffroi.web.message import Request, Response
from beffroi.web.routing import plain_problem
from beffroi.web.server import HttpServer

QUICK = Limits(
    header_seconds=0.5,
    body_seconds=0.5,
    drain_seconds=0.5,
    send_seconds=0.5,
    idle_seconds=1.0,
    stopping_seconds=0.3,
    probe_seconds=0.1,
)


@dataclass
class Echo:
    """Answers with method, path and body; `/unread` without reading, others as tests say in `prepared`."""

    prepared: Mapping[str, Response] = field(default_factory=dict)
    seen: list[Request] = field(default_factory=list)

    async def __call__(self, request: Request, incoming: Incoming) -> Response:
        self.seen.append(request)
        if request.path in self.prepared:
            return self.prepared[request.path]
        if request.path == "/unread":
            return Response(403, {}, b"unread")
        if request.path == "/fails":
            raise RuntimeError("on purpose")
        try:
            request.body = await incoming.read()
        except Problem as problem:
            return plain_problem(problem, request)
        await asyncio.sleep(0)
        return Response(200, {}, f"{request.method} {request.path} ".encode() + request.body)


@dataclass
class Edge:
    server: HttpServer
    port: int
    tasks: asyncio.TaskGroup

    async def raw(self, sent: bytes, *, ends: bool = False) -> bytes:
        """All that comes back until the server closes."""
        async with self.connected() as (reader, writer):
            writer.write(sent)
            if ends:
                writer.write_eof()
            return await read_all(reader)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def is_empty(self) -> None:
        """Return when no connection is left."""
        while self.server.number:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(
    answer: Echo, limits: Limits = QUICK, before: Callable[[], None] = lambda: None
) -> AsyncGenerator[Edge, None]:
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        server = HttpServer(answer, tasks.create_task, "", limits, before)
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        await server.open(listening)
        try:
            yield Edge(server, port, tasks)
        finally:
            server.stop()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(server.ended(), 5)
            server.abort()


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """What comes until the end; a reset is an end."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            received += piece
    return received


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
