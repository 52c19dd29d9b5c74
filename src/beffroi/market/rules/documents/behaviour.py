"""Behaviour: what a kind of document does beyond being kept, when it is made, changed or removed.

A behaviour is pure: it names the records that it wants to see, and returns every document that comes of it.
All of them, their events and their audit are one commit. Register it in `behaviours.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol, TypeAlias

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change as RecordChange
from beffroi.kernel.record import Event, Key, Record
from beffroi.market.rules.documents.visibility import Actor


class Ids(Protocol):
    """Fresh ids: `ids[0]`, `ids[1]`, … are the same however often one asks."""

    def __getitem__(self, number: int, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Seed:
    """As many ids as are wanted, from one that is fresh.

    >>> Seed("x")[0] == Seed("x")[0], Seed("x")[0] == Seed("x")[1], len(Seed("x")[0])
    (True, False, 36)
    """

    seed: str

    def __getitem__(self, number: int, /) -> str:
        digits = blake2b(f"{self.seed}|{number}".encode(), digest_size=16).hexdigest()
        version, variant = "8", "89ab"[int(digits[16], 16) % 4]  # RFC 9562: an id by a rule of our own
        text = digits[:12] + version + digits[13:16] + variant + digits[17:]
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a behaviour may look at: the records that it asked for, the moment, fresh ids, and who acts for
    which reason. `actor` is None where the node itself acts; `expand` gives the full name of a short one."""

    records: Mapping[Key, Record]
    now: Instant
    ids: Ids
    actor: Actor | None = None
    reason: str = ""
    expand: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Written:
    """One document as it shall be from now on; None removes it."""

    resource: str
    id: str
    body: JsonObject | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The document itself, and others that change with it. `steps` are names of work that goes on after the
    commit (rows of the outbox that `processes` hears: the lane and the body of each). `records` are those of
    the same commit that are no documents and that nobody is told of: counters, credentials. `events` are
    further rows of the outbox, those that wait for a moment."""

    body: JsonObject
    others: tuple[Written, ...] = ()
    steps: tuple[tuple[str, JsonObject], ...] = field(default=())
    records: tuple[RecordChange, ...] = ()
    events: tuple[Event, ...] = ()


Needs: TypeAlias = Callable[[JsonObject, JsonObject | None, Mapping[Key, Record]], Sequence[Key]]
Make: TypeAlias = Callable[[JsonObject, Scene], Outcome]
Change: TypeAlias = Callable[[JsonObject, JsonObject, Scene], Outcome]
Remove: TypeAlias = Callable[[JsonObject, Scene], Outcome]


def nothing(_body: JsonObject, _before: JsonObject | None, _known: Mapping[Key, Record]) -> Sequence[Key]:
    """Need no records."""
    return ()


def keep(body: JsonObject, _: Scene) -> Outcome:
    """Keep the document, or let it go, as it is."""
    return Outcome(body)


def keep_changed(_before: JsonObject, after: JsonObject, _scene: Scene) -> Outcome:
    """Keep the document as it was changed."""
    return Outcome(after)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Functions that raise Problem where the document is refused; the sentence says which value is wrong and
    why. What is not given keeps the document as it is.

    `needs(body, before, known)` names the records that the rule has to see, itself apart; `before` is None
    for a new document. It is asked again, with the records that it named so far, until it names no new ones:
    so it may follow a reference in a record.
    `make(body, scene)` takes a new document, defaults and state already in it.
    `change(before, after, scene)` takes one that a client changed; the move between states is already found
    legal. `remove(before, scene)` takes one that a client removes; its outcome's own body is of no account.
    A new document that `counts` says what was used: what the gate noted last is counted before.
    `users` is a resource and the member of it that names such documents: who changes one sees those that name
    it, all of them and as they are when it is stored.
    """

    needs: Needs = nothing
    make: Make = keep
    change: Change = keep_changed
    remove: Remove = keep
    counts: bool = False
    users: tuple[str, str] | None = None


KEPT = Behaviour()
"""The behaviour of a document that is only kept."""
