"""Request and Response as plain values, so that every edge can be tested without a server."""

from collections.abc import AsyncIterator, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from beffroi.kernel.grant import Grant
from beffroi.kernel.problem import InvalidRequest, Problem

MOST_PARAMETERS = 1_000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a name for the audit and what that name may do (`read`, `write`, `operate`).

    `grant` is what a token for a bought product lets through; None where nothing is cut. `party` is the id of
    the organization or individual in the market that the name acts for, empty for nobody's. `roles` are those
    of an account, such as `operator` or `buyer`; `account` tells the account from others that had its name
    before, and is empty for who has none. `writes` are the only entity types that a program's token
    writes; empty where nothing is cut.
    """

    name: str
    may: frozenset[str]
    grant: Grant | None = None
    party: str = ""
    roles: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    account: str = ""


ANYBODY = Actor("anybody", frozenset())
LOCAL = Actor("local", frozenset({"read", "write", "operate"}))
NONE = frozenset[str]()


@dataclass(slots=True, eq=False, init=False)
class Request:
    """One request. `path` is decoded, `query` is not, header names are lower case.

    `raw_path` is the path as it came; it is empty for a request that did not come over the wire, whose
    `path` then stands for it. `base` is the address under which the client reached this node, without a
    slash at its end: the configured one, or else scheme and Host. `unreadable` names headers that are there
    but hold what is not ASCII, so that they are not in `headers`. On the way in `actor` is set by who knows
    the one who asks, then `route` by who finds the row that answers: its template; then `body` by who reads
    it, then `only_reads` by who knows that the work may stop anywhere when its client has gone; nothing
    changes after that. `turn` is the same for those that came over connections and are begun in the same turn
    of the event loop, whose answers leave after it.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    base: str
    actor: Actor
    unreadable: frozenset[str]
    raw_path: str
    route: str
    only_reads: bool
    turn: Hashable | None
    _parameters: dict[str, str] | None = field(init=False, repr=False)

    def __init__(  # noqa: PLR0913, PLR0917 - each request comes by here (docs/adr/0010-compiled.md)
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        base: str = "http://localhost",
        actor: Actor = LOCAL,
        unreadable: frozenset[str] = NONE,
        raw_path: str = "",
        route: str = "",
        only_reads: bool = False,  # noqa: FBT001, FBT002
        turn: Hashable | None = None,
    ) -> None:
        self.method, self.path, self.query = method, path, query
        self.headers = {} if headers is None else headers
        self.body, self.base, self.actor, self.unreadable = body, base, actor, unreadable
        self.raw_path, self.route, self.only_reads, self.turn = raw_path, route, only_reads, turn
        self._parameters = None

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters. A parameter given twice is refused: readers would disagree about it.

        >>> Request("GET", "/x", "type=Room&limit=2").parameters
        {'type': 'Room', 'limit': '2'}
        """
        if self._parameters is None:
            self._parameters = _parameters(self.query) if self.query else {}
        return self._parameters


@dataclass(slots=True)
class Tally:
    """How many entities an answer shows; of one in pieces, how many are in those that were made so far."""

    entities: int = 0


@dataclass(slots=True, init=False)
class Response:
    """One answer: a body in one piece, or `pieces` that are sent as they come; whoever does not take them to
    their end closes those that are Closable. `tally` counts entities for whoever meters; None where there are
    none."""

    status: Final[int]
    headers: Final[Mapping[str, str]]
    body: Final[bytes]
    pieces: Final[AsyncIterator[bytes] | None]
    tally: Final[Tally | None]

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        pieces: AsyncIterator[bytes] | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.status, self.body, self.pieces, self.tally = status, body, pieces, tally
        self.headers = {} if headers is None else headers


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError as failure:
        raise Problem(InvalidRequest, f"The query string cannot be read: {failure}.") from failure
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for n, (name, _) in enumerate(pairs) if name in dict(pairs[:n]))
        raise Problem(InvalidRequest, f"The parameter '{twice}' is given more than once.")
    return found
