"""Find the row of a route table for a request, and who renders what goes wrong there."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from beffroi.kernel.problem import MethodNotAllowed, Problem, ResourceNotFound
from beffroi.web import paths
from beffroi.web.message import Actor, Request, Response
from beffroi.web.paths import Arguments, Endpoint, Node, Render

Room = TypeVar("Room", contravariant=True)  # noqa: PLC0105 - a word, not a marker
WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
"""Methods whose body means nothing here (RFC 9110, section 9.3): it is not read."""


class Handler(Protocol[Room]):
    """What answers one row: it gets the room's own services, the request and the path's arguments."""

    def __call__(self, room: Room, request: Request, path: Arguments, /) -> Awaitable[Response]: ...


SUFFICE: Mapping[str, tuple[str, ...]] = {
    "trade": ("trade", "write"),
    "browse": ("read", "trade"),
    "steer": ("steer", "write"),
    "coordinate": ("coordinate", "operate"),
    "judge": ("judge", "write"),
}
"""Which rights allow what a row needs, where it is not the right of that name alone. To browse is to look at
the market: who only trades may do that, and sees the node's data through what was bought."""

READING = frozenset({"read", "browse"})
"""Who needs no other right changes nothing that has to be whole: such work may stop anywhere."""


def allowed(actor: Actor, needs: str) -> bool:
    """Whether an actor has a right that allows what a row needs."""
    return not actor.may.isdisjoint(SUFFICE.get(needs, (needs,)))


@dataclass(frozen=True, slots=True)
class Route(Generic[Room]):
    """One operation. `path` is a template such as `/entities/{id}`; `needs` is what the actor must be
    allowed to do; `clause` names the text that defines the operation."""

    method: str
    path: str
    handler: Handler[Room]
    clause: str
    needs: str = "read"


class Table:
    """All rows of a node as a tree of path segments; filled once by `app`, then only read."""

    def __init__(self) -> None:
        self._root = Node()
        self._renders: list[tuple[str, Render]] = []

    def mount(self, prefix: str, routes: "Sequence[Route[Room]]", room: Room, render: Render) -> None:
        """Add the rows of one room below `prefix`; `render` writes problems in that room's standard.

        Raises ValueError where another row has the method and path already: it would never be reached.
        """
        self._renders.append((prefix, render))
        for route in routes:
            paths.add(self._root, route.method, _endpoint(prefix, route, room, render))

    def find(self, request: Request) -> tuple[Endpoint, Arguments]:
        """The row for a request. A slash at the end of the path means nothing.

        Raises Problem(ResourceNotFound) or Problem(MethodNotAllowed), the latter with Allow.
        """
        found = paths.find(self._root, request)
        if found is None:
            raise Problem(ResourceNotFound, f"The path '{request.path[:200]}' does not exist.")
        node, values = found
        method = "GET" if request.method == "HEAD" and "HEAD" not in node.methods else request.method
        if method not in node.methods:
            answered = {*node.methods, "HEAD"} if "GET" in node.methods else node.methods
            allow = ", ".join(sorted(answered))
            raise Problem(
                MethodNotAllowed,
                f"The path '{request.path[:200]}' does not have the method {request.method}; it has {allow}.",
                {"allow": allow},
            )
        endpoint, names = node.methods[method]
        return endpoint, dict(zip(names, values, strict=True))

    def rows(self) -> list[tuple[str, str]]:
        """Method and path of every row; an argument stands in braces."""
        return sorted(paths.rows(self._root))

    def render(self, request: Request) -> Render:
        """Who writes problems for this path: the room with the longest prefix of it."""
        fitting = [(p, r) for p, r in self._renders if request.path.startswith(p)]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else plain_problem

    def refuse(self, problem: Problem, request: Request) -> Response:
        """The answer to what is refused before anybody looks for a row: as the room writes problems whose
        prefix the path has. Rooms without a prefix have pages for those whom they let in: a line of text."""
        is_of_a_room = any(prefix and request.path.startswith(prefix) for prefix, _ in self._renders)
        return (self.render(request) if is_of_a_room else plain_problem)(problem, request)


def plain_problem(problem: Problem, _: Request) -> Response:
    """The shape for paths that belong to no standard: a line of text."""
    status = PLAIN_STATUS.get(problem.kind.name, 400)
    headers = {"content-type": "text/plain; charset=utf-8", **problem.headers}
    return Response(status, headers, f"{problem.detail}\n".encode())


PLAIN_STATUS = {
    "ResourceNotFound": 404,
    "NonexistentTenant": 404,
    "MethodNotAllowed": 405,
    "NotAcceptable": 406,
    "RequestTimeout": 408,
    "AlreadyExists": 409,
    "Conflict": 409,
    "LengthRequired": 411,
    "TooLarge": 413,
    "TargetTooLong": 414,
    "UnsupportedMediaType": 415,
    "ExpectationFailed": 417,
    "OperationNotSupported": 422,
    "TooManyRequests": 429,
    "HeaderTooLarge": 431,
    "Unauthorized": 401,
    "Forbidden": 403,
    "TooComplexQuery": 403,
    "TooManyResults": 403,
    "InternalError": 500,
    "NoMultiTenantSupport": 501,
    "SourceFailed": 502,
    "Unavailable": 503,
    "LdContextNotAvailable": 504,
    "StorageFull": 507,
}
"""The HTTP status of each kind (RFC 9110, RFC 4918), unless a standard's edge says otherwise."""


def _endpoint(prefix: str, route: "Route[Room]", room: Room, render: Render) -> Endpoint:
    def serve(request: Request, arguments: Arguments) -> Awaitable[Response]:
        return route.handler(room, request, arguments)

    return Endpoint(prefix + route.path, serve, route.needs, render)
