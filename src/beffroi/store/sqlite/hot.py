"""Records read or written lately, as they stand in the file, with their index rows.

Whoever changes one record again and again needs to read it once. Only the writer looks here, within a
transaction that has the write lock: what another process wrote, or a batch that was rolled back, has
begun a new generation by then, and of an old one nothing is remembered.
"""

from collections import OrderedDict
from collections.abc import Collection
from typing import TypeAlias

from beffroi.kernel.record import Key, Record
from beffroi.store.indexing import Rows

MOST_BYTES = 16 << 20
"""Of documents; with what belongs to them about twice as much is held."""
LARGEST = 64 << 10
BESIDE = 500
"""Bytes that a remembered key costs apart from its document."""

_Known: TypeAlias = "tuple[bytes, int, int, Rows | None] | None"
"""Document, version, number and rows; None for a record that is not there."""


class Hot:
    def __init__(self) -> None:
        self._known: OrderedDict[Key, _Known] = OrderedDict()
        self._bytes = 0
        self._generation: object = None

    def begin(self, generation: object) -> None:
        if generation != self._generation:
            self._known.clear()
            self._bytes = 0
            self._generation = generation

    def take(self, keys: Collection[Key], found: dict[Key, Record]) -> list[Key]:
        """Put the records that are remembered into `found`; the keys of which nothing is known."""
        unknown: list[Key] = []
        known = self._known
        for key in keys:
            if key not in known:
                unknown.append(key)
            elif (one := known[key]) is not None:
                found[key] = Record(key, one[0], one[1], one[2])
        return unknown

    def rows_of(self, record: Record) -> Rows | None:
        one = self._known.get(record.key)
        return one[3] if one is not None and one[1] == record.version and one[2] == record.number else None

    def keep(self, record: Record, rows: Rows | None) -> None:
        self.forget(record.key)
        if len(record.document) <= LARGEST:
            self._known[record.key] = (record.document, record.version, record.number, rows)
            self._bytes += len(record.document) + BESIDE
            self._shrink()

    def keep_absent(self, key: Key) -> None:
        self.forget(key)
        self._known[key] = None
        self._bytes += BESIDE
        self._shrink()

    def forget(self, key: Key) -> None:
        if key in self._known:
            self._bytes -= _size(self._known.pop(key))

    def _shrink(self) -> None:
        """Let go of the oldest."""
        while self._bytes > MOST_BYTES:
            _, oldest = self._known.popitem(last=False)
            self._bytes -= _size(oldest)


def _size(known: _Known) -> int:
    return BESIDE + (len(known[0]) if known is not None else 0)
