"""Behaviour: what a kind of document does beyond being kept, when it is made, changed or removed.

A behaviour is pure: it names the records that it wants to see, and returns every document that comes of it.
All of them, their events and their audit are one commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Key, Record


@dataclass(frozen=True, slots=True)
class Scene:
    """What a behaviour may look at: the records that it asked for, the moment, fresh ids in the order of use,
    and who acts for which reason."""

    records: Mapping[Key, Record]
    now: Instant
    ids: Sequence[str]
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """One document as it shall be from now on; None removes it."""

    resource: str
    id: str
    body: JsonObject | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The document itself, and others that change with it. `steps` are names of work that goes on after the
    commit (rows of the outbox that `processes` hears)."""

    body: JsonObject
    others: tuple[Written, ...] = ()
    steps: tuple[tuple[str, JsonObject], ...] = field(default=())


class Behaviour(Protocol):
    """Raises Problem where the document is refused; the sentence says which value is wrong and why."""

    def needs(self, body: JsonObject, before: JsonObject | None) -> Sequence[Key]:
        """The records that this document's rule has to see, itself apart."""
        ...

    def make(self, body: JsonObject, scene: Scene) -> Outcome:
        """A new document, defaults and state already in it."""
        ...

    def change(self, before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
        """A document that a client or a step changed; the move between states is already found legal."""
        ...
