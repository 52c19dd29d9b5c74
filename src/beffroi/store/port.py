"""What the rooms may ask of storage: read, find, transact; and to look at the outbox and the history.

There is no transaction object. `transact` gives a pure decision the records it asked for, as they are
now, and stores the Commit it returns, all or nothing; a Problem that it raises stores nothing. Because
a decision is pure and cannot wait, an engine may run many of them over one picture and one disk sync,
and may run one again.

Queries: an index narrows, a rule decides. `Find.where` is what an index can say and may let too much
through (an engine treats a condition that it has no index for as true); `Find.keep` is the meaning, and
lets nothing through that `where` does not. Where `Find.exact` is true, `where` says all that `keep` says,
so that an engine that has every index may skip `keep`. Without a `keep`, `where` is the meaning: then an
engine without the indexes evaluates it on the documents (`holds.py`). `Find.also` is a quick test beside
them that no index can say, such as a cut that is remembered for each document: of what the others let
through it lets some through. `Find.around` is touched by all that `also` lets through: an engine may choose
candidates by it, and need not ask it of each. Numbers compare as binary64, texts by code point.

Tenants, kinds, ids and lanes are Unicode of up to 1,024 bytes; a commit with another one is refused with
Problem(BadRequestData), and reading one finds nothing.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

from beffroi.kernel.geometry import Box
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Commit, Key, Record

Comparator: TypeAlias = Literal["==", "<", "<=", ">", ">="]
FacetValue: TypeAlias = "bool | float | str"
Sort: TypeAlias = Literal["boolean", "number", "text", "time"]


class Facet(NamedTuple):
    """One value of a record that an index may hold. A record may have several with the same path.

    `sort` keeps values apart that never compare: True and 1, a text and a time (an Instant).
    """

    path: str
    sort: Sort
    value: FacetValue


class Extent(NamedTuple):
    """The bounding box of one geometry of a record."""

    path: str
    box: Box


@dataclass(frozen=True, slots=True)
class Indexer:
    """How an engine gets at the index rows of one kind of record; pure functions of its body.

    `facets(body, paths)` gives the facets with these paths. `always` are paths that are indexed from the
    first record on; others are indexed, in the background, once a query has named them.
    `apart` names an `always` path of texts: a find that asks for one of its values beside other conditions
    gets an index of those conditions that holds the records with this value alone.
    `unmoved(before, after, paths)` says of a change that it surely left all extents and all facets with
    these paths as they were: where it is quicker to tell than to compare them.
    """

    facets: Callable[[JsonObject, frozenset[str]], Iterable[Facet]]
    extents: Callable[[JsonObject], Iterable[Extent]]
    always: frozenset[str] = frozenset()
    apart: str = ""
    unmoved: Callable[[JsonObject, JsonObject, frozenset[str]], bool] = lambda _, __, ___: False


@dataclass(frozen=True, slots=True)
class Where:
    """Some facet with this path and sort compares so with the value."""

    path: str
    comparator: Comparator
    sort: Sort
    value: FacetValue


@dataclass(frozen=True, slots=True)
class Between:
    """Some facet with this path and sort lies in the closed range."""

    path: str
    sort: Sort
    low: FacetValue
    high: FacetValue


@dataclass(frozen=True, slots=True)
class Prefix:
    """Some text facet with this path starts so."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Touches:
    """Some extent with this path has a point in common with the box."""

    path: str
    box: Box


