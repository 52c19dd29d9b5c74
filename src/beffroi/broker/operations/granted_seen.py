"""Entities as the holder of a grant sees them, each cut once for all who read it with the same grant."""

from collections import OrderedDict
from hashlib import blake2b
from typing import TypeAlias, cast

from beffroi.broker.rules.entity.entity import Entity, entity_of
from beffroi.broker.rules.granted import cutter, heads, is_whole
from beffroi.kernel.effort import Effort
from beffroi.kernel.grant import Grant
from beffroi.kernel.json import encode
from beffroi.kernel.record import Record

MOST_BYTES = 4_000_000
_OVERHEAD = 200
"""Bytes of an entry beside its document, about."""

_Name: TypeAlias = tuple[int, int]
_Known: TypeAlias = "Record | bool"
"""A record that was cut, or whether the stored one is shown as it is."""


class Seen:
    """Remembers what was cut, bounded in bytes; what was cut first is forgotten first.

    An entry belongs to the stored document itself (its number and a keyed hash of 64 bits), so that it never
    needs to be taken back. A document that shows as it is costs no copy, and no entry where its head
    tells so.
    """

    def __init__(self, grant: Grant, most_bytes: int = MOST_BYTES) -> None:
        self._cut, self._heads = cutter(grant), heads(grant)
        self._most = most_bytes
        self._size = 0
        self._known: OrderedDict[_Name, _Known] = OrderedDict()

    def of(self, record: Record, effort: Effort | None = None) -> Record | None:
        """The record as it is seen; None if it does not exist for the holder. `effort` pays for the cut.

        The version of a cut one is made of what is seen, so that it says nothing of a change to the rest.
        """
        if is_whole(record, self._heads):
            return record
        name = (record.number, hash(record.document))
        known = self._known.get(name)
        if known is None:
            known = self._look(record, effort)
            self._remember(name, known)
        if isinstance(known, bool):
            return record if known else None
        return known

    def all(self, records: list[Record], effort: Effort | None = None) -> list[Record]:
        """Those of the records that exist for the holder, as they are seen: the list itself where that is all
        of it, as it stands."""
        known, whole = self._known, self._heads
        for record in records:
            if is_whole(record, whole):
                continue
            if known.get((record.number, hash(record.document))) is not True:
                seen = (self.of(each, effort) for each in records)
                return [shown for shown in seen if shown is not None]
        return records

    def shown_among(self, records: list[Record], effort: Effort | None = None) -> list[Record]:
        """Those of the records that exist for the holder, as they are stored."""
        known, whole = self._known, self._heads
        for record in records:
            if is_whole(record, whole):
                continue
            if not known.get((record.number, hash(record.document))):
                return [each for each in records if self.of(each, effort) is not None]
        return records

    def _look(self, record: Record, effort: Effort | None) -> _Known:
        entity = entity_of(record.body)
        seen = self._cut(entity) if effort is None else effort.pay(self._cut, entity)
        if seen is None or seen is entity:
            return seen is not None
        return _record(record, seen)

    def _remember(self, name: _Name, known: _Known) -> None:
        self._known[name] = known
        self._size += _weight(known)
        while self._size > self._most:
            _, first = self._known.popitem(last=False)
            self._size -= _weight(first)


def _record(record: Record, seen: Entity) -> Record:
    document = encode(cast("dict[str, object]", seen))
    version = int.from_bytes(blake2b(document, digest_size=6).digest())
    return Record(record.key, document, version, record.number)


def _weight(known: _Known) -> int:
    return _OVERHEAD + (0 if isinstance(known, bool) else len(known.document))
