"""Ledger: what one decision writes: documents, each of their versions, and the entries of the node's feed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Event, Key, Record, document_of
from beffroi.network.rules import feed
from beffroi.network.rules.document import face
from beffroi.network.rules.identity import Identity
from beffroi.network.rules.kind import Kind, version_key


@dataclass(slots=True)
class Ledger:
    """Made anew in each decision, over what it read: `feed.HEAD` must be among that.

    Published documents of a public kind go to the feed, in the order in which they are put.
    """

    stored: Mapping[Key, Record]
    signer: Identity
    at: Instant
    simulated: bool = False
    _head: JsonObject | None = field(init=False)
    _changes: list[Change] = field(init=False, default_factory=list[Change])
    _events: list[Event] = field(init=False, default_factory=list[Event])

    def __post_init__(self) -> None:
        head = self.stored.get(feed.HEAD)
        self._head = None if head is None else head.body

    def put(self, kind: Kind, document: JsonObject) -> None:
        """Write a new version of a document of this node."""
        document = document | {"simulated": True} if self.simulated else document
        id, text = str(document["id"]), document_of(document)
        self._changes += [
            Change(kind.key(id), text),
            Change(version_key(id, int(str(document["version"]))), text),
        ]
        if kind.public and "published" in document:
            appended = feed.append(self._head, face(document), self.at, self.signer.did, self.signer.key)
            self._changes += appended.changes
            self._head = appended.head

    def add(self, *changes: Change, events: Sequence[Event] = ()) -> None:
        """Write something else in the same commit."""
        self._changes += changes
        self._events += events

    def commit(self) -> Commit:
        """All that was put and added, as one commit."""
        last = {change.key: change for change in self._changes}
        return Commit(tuple(last.values()), tuple(self._events), at=self.at)
