"""Between Granian's RSGI and our own Request and Response."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from functools import partial
from types import TracebackType
from typing import Protocol

from granian._granian import RSGIProtocolClosed

from beffroi.kernel.problem import InvalidRequest, Problem
from beffroi.web.body import CLOSE, DEFAULT_LIMITS, Answer, BodyReader, Holding, Limits
from beffroi.web.message import Request, Response

STOPPING_SECONDS = 1.0
"""For what is under way when the server is asked to stop: a body that is here already gets read."""


class Headers(Protocol):
    def items(self) -> list[tuple[str, str]]: ...

    def keys(self) -> list[str]: ...


class Scope(Protocol):
    """The parts of an RSGI scope that we read (RSGI 1.5)."""

    proto: str
    http_version: str
    method: str
    path: str
    query_string: str
    scheme: str
    authority: str | None
    client: str
    headers: Headers


class Stream(Protocol):
    async def send_bytes(self, data: bytes) -> None: ...


class HTTPProtocol(Protocol):
    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def __call__(self) -> Awaitable[bytes]: ...

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None: ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Stream: ...


class RsgiApplication:
    """The application that Granian calls; `answer` is the node, `base` its configured address."""

    def __init__(self, answer: Answer, base: str = "", limits: Limits = DEFAULT_LIMITS) -> None:
        self._answer = answer
        self._base = base
        self._limits = limits
        self._holding = Holding(limits.most_held)
        self._open: set[asyncio.Timeout] = set()
        self._stopping = False

    def stop(self) -> None:
        """End soon what could go on for long: bodies that are still coming, and streams without end."""
        self._stopping = True
        soon = asyncio.get_running_loop().time() + STOPPING_SECONDS
        for limit in self._open:
            limit.reschedule(min(limit.when() or soon, soon))

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.proto != "http":
            return
        headers, unreadable = _headers(scope)
        host = headers.get("host", "localhost")
        request = Request(
            scope.method,
            scope.path,
            scope.query_string,
            headers,
            base=self._base or f"{scope.scheme}://{host}",
            unreadable=unreadable,
        )
        body = BodyReader(
            headers, _pieces(protocol), partial(_whole, protocol), self._limits, self._holding, self._within
        )
        try:
            response = await self._answer(request, body.read)
            await self._send(protocol, response, head=scope.method == "HEAD")
            await body.drain()
        finally:
            body.close()

    async def _send(self, protocol: HTTPProtocol, response: Response, *, head: bool) -> None:
        headers = list(response.headers.items())
        if response.pieces is not None and not head:
            stream = protocol.response_stream(response.status, headers)
            await self._send_pieces(stream, response.pieces, endless=_is_endless(response))
        elif response.body and not head:
            protocol.response_bytes(response.status, headers, response.body)
        else:
            if head and response.pieces is None:
                headers.append(("content-length", str(len(response.body))))
            protocol.response_empty(response.status, headers)

    async def _send_pieces(self, stream: Stream, pieces: AsyncIterator[bytes], *, endless: bool) -> None:
        """Send pieces as they come. Only what has no end of its own is ended when the server stops: a
        download that is cut must not look whole."""
        try:
            async with self._within(None) if endless else asyncio.timeout(None):
                async for piece in pieces:
                    await stream.send_bytes(piece)
        except TimeoutError:
            return

    def _within(self, seconds: float | None) -> "_Within":
        """Raise TimeoutError in the block after so long, or soon after the server was asked to stop."""
        return _Within(asyncio.timeout(STOPPING_SECONDS if self._stopping else seconds), self._open)


class _Within:
    """A limit of time that stands in a list while its block runs, so that the list can shorten it."""

    __slots__ = ("_limit", "_open")

    def __init__(self, limit: asyncio.Timeout, open_limits: set[asyncio.Timeout]) -> None:
        self._limit, self._open = limit, open_limits

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()
        self._open.add(self._limit)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.discard(self._limit)
        await self._limit.__aexit__(kind, error, trace)


async def _pieces(protocol: HTTPProtocol) -> AsyncIterator[bytes]:
    """The body piece by piece; Granian allows only one loop over it."""
    async for piece in protocol:
        yield piece


async def _whole(protocol: HTTPProtocol) -> bytes:
    """The body in one piece. Raises Problem(InvalidRequest) for one that is cut short."""
    try:
        return await protocol()
    except RSGIProtocolClosed as failure:
        raise Problem(InvalidRequest, "The body ends before the length announced.", CLOSE) from failure


def _is_endless(response: Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/event-stream")


def _headers(scope: Scope) -> tuple[dict[str, str], frozenset[str]]:
    """The headers by name, and the names of those whose value Granian does not hand over: not ASCII.

    A target in absolute form goes before Host (RFC 9112, section 3.2.2); HTTP/1.1 without a Host is no
    request (section 3.2), which an empty one says.
    """
    found: dict[str, str] = {}
    for name, value in scope.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    names = scope.headers.keys()
    unreadable = frozenset(names).difference(found) if len(names) != len(found) else frozenset[str]()
    if scope.authority:
        found["host"] = scope.authority
    elif "host" not in found and scope.http_version == "1.1":
        found["host"] = ""
    return found, unreadable
