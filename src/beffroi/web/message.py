"""Request and Response as plain values, so that every edge can be tested without a server."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from beffroi.kernel.grant import Grant
from beffroi.kernel.problem import InvalidRequest, Problem

MOST_PARAMETERS = 1_000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a name for the audit and what that name may do (`read`, `write`, `operate`).

    `grant` is what a token for a bought product lets through; None where nothing is cut. `party` is the id of
    the organization or individual in the market that the name acts for, empty for nobody's. `roles` are those
    of an account: `operator`, `provider`, `buyer`, `auditor`.
    """

    name: str
    may: frozenset[str]
    grant: Grant | None = None
    party: str = ""
    roles: frozenset[str] = frozenset()


ANYBODY = Actor("anybody", frozenset())
LOCAL = Actor("local", frozenset({"read", "write", "operate"}))


@dataclass(frozen=True)
class Request:
    """One request. `path` is decoded, `query` is not, header names are lower case.

    `base` is the address under which the client reached this node, without a slash at its end:
    the configured one, or else scheme and Host. `unreadable` names headers that are there but hold what is
    not ASCII, so that they are not in `headers`.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    base: str = "http://localhost"
    actor: Actor = LOCAL
    unreadable: frozenset[str] = frozenset()

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query parameters. A parameter given twice is refused: readers would disagree about it.

        >>> Request("GET", "/x", "type=Room&limit=2").parameters
        {'type': 'Room', 'limit': '2'}
        """
        if not self.query:
            return {}
        try:
            pairs = parse_qsl(
                self.query, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
            )
        except ValueError as failure:
            raise Problem(InvalidRequest, f"The query string cannot be read: {failure}.") from failure
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(name for n, (name, _) in enumerate(pairs) if name in dict(pairs[:n]))
            raise Problem(InvalidRequest, f"The parameter '{twice}' is given more than once.")
        return found


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: a body in one piece, or `pieces` that are sent as they come."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    pieces: AsyncIterator[bytes] | None = None
