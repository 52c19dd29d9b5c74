"""An outside service behind the gate: `/through/{product}/…` is answered by the endpoint of the product.

The request has passed the gate: its token, its product, its rate and quotas. What goes out is guarded and
bounded as every call of the node; neither the token nor cookies go with it, and of the answer come back only
headers that describe its content. An answer that is long, or does not say how long it is, comes as it is
sent: what its buyer has not taken is not asked for, and a buyer that has gone ends the call. So does a body:
what the service has not taken is not asked of the buyer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Self

from beffroi.app.passing import Passed, Passing
from beffroi.kernel.grant import Grant
from beffroi.kernel.problem import (
    BadRequestData,
    MethodNotAllowed,
    Problem,
    ResourceNotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from beffroi.outbound import Client, Failed, Pace, Posted, Refused, Stream
from beffroi.web.body import Incoming
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import WITHOUT_BODY, Route, plain_problem

ROOT: Final = "/through/"
PACE: Final = Pace(head_s=20.0, piece_s=20.0, whole_s=300.0, most_bytes=10_000_000)
SMALL: Final = 65_536
"""Bytes that a body or an answer may announce to be read before it is sent on, so that it can be refused
whole."""

MOST_AT_ONCE: Final = 16
"""Requests of one product that its service is at work for at the same time."""

ASKED: Final = (
    "accept", "accept-encoding", "accept-language", "content-encoding", "content-language", "content-type",
    "if-none-match", "if-modified-since",
)  # fmt: skip
ANSWERED: Final = (
    "content-type", "content-encoding", "content-language", "vary", "etag", "last-modified", "cache-control",
    "expires", "link",
)  # fmt: skip
GUARD: Final = {"content-security-policy": "sandbox", "x-content-type-options": "nosniff"}
"""What a service answers is no page of this node."""


def is_through(request: Request) -> bool:
    """Whether a request is for an outside service."""
    return request.path.startswith(ROOT)


@dataclass(slots=True)
class Through:
    """`client` makes the calls."""

    client: Client
    _waiting: dict[str, int] = field(default_factory=dict[str, int])

    async def answer(
        self, grant: Grant, request: Request, incoming: Incoming | None, passed: Passed
    ) -> Response:
        """Answer a request from the endpoint of a grant; what goes wrong is a line of text."""
        try:
            url = address_of(grant, request)
            if incoming is None or request.method in WITHOUT_BODY:
                if request.body:
                    passed.take(len(request.body))
                return await self._asked(grant.product, request, url, request.body)
            return await self._posted(grant.product, request, url, incoming, passed)
        except Problem as problem:
            return plain_problem(problem, request)

    async def _posted(
        self, product: str, request: Request, url: str, incoming: Incoming, passed: Passed
    ) -> Response:
        """Ask with a body that is still with the buyer: a short one is read, another passes as it comes."""
        announced = incoming.announced
        if 0 <= announced <= SMALL and is_plain(request):
            body = await incoming.read()
            if body:
                passed.take(len(body))
            return await self._asked(product, request, url, body)
        passed.check(max(announced, 0))
        pieces = Passing(incoming, passed, PACE.whole_s)
        try:
            posted = Posted(pieces, announced if announced >= 0 else None)
            return await self._asked(product, request, url, posted)
        except Problem as problem:
            raise pieces.failure or problem from problem

    async def _asked(self, product: str, request: Request, url: str, body: bytes | Posted) -> Response:
        waiting = self._waiting.get(product, 0)
        if waiting >= MOST_AT_ONCE:
            raise Problem(
                TooManyRequests,
                f"{MOST_AT_ONCE} requests wait for the service already; ask again when one is answered.",
                {"retry-after": "1"},
            )
        self._waiting[product] = waiting + 1
        pieces: Pieces | None = None
        try:
            headers = _headers(request.headers)
            stream = await self.client.stream(request.method, url, headers, body, PACE)
            pieces = Pieces(stream, partial(self._end, product))
            return await _response(request, stream, pieces)
        except (Failed, Refused) as failure:
            raise Problem(
                Unavailable, "The service behind this product does not answer as it should."
            ) from failure
        except BaseException:
            if pieces is not None:
                await pieces.aclose()
            raise
        finally:
            if pieces is None:
                self._end(product)

    def _end(self, product: str) -> None:
        self._waiting[product] -= 1
        if not self._waiting[product]:
            del self._waiting[product]


class Pieces:
    """The body of an answer; `end` is called once, when it has ended or is let go."""

    def __init__(self, stream: Stream, end: Callable[[], None]) -> None:
        self._stream = stream
        self._end: Callable[[], None] | None = end

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._stream)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Let go of the service."""
        end, self._end = self._end, None
        if end is not None:
            end()
            await self._stream.aclose()


