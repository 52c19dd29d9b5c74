"""Resource: one kind of TM Forum document as a row of data, not as a class (TMF630).

Documents are kept whole, members that we do not know included. What the market has to know of a kind
stands in its row: which members it must have, which nobody may change, which states it may go through.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from beffroi.kernel.json import Json

ALL_METHODS = frozenset({"GET", "POST", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Machine:
    """The states of a resource: `member` holds the state, `initial` is the one a new document gets, `moves`
    are the states that may follow each; one with no move is an end."""

    member: str
    initial: str
    moves: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Api:
    """One TM Forum Open API: its number, the path of its version and its title."""

    number: str
    path: str
    title: str
    version: str = "4"


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of document of one API.

    `required` members a client must give; `defaults` are added where they are absent; `fixed` members only
    the node writes; `constant` members are the client's until the document is stored. `references` say
    which resource a member (a dotted path, lists are walked through) names by its id. `events` are the TMF
    event types by what happens: create, change, state, delete.
    """

    api: Api
    name: str
    methods: frozenset[str] = ALL_METHODS
    required: tuple[str, ...] = ()
    defaults: Mapping[str, Json] = field(default_factory=dict[str, Json])
    fixed: frozenset[str] = frozenset({"id", "href"})
    constant: frozenset[str] = frozenset()
    references: Mapping[str, str] = field(default_factory=dict[str, str])
    machine: Machine | None = None
    events: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def kind(self) -> str:
        """The kind of its records in the store."""
        return f"tmf:{self.name}"
