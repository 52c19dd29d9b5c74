"""Between Granian's RSGI and our own Request and Response."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeAlias

from beffroi.web.message import Request, Response

Answer: TypeAlias = Callable[[Request], Awaitable[Response]]

BODY_LIMIT = 32 * 1024 * 1024
BODY_SECONDS = 30.0


class Headers(Protocol):
    def items(self) -> list[tuple[str, str]]: ...


class Scope(Protocol):
    """The parts of an RSGI scope that we read (RSGI 1.5)."""

    proto: str
    method: str
    path: str
    query_string: str
    scheme: str
    client: str
    headers: Headers


class Stream(Protocol):
    async def send_bytes(self, data: bytes) -> None: ...


class HTTPProtocol(Protocol):
    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None: ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Stream: ...


class RsgiApplication:
    """The application that Granian calls; `answer` is the node, `base` its configured address."""

    def __init__(self, answer: Answer, base: str = "") -> None:
        self._answer = answer
        self._base = base

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.proto != "http":
            return
        headers = _headers(scope)
        body = b""
        if scope.method not in {"GET", "HEAD", "DELETE", "OPTIONS"} or "content-length" in headers:
            refused, body = await _body(headers, protocol)
            if refused is not None:
                _send_whole(protocol, refused, head=False)
                return
        base = self._base or f"{scope.scheme}://{headers.get('host', 'localhost')}"
        request = Request(scope.method, scope.path, scope.query_string, headers, body, base)
        response = await self._answer(request)
        if response.pieces is not None and scope.method != "HEAD":
            await _send_pieces(protocol, response, response.pieces)
        else:
            _send_whole(protocol, response, head=scope.method == "HEAD")


def _headers(scope: Scope) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in scope.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


async def _body(headers: dict[str, str], protocol: HTTPProtocol) -> tuple[Response | None, bytes]:
    """The whole body, or the answer to one that is too large or too slow."""
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > BODY_LIMIT:
        return too_large(), b""
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in protocol:
                size += len(piece)
                if size > BODY_LIMIT:
                    return too_large(), b""
                pieces.append(piece)
    except TimeoutError:
        return Response(408, {"connection": "close"}), b""
    return None, b"".join(pieces)


def too_large() -> Response:
    """413 for a body over the limit."""
    text = f"The body is larger than {BODY_LIMIT} bytes.\n".encode()
    return Response(413, {"content-type": "text/plain; charset=utf-8", "connection": "close"}, text)


def _send_whole(protocol: HTTPProtocol, response: Response, *, head: bool) -> None:
    headers = list(response.headers.items())
    if head or not response.body:
        protocol.response_empty(response.status, headers)
    else:
        protocol.response_bytes(response.status, headers, response.body)


async def _send_pieces(protocol: HTTPProtocol, response: Response, pieces: AsyncIterator[bytes]) -> None:
    stream = protocol.response_stream(response.status, list(response.headers.items()))
    async for piece in pieces:
        await stream.send_bytes(piece)
