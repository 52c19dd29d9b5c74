"""Network: what the operations of the network work with."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.network.rules.identity import Identity
from beffroi.network.rules.kinds import KINDS
from beffroi.network.rules.peer import PEER
from beffroi.store.port import Facet, Indexer, Store
from beffroi.web.message import Actor

AskFit: TypeAlias = Callable[[JsonObject, str, JsonObject | None], Awaitable[JsonObject]]
FindJuror: TypeAlias = Callable[[str], Awaitable[str]]
Measure: TypeAlias = Callable[[JsonObject, Actor], Awaitable[JsonObject]]


class Compare(Protocol):
    """Let the city be compared with others, or not any more; the document that says so."""

    def __call__(self, actor: Actor, *, compared: bool) -> Awaitable[JsonObject]: ...


class Buying(Protocol):
    """What the checker does for buyers; it stands outside the room."""

    async def clauses(self, names: list[str], applies: list[str], form: str, lang: str) -> tuple[str, bytes]:
        """Media type and text of the clauses: `form` is json, html or docx. Raises Problem, also
        Problem(TooManyRequests)."""
        ...

    async def compare(self, evidence: bytes, clauses: bytes, url: str, *, again: bool) -> JsonObject:
        """A bidder's pack beside its own evidence, and with `again` beside a run of our own. Raises Problem,
        also Problem(TooManyRequests)."""
        ...

    def wake(self) -> None:
        """Say that a run waits."""
        ...


@dataclass(frozen=True, slots=True)
class Network:
    """The services of one node. `now` is the clock, `new_id` gives a fresh UUID, `signer` the node's identity
    (made at the first call), `allow_private` says whether peers may have private addresses; `simulated` marks
    every document as made up. What needs other rooms is handed in: `measure` computes an indicator from the
    city's data and gives the new reading, `compare` lets the city be compared,
    `fit` answers whether a solution (its manifest) runs on the data of the node at an address, empty for this
    one, with a mapping or the one that it proposes; `buying` makes clauses, compares packs and wakes what
    runs the tests of contracts, `juror` gives the account of a juror by name, empty if there is none."""

    store: Store
    now: Callable[[], Instant]
    new_id: Callable[[], str]
    signer: Callable[[], Awaitable[Identity]]
    allow_private: bool = False
    simulated: bool = False
    measure: Measure | None = None
    fit: AskFit | None = None
    compare: Compare | None = None
    buying: Buying | None = None
    juror: FindJuror | None = None


def _due(peer: JsonObject, paths: frozenset[str]) -> Iterator[Facet]:
    """When a peer is asked next."""
    if "due" in paths:
        yield Facet("due", "time", str(peer["due"]))


INDEXERS: Mapping[str, Indexer] = {
    **{kind.record_kind: kind.indexer() for kind in KINDS.values()},
    PEER: Indexer(_due, lambda _: (), frozenset({"due"})),
}
"""What an engine indexes of the records of this room, by kind."""
