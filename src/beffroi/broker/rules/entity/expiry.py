"""Transient entities and attributes: what has passed its expiresAt is not there any more (clause 4.22)."""

from collections.abc import Callable, Iterable
from typing import cast

from beffroi.broker.rules.entity.entity import Attributes, Entity, Instance, entity_of
from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import encode
from beffroi.kernel.record import Record

_MEMBER = b'"expiresAt"'
_PART = b"pires"
"""Of all parts of it the quickest to look for in an entity that has none."""


def lasting(entity: Entity, now: Instant) -> Entity | None:
    """What is left of an entity at this moment: the very same object if all is, None if nothing is."""
    if _has_expired(entity, now):
        return None
    attrs = _lasting_attributes(entity["attrs"], now)
    return entity if attrs is entity["attrs"] else {**entity, "attrs": attrs}


def may_expire(record: Record) -> bool:
    """Whether anything of a stored entity may expire; quick, because it is asked of every one."""
    document = record.document
    return document.find(_PART) >= 0 and document.find(_MEMBER) >= 0


def lasting_records(records: Iterable[Record], now: Callable[[], Instant]) -> list[Record]:
    """What is left of stored entities; nothing is decoded, and no time asked for, where nothing expires."""
    found = [lasting_record(record, now()) if may_expire(record) else record for record in records]
    return [record for record in found if record is not None]


def lasting_record(record: Record, now: Instant) -> Record | None:
    """What is left of a stored entity."""
    entity = entity_of(record.shared)
    left = lasting(entity, now)
    if left is None or left is entity:
        return None if left is None else record
    return Record(record.key, encode(cast("dict[str, object]", left)), record.version, record.number)


def first_expiry(entity: Entity) -> Instant | None:
    """The earliest moment at which something of this entity expires."""
    moments = expiries(entity["attrs"])
    if "expiresAt" in entity:
        moments.append(entity["expiresAt"])
    instants = [instant for moment in moments if (instant := parse_instant(moment)) is not None]
    return min(instants) if instants else None


def expiries(attrs: Attributes) -> list[str]:
    """The moments at which something of these attributes expires, as they are written."""
    moments: list[str] = []
    _collect(attrs, moments)
    return moments


def _lasting_attributes(attrs: Attributes, now: Instant) -> Attributes:
    left: Attributes = {}
    same = True
    for name, instances in attrs.items():
        kept = [_lasting_instance(each, now) for each in instances if not _has_expired(each, now)]
        same = (
            same and len(kept) == len(instances) and all(a is b for a, b in zip(kept, instances, strict=True))
        )
        if kept:
            left[name] = kept
    return attrs if same else left


def _lasting_instance(instance: Instance, now: Instant) -> Instance:
    if "attrs" not in instance:
        return instance
    attrs = _lasting_attributes(instance["attrs"], now)
    if attrs is instance["attrs"]:
        return instance
    rest = cast("Instance", {name: value for name, value in instance.items() if name != "attrs"})
    return {**rest, "attrs": attrs} if attrs else rest


def _has_expired(of: Entity | Instance, now: Instant) -> bool:
    moment = parse_instant(of["expiresAt"]) if "expiresAt" in of else None
    return moment is not None and moment <= now


def _collect(attrs: Attributes, moments: list[str]) -> None:
    for instances in attrs.values():
        for instance in instances:
            if "expiresAt" in instance:
                moments.append(instance["expiresAt"])
            if "attrs" in instance:
                _collect(instance["attrs"], moments)
