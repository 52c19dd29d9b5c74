"""The tree of all templates of paths: which row a path leads to, segment by segment."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import unquote

from beffroi.kernel.problem import Problem
from beffroi.web.message import Request, Response

Arguments: TypeAlias = Mapping[str, str]
MOST_SEGMENTS: Final = 40

Serve: TypeAlias = Callable[[Request, Arguments], Awaitable[Response]]
Render: TypeAlias = Callable[[Problem, Request], Response]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A row that has got its room; `path` is its whole template."""

    path: str
    serve: Serve
    needs: str
    render: Render


@dataclass(slots=True, eq=False)
class Node:
    """A segment of the tree of templates. The name of a path argument belongs to the row, not to the tree."""

    literal: "dict[str, Node]" = field(default_factory=dict[str, "Node"])
    argument: "Node | None" = None
    methods: dict[str, tuple[Endpoint, tuple[str, ...]]] = field(
        default_factory=dict[str, tuple[Endpoint, tuple[str, ...]]]
    )


def find(root: Node, request: Request) -> tuple[Node, list[str]] | None:
    """The node for the path of a request, and the values of its arguments; None where there is none."""
    segments = _segments_of(request)
    found = _straight(root, segments)
    if found is None and len(segments) <= MOST_SEGMENTS:
        return _match(root, segments)
    return found


def add(root: Node, method: str, endpoint: Endpoint) -> None:
    """Put the row of an endpoint into the tree. Raises ValueError where another row is there already."""
    node, names = root, list[str]()
    for segment in _segments(endpoint.path):
        if segment.startswith("{"):
            names.append(segment[1:-1])
            node.argument = node.argument or Node()
            node = node.argument
        else:
            node = node.literal.setdefault(segment, Node())
    if method in node.methods:
        raise ValueError(
            f"Two rows answer {method} of '{endpoint.path}'; an argument may have another name there."
        )
    node.methods[method] = (endpoint, tuple(names))


def rows(node: Node, path: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of every row below a node; an argument stands in braces."""
    for method, (_, names) in node.methods.items():
        filled = path
        for name in names:
            filled = filled.replace("{}", f"{{{name}}}", 1)
        yield method, filled or "/"
    for segment, following in node.literal.items():
        yield from rows(following, f"{path}/{segment}")
    if node.argument is not None:
        yield from rows(node.argument, f"{path}/{{}}")


def _segments(path: str) -> list[str]:
    return path.rstrip("/").split("/")[1:]


def _segments_of(request: Request) -> list[str]:
    """The decoded segments: a slash that came encoded belongs to its segment (RFC 3986, section 2.2)."""
    raw = request.raw_path
    if "%" not in raw:
        return _segments(raw or request.path)
    return [unquote(segment) if "%" in segment else segment for segment in _segments(raw)]


def _straight(node: Node, segments: list[str]) -> tuple[Node, list[str]] | None:
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


def _match(node: Node, segments: list[str], at: int = 0) -> tuple[Node, list[str]] | None:
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
