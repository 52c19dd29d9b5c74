"""Find the row of a route table for a request, run it, render what goes wrong."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import unquote

from beffroi.kernel.problem import InternalError, MethodNotAllowed, Problem, ResourceNotFound
from beffroi.web.body import Incoming
from beffroi.web.message import Actor, Request, Response

Room = TypeVar("Room", contravariant=True)  # noqa: PLC0105 - a word, not a marker
Arguments: TypeAlias = Mapping[str, str]
MOST_SEGMENTS = 40
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


Serve: TypeAlias = Callable[[Request, Arguments], Awaitable[Response]]
Render: TypeAlias = Callable[[Problem, Request], Response]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A row that has got its room; `path` is its whole template."""

    path: str
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
        """Add the rows of one room below `prefix`; `render` writes problems in that room's standard.

        Raises ValueError where another row has the method and path already: it would never be reached.
        """
        self._renders.append((prefix, render))
        for route in routes:
            self._add(route.method, _endpoint(prefix, route, room, render))

    def find(self, request: Request) -> tuple[Endpoint, Arguments]:
        """The row for a request. A slash at the end of the path means nothing.

        Raises Problem(ResourceNotFound) or Problem(MethodNotAllowed), the latter with Allow.
        """
        segments = _segments_of(request)
        found = _straight(self._root, segments)
        if found is None and len(segments) <= MOST_SEGMENTS:
            found = _match(self._root, segments)
        if found is None:
            raise Problem(ResourceNotFound, f"The path '{request.path[:200]}' does not exist.")
        node, values = found
        method = "GET" if request.method == "HEAD" and "HEAD" not in node.methods else request.method
        if method not in node.methods:
            allow = ", ".join(sorted(node.methods))
            raise Problem(
                MethodNotAllowed,
                f"The path '{request.path[:200]}' does not have the method {request.method}; it has {allow}.",
                {"allow": allow},
            )
        endpoint, names = node.methods[method]
        return endpoint, dict(zip(names, values, strict=True))

    def rows(self) -> list[tuple[str, str]]:
        """Method and path of every row; an argument stands in braces."""
        return sorted(_rows(self._root, ""))

    def render(self, request: Request) -> Render:
        """Who writes problems for this path: the room with the longest prefix of it."""
        fitting = [(p, r) for p, r in self._renders if request.path.startswith(p)]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else plain_problem

    def _add(self, method: str, endpoint: Endpoint) -> None:
        node, names, path = self._root, list[str](), endpoint.path
        for segment in _segments(path):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.argument = node.argument or _Node()
                node = node.argument
            else:
                node = node.literal.setdefault(segment, _Node())
        if method in node.methods:
            raise ValueError(
                f"Two rows answer {method} of '{path}'; an argument may have another name there."
            )
        node.methods[method] = (endpoint, tuple(names))


async def answer(
    table: Table, request: Request, admit: Callable[[Request, str], None], incoming: Incoming | None = None
) -> Response:
    """Answer one request: find the row, let `admit` refuse the actor, read the body that is `incoming`,
    serve, render a problem. Who may not pass has not had a body read; without it the request has its body."""
    render: Render | None = None
    try:
        endpoint, arguments = table.find(request)
        request.route, render = endpoint.path, endpoint.render
        admit(request, endpoint.needs)
        if incoming is not None and request.method not in WITHOUT_BODY:
            request.body = await incoming.read()
        request.only_reads = endpoint.needs in READING
        return await endpoint.serve(request, arguments)
    except Problem as problem:
        response = (render or table.render(request))(_tellable(problem, request), request)
        if problem.kind is InternalError:
            raise Failure(response) from problem
        return response
    except Exception as failure:
        raise Failure((render or table.render(request))(_FAILED, request)) from failure


def _tellable(problem: Problem, request: Request) -> Problem:
    """A problem as the client may know it: who bought a part learns of no other record."""
    return _FAILED if problem.kind is InternalError and request.actor.grant is not None else problem


_FAILED: Final = Problem(InternalError, "The node failed; its log says where.")


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
    "RequestTimeout": 408,
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


def _endpoint(prefix: str, route: "Route[Room]", room: Room, render: Render) -> Endpoint:
    def serve(request: Request, arguments: Arguments) -> Awaitable[Response]:
        return route.handler(room, request, arguments)

    return Endpoint(prefix + route.path, serve, route.needs, render)


def _rows(node: _Node, path: str) -> Iterator[tuple[str, str]]:
    for method, (_, names) in node.methods.items():
        filled = path
        for name in names:
            filled = filled.replace("{}", f"{{{name}}}", 1)
        yield method, filled or "/"
    for segment, following in node.literal.items():
        yield from _rows(following, f"{path}/{segment}")
    if node.argument is not None:
        yield from _rows(node.argument, f"{path}/{{}}")


def _segments(path: str) -> list[str]:
    return path.rstrip("/").split("/")[1:]


def _segments_of(request: Request) -> list[str]:
    """The decoded segments: a slash that came encoded belongs to its segment (RFC 3986, section 2.2)."""
    raw = request.raw_path
    if "%" not in raw:
        return _segments(raw or request.path)
    return [unquote(segment) if "%" in segment else segment for segment in _segments(raw)]


def _straight(node: _Node, segments: list[str]) -> tuple[_Node, list[str]] | None:
    """What `_match` finds where it need not look twice: a literal where there is one, else an argument of one
    segment."""
    values: list[str] = []
    for segment in segments:
        following = node.literal.get(segment)
        if following is None:
            following = node.argument
            if following is None:
                return None
            values.append(segment)
        node = following
    return (node, values) if node.methods else None


def _match(node: _Node, segments: list[str], at: int = 0) -> tuple[_Node, list[str]] | None:
    """The row's node for the segments from `at` on, and the values of the path's arguments.

    A literal goes before an argument. An argument takes one segment; where that leads nowhere it takes
    more, because many clients do not encode the slashes of an id that is an HTTP URL.
    """
    if at == len(segments):
        return (node, []) if node.methods else None
    segment = segments[at]
    following = node.literal.get(segment)
    if following is not None:
        found = _match(following, segments, at + 1)
        if found is not None:
            return found
    if node.argument is None:
        return None
    end = at + 1
    found = _match(node.argument, segments, end)
    while found is None and end < len(segments) and _is_url(segments, at):
        end += 1
        found = _match(node.argument, segments, end)
    return None if found is None else (found[0], ["/".join(segments[at:end]), *found[1]])


def _is_url(segments: list[str], at: int) -> bool:
    return segments[at].endswith(":") and len(segments) > at + 2 and not segments[at + 1]
