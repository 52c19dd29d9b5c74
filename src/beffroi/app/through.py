"""An outside service behind the gate: `/through/{product}/…` is answered by the endpoint of the product.

The request has passed the gate: its token, its product, its rate and quotas. What goes out is guarded and
bounded as every call of the node; neither the token nor cookies go with it, and of the answer come back only
headers that describe its content.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from beffroi.kernel.grant import Grant
from beffroi.kernel.problem import (
    BadRequestData,
    MethodNotAllowed,
    Problem,
    ResourceNotFound,
    TooManyRequests,
    Unavailable,
)
from beffroi.outbound import Answer, Client, Failed, Refused
from beffroi.web.body import Read
from beffroi.web.message import Request, Response
from beffroi.web.routing import WITHOUT_BODY, plain_problem

ROOT: Final = "/through/"
TIMEOUT_S: Final = 20.0
MOST_BYTES: Final = 10_000_000
MOST_AT_ONCE: Final = 16
"""Requests of one product that wait for its service at the same time."""

ASKED: Final = ("accept", "accept-language", "content-type", "if-none-match", "if-modified-since")
ANSWERED: Final = (
    "content-type", "content-language", "etag", "last-modified", "cache-control", "expires", "link",
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

    async def answer(self, grant: Grant, request: Request, read: Read | None) -> Response:
        """Answer a request from the endpoint of a grant; what goes wrong is a line of text."""
        try:
            url = address_of(grant, request)
            if read is not None and request.method not in WITHOUT_BODY:
                request.body = await read()
            answer = await self._asked(grant.product, request, url)
        except Problem as problem:
            return plain_problem(problem, request)
        headers = {name: answer.headers[name] for name in ANSWERED if name in answer.headers}
        return Response(answer.status, {**headers, **GUARD}, answer.body)

    async def _asked(self, product: str, request: Request, url: str) -> Answer:
        waiting = self._waiting.get(product, 0)
        if waiting >= MOST_AT_ONCE:
            raise Problem(
                TooManyRequests,
                f"{MOST_AT_ONCE} requests wait for the service already; ask again when one is answered.",
                {"retry-after": "1"},
            )
        self._waiting[product] = waiting + 1
        try:
            return await self._answered(request, url)
        finally:
            self._waiting[product] -= 1
            if not self._waiting[product]:
                del self._waiting[product]

    async def _answered(self, request: Request, url: str) -> Answer:
        headers = _headers(request.headers)
        try:
            answer = await self.client.request(
                request.method, url, headers, request.body, most_bytes=MOST_BYTES, timeout_s=TIMEOUT_S
            )
        except (Failed, Refused) as failure:
            raise Problem(
                Unavailable, "The service behind this product does not answer as it should."
            ) from failure
        if 300 <= answer.status < 400 and answer.status != 304:
            raise Problem(
                Unavailable, "The service behind this product leads elsewhere, which is not followed."
            )
        return answer


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
