"""Between ASGI 3 and our own Request and Response, for other servers and for tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import TypeAlias, cast

from beffroi.web.body import DEFAULT_LIMITS, Answer, BodyReader, Holding, Limits
from beffroi.web.message import Request, Response

Message: TypeAlias = Mapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class AsgiApplication:
    """The application that an ASGI server calls; `answer` is the node, `base` its configured address."""

    def __init__(self, answer: Answer, base: str = "", limits: Limits = DEFAULT_LIMITS) -> None:
        self._answer = answer
        self._base = base
        self._limits = limits
        self._holding = Holding(limits.most_held)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = _headers(scope)
        base = self._base or f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}"
        method = cast("str", scope["method"])
        query = cast("bytes", scope.get("query_string", b"")).decode("latin-1")
        request = Request(method, cast("str", scope["path"]), query, headers, base=base)
        pieces = _pieces(receive)
        whole = partial(_whole, pieces)
        body = BodyReader(headers, pieces, whole, self._limits, self._holding, asyncio.timeout)
        try:
            await _send(send, await self._answer(request, body.read), head=method == "HEAD")
            await body.drain()
        finally:
            body.close()


def _headers(scope: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in cast("list[tuple[bytes, bytes]]", scope.get("headers", [])):
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        yield cast("bytes", message.get("body", b""))
        more = bool(message.get("more_body"))


async def _send(send: Send, response: Response, *, head: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.pieces is not None and not head:
        async for piece in response.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if head else response.body})


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])
