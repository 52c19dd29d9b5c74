"""Find the row of a route table for a request, run it, render what goes wrong."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import unquote

from beffroi.kernel.problem import InternalError, InvalidRequest, MethodNotAllowed, Problem, ResourceNotFound
from beffroi.web.message import Request, Response

Room = TypeVar("Room", contravariant=True)  # noqa: PLC0105 - a word, not a marker
Arguments: TypeAlias = Mapping[str, str]


class Handler(Protocol[Room]):
    """What answers one row: it gets the room's own services, the request and the path's arguments."""

    def __call__(self, room: Room, request: Request, path: Arguments, /) -> Awaitable[Response]: ...


@dataclass(frozen=True, slots=True)
class Route(Generic[Room]):
    """One operation. `path` is a template such as `/entities/{id}`; `needs` is what the actor must be
    allowed to do; `clause` names the text that defines the operation."""

    method: str
    path: str
    handler: Handler[Room]
    clause: str
    needs: str = "read"


Serve: TypeAlias = Callable[[Request, Arguments], Awaitable[Response]]
Render: TypeAlias = Callable[[Problem, Request], Response]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A row that has got its room."""

    serve: Serve
    needs: str
    render: Render


@dataclass(slots=True)
class _Node:
    """A segment of the tree of paths. The name of a path argument belongs to the row, not to the tree."""

    literal: "dict[str, _Node]" = field(default_factory=dict[str, "_Node"])
    argument: "_Node | None" = None
    methods: dict[str, tuple[Endpoint, tuple[str, ...]]] = field(
        default_factory=dict[str, tuple[Endpoint, tuple[str, ...]]]
    )


class Table:
    """All rows of a node as a tree of path segments; filled once by `app`, then only read."""

    def __init__(self) -> None:
        self._root = _Node()
        self._renders: list[tuple[str, Render]] = []

    def mount(self, prefix: str, routes: "Sequence[Route[Room]]", room: Room, render: Render) -> None:
        """Add the rows of one room below `prefix`; `render` writes problems in that room's standard."""
        self._renders.append((prefix, render))
        for route in routes:
            self._add(prefix + route.path, route.method, _endpoint(route, room, render))

    def find(self, request: Request) -> tuple[Endpoint, Arguments]:
        """The row for a request. A slash at the end of the path means nothing.

        Raises Problem(ResourceNotFound) or Problem(MethodNotAllowed), the latter with Allow.
        """
        node, values = self._descend(request.path)
        if node is None or not node.methods:
            raise Problem(ResourceNotFound, f"The path '{_readable(request.path)}' does not exist.")
        method = "GET" if request.method == "HEAD" and "HEAD" not in node.methods else request.method
        if method not in node.methods:
            allow = ", ".join(sorted(node.methods))
            raise Problem(
                MethodNotAllowed,
                f"The path '{_readable(request.path)}' does not have the method {request.method}; "
                f"it has {allow}.",
                {"allow": allow},
            )
        endpoint, names = node.methods[method]
        return endpoint, dict(zip(names, values, strict=True))

    def render(self, request: Request) -> Render:
        """Who writes problems for this path: the room with the longest prefix of it."""
        fitting = [(p, r) for p, r in self._renders if request.path.startswith(p)]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else plain_problem

    def _add(self, path: str, method: str, endpoint: Endpoint) -> None:
        node, names = self._root, list[str]()
        for segment in _segments(path):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.argument = node.argument or _Node()
                node = node.argument
            else:
                node = node.literal.setdefault(segment, _Node())
        node.methods[method] = (endpoint, tuple(names))

    def _descend(self, path: str) -> tuple[_Node | None, list[str]]:
        node, values = self._root, list[str]()
        for segment in _segments(path):
            following = node.literal.get(segment)
            if following is None:
                following = node.argument
                if following is None:
                    return None, values
                values.append(_decoded(segment))
            node = following
        return node, values


async def answer(table: Table, request: Request, admit: Callable[[Request, str], None]) -> Response:
    """Answer one request: find the row, let `admit` refuse the actor, serve, render a problem."""
    render = table.render(request)
    try:
        endpoint, arguments = table.find(request)
        render = endpoint.render
        admit(request, endpoint.needs)
        return await endpoint.serve(request, arguments)
    except Problem as problem:
        return render(problem, request)
    except Exception as failure:
        response = render(Problem(InternalError, "The node failed; its log says where."), request)
        raise Failure(response) from failure


class Failure(Exception):
    """An error that is ours: `response` is what the client gets, the cause is for the log."""

    def __init__(self, response: Response) -> None:
        super().__init__("unexpected failure")
        self.response = response


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
    "AlreadyExists": 409,
    "Conflict": 409,
    "LengthRequired": 411,
    "TooLarge": 413,
    "UnsupportedMediaType": 415,
    "OperationNotSupported": 422,
    "TooManyRequests": 429,
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


def _endpoint(route: "Route[Room]", room: Room, render: Render) -> Endpoint:
    def serve(request: Request, arguments: Arguments) -> Awaitable[Response]:
        return route.handler(room, request, arguments)

    return Endpoint(serve, route.needs, render)


def _segments(path: str) -> list[str]:
    return path.rstrip("/").split("/")[1:]


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError as failure:
        raise Problem(InvalidRequest, f"The path segment '{segment[:100]}' is not UTF-8.") from failure


def _readable(path: str) -> str:
    return unquote(path, errors="replace")[:200]