def is_plain(request: Request) -> bool:
    """Whether a body has no content coding."""
    return request.headers.get("content-encoding", "identity").strip().lower() in {"", "identity"}


async def _response(request: Request, stream: Stream, pieces: Pieces) -> Response:
    """An answer whose body is short in one piece, another one as it comes. Raises Failed, Problem."""
    if 300 <= stream.status < 400 and stream.status != 304:
        raise Problem(Unavailable, "The service behind this product leads elsewhere, which is not followed.")
    headers = {name: stream.headers[name] for name in ANSWERED if name in stream.headers} | GUARD
    announced = stream.headers.get("content-length", "")
    is_short = announced.isdigit() and int(announced) <= SMALL
    if is_short or request.method == "HEAD" or stream.status in {204, 304}:
        return Response(stream.status, headers, b"".join([piece async for piece in pieces]))
    if announced.isdigit() and int(announced) > PACE.most_bytes:
        raise Problem(Unavailable, f"The service answers with more than {PACE.most_bytes} bytes.")
    return Response(stream.status, headers, pieces=pieces)


async def ask_service(_: Through, __: Request, path: Arguments) -> Response:
    """An outside service that was bought, asked through the node"""
    raise Problem(
        Unauthorized,
        f"'{path['product'][:200]}' is answered to a token for this product.",
        {"www-authenticate": 'Bearer realm="beffroi"'},
    )


THROUGH_ROUTES: tuple[Route[Through], ...] = tuple(
    Route(method, path, ask_service, "docs/reference/market-access.md", "nothing")
    for path in ("/through/{product}", "/through/{product}/{path}")
    for method in ("GET", "POST")
)
"""What is said of the addresses below ROOT; with a token the gate answers them."""


def address_of(grant: Grant, request: Request) -> str:
    """The address behind a path. Raises Problem for a product that was not bought, a method that was not, and
    a path that leaves the endpoint.

    >>> from beffroi.kernel.grant import Grant
    >>> address_of(Grant("7", endpoint="https://api.example/v1/"), Request("GET", "/through/7/stops", "n=x"))
    'https://api.example/v1/stops?n=x'
    """
    product, _, _ = request.path.removeprefix(ROOT).partition("/")
    if not grant.endpoint or product != grant.product:
        raise Problem(ResourceNotFound, f"The path '{request.path[:200]}' does not exist.")
    if request.method not in {"GET", "HEAD", *grant.methods}:
        allow = ", ".join(sorted({"GET", "HEAD", *grant.methods}))
        raise Problem(
            MethodNotAllowed,
            f"The method {request.method[:20]} was not bought; it has {allow}.",
            {"allow": allow},
        )
    raw = request.raw_path or request.path
    rest = raw.removeprefix(ROOT).partition("/")[2]
    if any(segment in {".", ".."} for segment in request.path.replace("\\", "/").split("/")):
        raise Problem(BadRequestData, "The path leads out of what was bought.")
    url = f"{grant.endpoint.rstrip('/')}/{rest}" if rest else grant.endpoint
    return f"{url}?{request.query}" if request.query else url


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in ASKED if name in given}
