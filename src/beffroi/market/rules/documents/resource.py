"""Resource: one kind of TM Forum document as a row of data, not as a class (TMF630).

Documents are kept whole, members that we do not know included. What the market has to know of a kind
stands in its row: which members it has and must have, which nobody may change, which states it goes through.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from beffroi.kernel.json import Json
from beffroi.kernel.record import Key

ALL_METHODS = frozenset({"GET", "POST", "PATCH", "DELETE"})
ROOT = "/tmf-api"
TENANT = ""

Shape: TypeAlias = Literal["text", "flag", "number", "moment", "object", "list"]
"""What a member holds: a text, true or false, a number, a date-time, an object, a list of objects."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The states of a resource: `member` holds the state, `initial` is the one a new document gets, `starts`
    are others in which it may be made; `moves` are the states that may follow each; one without is an end.
    """

    member: str
    initial: str
    moves: Mapping[str, frozenset[str]]
    starts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Api:
    """One TM Forum Open API: its number, the first segment of its path, its title and its version."""

    number: str
    path: str
    title: str
    version: str = "4.0.0"

    @property
    def base(self) -> str:
        """The path under which its resources stand."""
        return f"{ROOT}/{self.path}/v4"

    @property
    def clause(self) -> str:
        """Its name in the tables of what this node answers."""
        return f"TMF{self.number} {self.version}"


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of document of one API.

    `members` are those of the specification, with their shapes; others are kept as they come. `required`
    members a client must give; `defaults` are added where they are absent; `fixed` members only the node
    writes; `constant` members are the client's until the document is stored. `made` members hold the moment
    of creation, `touched` ones that of the last change; the node writes them, whatever a client says.

    `references` say which resources a member (a dotted path, lists are walked through) may name by its id.
    `state` is the member whose change is a change of state; a `machine` says which are legal. `events` are
    the TMF event types by what happens: create, change, state, delete.

    `parties` are paths to the ids of those whom a document concerns; a `public` document is shown to
    everybody who may read, but in a `hidden` state only to whom it concerns. `reads` and `writes` are the
    rights that a request needs, `makes` the one for a new document where that is another than `writes`.
    """

    api: Api
    name: str
    methods: frozenset[str] = ALL_METHODS
    members: Mapping[str, Shape] = field(default_factory=dict[str, Shape])
    required: tuple[str, ...] = ()
    defaults: Mapping[str, Json] = field(default_factory=dict[str, Json])
    fixed: frozenset[str] = frozenset()
    constant: frozenset[str] = frozenset()
    made: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    machine: Machine | None = None
    state: str = ""
    events: Mapping[str, str] = field(default_factory=dict[str, str])
    parties: tuple[str, ...] = ("relatedParty.id",)
    public: bool = False
    hidden: frozenset[str] = frozenset()
    reads: str = "browse"
    writes: str = "trade"
    makes: str = ""

    @property
    def kind(self) -> str:
        """The kind of its records in the store."""
        return f"tmf:{self.name}"

    @property
    def type(self) -> str:
        """Its `@type` where a document does not say its own."""
        return self.name[0].upper() + self.name[1:]

    @property
    def path(self) -> str:
        """The path of the list of its documents."""
        return f"{self.api.base}/{self.name}"

    @property
    def state_member(self) -> str:
        """The member that holds the state; empty if there is none."""
        return self.machine.member if self.machine else self.state

    def key(self, id: str) -> Key:
        """The key of one document."""
        return Key(TENANT, self.kind, id)


def shapes(**members: str) -> Mapping[str, Shape]:
    """Members by shape, as a row writes them.

    >>> shapes(text="name version", list="category")
    {'name': 'text', 'version': 'text', 'category': 'list'}
    """
    return {name: cast("Shape", word) for word, names in members.items() for name in names.split()}


def events(type: str, happenings: str = "create change state delete") -> Mapping[str, str]:
    """The usual event types of a resource (TMF630).

    >>> events("Quote", "create state")
    {'create': 'QuoteCreateEvent', 'state': 'QuoteStateChangeEvent'}
    """
    words = {"create": "Create", "change": "AttributeValueChange", "state": "StateChange", "delete": "Delete"}
    return {one: f"{type}{words[one]}Event" for one in happenings.split()}