@dataclass(frozen=True, slots=True)
class Named:
    """The record's id is one of these."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every one holds; true when there is none."""

    of: tuple["Filter", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one holds; false when there is none."""

    of: tuple["Filter", ...]


Filter: TypeAlias = Where | Between | Prefix | Touches | Named | All | Either


@dataclass(frozen=True, slots=True)
class Find:
    """Which records, in the order of their creation.

    `after` is the `number` of the last record already seen (keyset paging); `offset` skips matches.
    `limit=None` means all. With `count` the answer also says how many match in all, `after` aside. `also`
    gives those of some records that pass, in their order.
    """

    tenant: str
    kind: str
    where: Filter = All()
    keep: Callable[[Record], bool] | None = None
    exact: bool = False
    also: Callable[[list[Record]], list[Record]] | None = None
    around: Touches | None = None
    after: int = 0
    offset: int = 0
    limit: int | None = 20
    count: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """`more` says whether matches follow the last of `records`; `count` is None if it was not asked."""

    records: list[Record]
    more: bool
    count: int | None


class Pending(NamedTuple):
    """An outbox event that is not settled. `attempts` counts its postponements."""

    number: int
    lane: str
    body: bytes
    due: Instant
    attempts: int


class Trace(NamedTuple):
    """A row of the history: what one commit at `at` did to the record `key`. Numbers grow with time."""

    number: int
    key: Key
    at: Instant
    body: bytes


@dataclass(frozen=True, slots=True)
class Past:
    """Which traces of one record: the `limit` newest, in this order, or the `limit` oldest.

    They are from `since` on and from before `until` (NO_INSTANT: no bound), their numbers are above `after`
    and below `before` (0: no bound), so that a long history is read a piece at a time.
    """

    limit: int
    since: Instant = NO_INSTANT
    until: Instant = NO_INSTANT
    after: int = 0
    before: int = 0
    first: Literal["newest", "oldest"] = "newest"


Decide: TypeAlias = Callable[[Mapping[Key, Record]], Commit]


class Raced(Exception):
    """Another process was faster; the batch has to be decided again on what is there now."""


class Store(Protocol):
    """One database. Every method may raise Problem(Unavailable) or Problem(StorageFull)."""

    async def read(self, keys: Sequence[Key]) -> dict[Key, Record]:
        """The records that exist among `keys`, as last committed."""
        ...

    async def find(self, find: Find) -> Found:
        """Matching records. A scan runs outside the event loop."""
        ...

    def stream(self, find: Find) -> AsyncIterator[Record]:
        """All matches of `find` (its limit apart), read in pieces so that memory stays bounded."""
        ...

    async def values(self, tenant: str, kind: str, path: str) -> dict[str, int]:
        """The text values of an always-indexed facet, each with the number of records that have it."""
        ...

    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        """Run `decide` on the records named by `reads` and store what it returns; on disk at return.

        After Problem(Unavailable) the commit is not stored, unless the connection to a remote database
        broke during its very last step: then it is stored whole or not at all.
        """
        ...

    async def lanes(self, now: Instant, limit: int) -> list[str]:
        """Lanes whose first pending event is due, the oldest event first."""
        ...

    async def next_due(self) -> Instant | None:
        """The earliest `due` among the first pending events of all lanes; None when the outbox is empty."""
        ...

    async def pending(self, lane: str, limit: int) -> list[Pending]:
        """The first events of a lane, in order, due or not."""
        ...

    async def history(self, key: Key, past: Past) -> list[Trace]:
        """Traces of one record, also of one that is not there any more."""
        ...

    async def ended(self, tenant: str, kind: str, *, after: str, limit: int) -> list[Trace]:
        """The newest trace of each record that is not there any more, in the order of ids; those that follow
        the id `after`."""
        ...

    async def traces(self, *, after: int, limit: int) -> list[Trace]:
        """Traces of all tenants and records that follow number `after`, oldest first."""
        ...

    async def last_trace(self) -> int:
        """The number of the newest trace; 0 when there is none."""
        ...

    async def forget_traces(self, before: Instant, limit: int) -> int:
        """Delete those of the oldest `limit` traces that are from before this moment; how many.

        The newest trace of all stays, so that numbers go on growing.
        """
        ...

    async def tenants(self) -> list[str]:
        """Every tenant that holds a record."""
        ...

    def mark(self) -> int:
        """A number that has grown if something was committed since it was asked last: by this process at
        once; by another one within 2 ms where both work on one file, within a second where a server keeps
        the database. Ask before reading what is to be remembered with it."""
        ...

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the event loop after each batch that put events on disk."""
        ...

    async def close(self) -> None:
        """Finish what waits, then let go of the files or connections."""
        ...
