"""Keep entities as they were last written for a reader, so that what is read often is written once."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeAlias

from beffroi.broker.rules.context.context import UNNUMBERED, Context
from beffroi.broker.rules.entity.entity import entity_of
from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.representation.represent import represent
from beffroi.kernel.json import encode
from beffroi.kernel.record import Record
from beffroi.store.packing import packed, unpacked

MOST_BYTES = 64_000_000
_OVERHEAD = 300
"""Bytes of an entry beside its text, about."""

_Name: TypeAlias = tuple[int, int, int, str, bool, str]


class Rendered:
    """Held packed, and bounded in bytes; what was written first is forgotten first.

    An entry belongs to the stored document itself (its number and a keyed hash of 64 bits), so that it never
    needs to be taken back and stays apart from what others may see of the same entity.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._size = 0
        self._bodies: OrderedDict[_Name, bytes] = OrderedDict()

    def bodies(self, records: Sequence[Record], view: View, context: Context) -> list[bytes]:
        """Each entity as JSON in this view, whose links are not followed."""
        if not _is_common(view) or context.serial == UNNUMBERED:
            return [_body(record, view, context) for record in records]
        form, sys_attrs, lang, serial = view.form, view.sys_attrs, view.lang, context.serial
        found: list[bytes] = []
        for record in records:
            name = (record.number, hash(record.document), serial, form, sys_attrs, lang)
            held = self._bodies.get(name)
            if held is None:
                body = _body(record, view, context)
                self._remember(name, packed(body))
            else:
                body = unpacked(held, record.key)
            found.append(body)
        return found

    def _remember(self, name: _Name, held: bytes) -> None:
        self._bodies[name] = held
        self._size += len(held) + _OVERHEAD
        while self._size > self._most:
            _, first = self._bodies.popitem(last=False)
            self._size -= len(first) + _OVERHEAD


def _is_common(view: View) -> bool:
    """Whether others will ask for the same: entities whole."""
    return not (view.attrs or view.pick or view.omit or view.dataset_ids or len(view.lang) > 20)


def _body(record: Record, view: View, context: Context) -> bytes:
    return encode(represent(entity_of(record.at_hand or record.body), view, context))
