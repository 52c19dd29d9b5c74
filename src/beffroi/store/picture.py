"""Run decisions one after another over one picture of the records, and sum up what they change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Change, Commit, Event, Key, Postponement, Record, Retold
from beffroi.store.port import Decide

LONGEST_NAME = 1024
"""Bytes of a tenant, kind, id or lane: what every engine can hold in an index."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a batch of commits comes to: the records before and after, and rows to append.

    `created` have no number yet. A record that was removed and made again stands in both lists.
    """

    created: Sequence[Record]
    changed: Sequence[tuple[Record, Record]]
    removed: Sequence[Record]
    traces: Sequence[tuple[Key, Instant, bytes]]
    events: Sequence[Event]
    postponed: Sequence[Postponement]
    settled: Sequence[int]
    retold: Sequence[Retold] = ()

    @property
    def empty(self) -> bool:
        return not (
            self.created or self.changed or self.removed or self.traces
            or self.events or self.postponed or self.settled or self.retold
        )  # fmt: skip


@dataclass(slots=True)
class Picture:
    """The records that a batch asked for (`stored`), and what its commits made of them so far.

    `unread` collects the keys that a commit changes and nobody asked for: the batch has to be run again
    over a picture that has them.
    """

    asked: Collection[Key]
    stored: Mapping[Key, Record]
    unread: set[Key] = field(default_factory=set[Key])
    _now: dict[Key, Record] = field(init=False)
    _touched: dict[Key, None] = field(default_factory=dict[Key, None])
    _traces: list[tuple[Key, Instant, bytes]] = field(default_factory=list[tuple[Key, Instant, bytes]])
    _events: list[Event] = field(default_factory=list[Event])
    _postponed: list[Postponement] = field(default_factory=list[Postponement])
    _settled: list[int] = field(default_factory=list[int])
    _retold: list[Retold] = field(default_factory=list[Retold])

    def __post_init__(self) -> None:
        self._now = dict(self.stored)

    def run(self, reads: Sequence[Key], decide: Decide) -> None:
        """Take one decision in; what it raises passes through and leaves no mark."""
        now = self._now
        commit = decide({key: now[key] for key in reads if key in now})
        for change in commit.changes:
            if change.key not in self.asked and not nameable(change.key):
                raise Problem(BadRequestData, f"The id '{change.key.id[:80]}…' is too long or not Unicode.")
        for event in commit.events:
            if not is_name(event.lane):
                raise Problem(BadRequestData, f"The lane '{event.lane[:80]}…' is too long or not Unicode.")
        self._apply(commit)

    def draft(self) -> Draft:
        created: list[Record] = []
        changed: list[tuple[Record, Record]] = []
        removed: list[Record] = []
        for key in self._touched:
            before, after = self.stored.get(key), self._now.get(key)
            if before is not None and after is not None and before.number == after.number:
                changed.append((before, after))
                continue
            if before is not None:
                removed.append(before)
            if after is not None:
                created.append(after)
        settled = sorted(set(self._settled))
        return Draft(
            created, changed, removed, self._traces, self._events, self._postponed, settled, self._retold
        )

    def _apply(self, commit: Commit) -> None:
        for change in commit.changes:
            self._change(change)
            if change.trace is not None:
                self._traces.append((change.key, commit.at, change.trace))
        self._events += commit.events
        self._postponed += commit.postponed
        self._settled += commit.settled
        self._retold += commit.retold

    def _change(self, change: Change) -> None:
        key = change.key
        if key not in self.asked:
            self.unread.add(key)
        self._touched[key] = None
        if change.document is None:
            self._now.pop(key, None)
            return
        before = self._now.get(key)
        version, number = (before.version + 1, before.number) if before else (1, 0)
        self._now[key] = Record(key, change.document, version, number, change.body)


def nameable(key: Key) -> bool:
    """Whether every engine can hold this key."""
    return is_name(key[0]) and is_name(key[1]) and is_name(key[2])


def is_name(text: str) -> bool:
    if text.isascii():
        return len(text) <= LONGEST_NAME
    try:
        return len(text.encode()) <= LONGEST_NAME
    except UnicodeEncodeError:
        return False


def nameable_only(keys: Iterable[Key]) -> list[Key]:
    return [key for key in keys if nameable(key)]
