"""What is stored and what happens to it, as values.

Nothing is written except as the Commit that a decision returns to a store; everything in one
commit becomes visible together or not at all.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import JsonObject, NotJson, decode_object, encode
from beffroi.kernel.problem import InternalError, Problem


class Key(NamedTuple):
    """Names one record: tenants never meet, because the tenant is part of every key."""

    tenant: str
    kind: str
    id: str


@dataclass(slots=True, init=False)
class Record:
    """One stored document.

    `number` is its place in the order of creation within the store (0 until it is stored; it never
    changes and is never given again), `version` counts its changes from 1, `document` is JSON.
    """

    key: Key
    document: bytes
    version: int
    number: int
    _shared: JsonObject | None = field(init=False, repr=False, compare=False)

    def __init__(
        self,
        key: Key,
        document: bytes,
        version: int = 0,
        number: int = 0,
        shared: JsonObject | None = None,
    ) -> None:
        self.key, self.document, self.version, self.number = key, document, version, number
        self._shared = shared

    @property
    def body(self) -> JsonObject:
        """The document decoded, a fresh object at every call. Raises Problem(InternalError)."""
        try:
            return decode_object(self.document)
        except NotJson as failure:
            raise _not_json(self.key, failure) from failure

    @property
    def at_hand(self) -> JsonObject | None:
        """What `shared` gives, if it was asked before."""
        return self._shared

    @property
    def shared(self) -> JsonObject:
        """The document decoded once for all who look at this record; nobody may alter it. Raises
        Problem(InternalError)."""
        body = self._shared
        if body is None:
            body = self._shared = self.body
        return body


class Change(NamedTuple):
    """What the record named `key` shall be from now on; None means that it shall not exist.

    `trace` is what the history keeps of this change: JSON that the domain defines, None for nothing.
    `body` is what `document` decodes to, from whoever has it at hand, so that indexing need not decode it
    again; it is not altered any more.
    """

    key: Key
    document: bytes | None
    trace: bytes | None = None
    body: JsonObject | None = None


class Event(NamedTuple):
    """Something to be done after the commit, at least once: a row of the outbox.

    Events of one `lane` are handled one after another in the order of their commits; lanes do not wait
    for each other. `due` holds an event (and what follows it in its lane) back until that moment.
    """

    lane: str
    body: bytes
    due: Instant = NO_INSTANT


class Postponement(NamedTuple):
    """A pending event that is tried again at `due`; `body` replaces what was to be done."""

    number: int
    due: Instant
    body: bytes


class Retold(NamedTuple):
    """A trace that is told anew because something is taken out of the past.

    `body` replaces what it says, if that still is `was`; else nothing happens. None removes the trace: those
    of the same record that are older are removed before it, or with it.
    """

    number: int
    was: bytes
    body: bytes | None


class Commit(NamedTuple):
    """All that one decision wants: stored whole or not at all.

    `settled` are numbers of pending events that are done and leave the outbox. `at` is the moment that
    the history keeps.
    """

    changes: tuple[Change, ...] = ()
    events: tuple[Event, ...] = ()
    settled: tuple[int, ...] = ()
    postponed: tuple[Postponement, ...] = ()
    at: Instant = NO_INSTANT
    retold: tuple[Retold, ...] = ()


def damaged(key: Key, why: str) -> Problem:
    """That what a database holds of a record is not what was stored."""
    kind, id, tenant = key.kind, key.id, key.tenant
    sentence = (
        f"What is stored of {kind} '{id}' of the tenant '{tenant}' is damaged: {why}. An operator puts the"
        " database back from a copy."
        if tenant
        else f"What is stored of {kind} '{id}' is damaged: {why}. An operator puts the database back from a"
        " copy."
    )
    return Problem(InternalError, sentence)


@contextmanager
def reading(key: Key) -> Generator[None]:
    """Say of which record it is that JSON in a database cannot be read. Raises Problem(InternalError)."""
    try:
        yield
    except NotJson as failure:
        raise _not_json(key, failure) from failure


def _not_json(key: Key, failure: NotJson) -> Problem:
    return damaged(key, f"it is not JSON, {failure.msg.split(': line')[0]}")


def document_of(body: JsonObject) -> bytes:
    """Encode a body for a Change."""
    return encode(body)
