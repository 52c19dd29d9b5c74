"""Audience: who may be concerned by a change, so that a change that concerns nobody costs nothing.

Each tenant has one record that names, for every active subscription, what it listens to. The operations
that change entities read it in the same transact and put what `events` returns into their commit. It may
say yes too often, never no too often; the fan-out (`notification_match.py`) decides exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

from beffroi.broker.rules.entity.entity import Attributes, Entity
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, decode_object, encode
from beffroi.kernel.record import Change, Event, Key, Record

KIND = "audience"
CHANGES = "change:"
"""What the lanes of change events start with; the tenant follows, so that each entity's are in order."""

MOST_REMEMBERED = 1_000


CREATION = frozenset({"entityCreated", "entityUpdated", "attributeCreated"})
UPDATE = frozenset({"entityUpdated", "attributeCreated", "attributeUpdated", "attributeDeleted"})
DELETION = frozenset({"entityDeleted", "entityUpdated", "attributeDeleted"})
ANYTHING = CREATION | UPDATE | DELETION
"""Triggers (clause 5.2.12) that a creation, an update and a deletion of an entity may pull."""


class Ear(TypedDict, total=False):
    """What one entity selector of one subscription listens to; a member that is absent says anything."""

    types: list[str]  # expanded; an entity that has none of them is not heard
    ids: list[str]
    attrs: list[str]  # expanded
    on: list[str]  # notification triggers
    until: str  # Instant


def audience_key(tenant: str) -> Key:
    """The key of the record that `events` wants; name it among the reads of a transact."""
    return Key(tenant, KIND, "all")


def events(
    tenant: str, audience: Record | None, before: Entity | None, after: Entity | None, at: Instant
) -> tuple[Event, ...]:
    """The outbox event for one changed entity, if somebody may be concerned; else nothing.

    `before` is None for a creation, `after` for a deletion.
    """
    if audience is None or not _listened(_remembered(tenant, audience.document), before, after, at):
        return ()
    body: JsonObject = {"tenant": tenant, "at": at, **sides(before, after)}
    return (Event(CHANGES + tenant, encode(body)),)


def heard(
    audience: Record | None, tenant: str, subscription_id: str, ears: Sequence[Ear]
) -> tuple[Change, ...]:
    """The audience when this subscription listens with these ears from now on; none when it stops.

    Every write of a subscription rewrites the audience, even one that leaves its ears alone: the version
    of this record is how the fan-out knows that what it has in mind is still so.
    """
    stored = audience.body if audience is not None else {}
    document = {name: value for name, value in stored.items() if name != subscription_id}
    if ears:
        document[subscription_id] = cast("Json", list(ears))
    if not document and audience is None:
        return ()
    return (Change(audience_key(tenant), encode(document) if document else None),)


def listeners(audience: Record | None) -> list[str]:
    """The ids of the subscriptions that listen."""
    return [] if audience is None else list(audience.body)


@dataclass(frozen=True, slots=True)
class _Ear:
    types: frozenset[str]
    ids: frozenset[str]
    attrs: tuple[str, ...]
    on: frozenset[str]
    until: str


@dataclass(frozen=True, slots=True)
class _Audience:
    """The ears, sorted by the one thing that an entity must have: a type, an id, or neither."""

    by_type: Mapping[str, Sequence[_Ear]]
    by_id: Mapping[str, Sequence[_Ear]]
    anywhere: Sequence[_Ear]


_memory: dict[str, tuple[bytes, _Audience]] = {}


def _remembered(tenant: str, document: bytes) -> _Audience:
    """The document parsed; parsed again only when it is another one. Holds no truth, saves time."""
    known = _memory.get(tenant)
    if known is not None and known[0] == document:
        return known[1]
    parsed = _parsed(document)
    if len(_memory) >= MOST_REMEMBERED:
        _memory.clear()
    _memory[tenant] = (document, parsed)
    return parsed


def _parsed(document: bytes) -> _Audience:
    by_type, by_id, anywhere = dict[str, list[_Ear]](), dict[str, list[_Ear]](), list[_Ear]()
    for entry in decode_object(document).values():
        for stored in cast("list[Ear]", entry):
            ear = _Ear(
                frozenset(stored.get("types", ())),
                frozenset(stored.get("ids", ())),
                tuple(stored.get("attrs", ())),
                frozenset(stored.get("on", ANYTHING)),
                stored.get("until", "~"),
            )
            for name in ear.ids:
                by_id.setdefault(name, []).append(ear)
            for name in () if ear.ids else ear.types:
                by_type.setdefault(name, []).append(ear)
            if not ear.ids and not ear.types:
                anywhere.append(ear)
    return _Audience(by_type, by_id, anywhere)


def _listened(audience: _Audience, before: Entity | None, after: Entity | None, at: Instant) -> bool:
    either = after if after is not None else before
    if either is None:
        return False
    types = either["type"]
    if before is not None and before["type"] != types:
        types = [*types, *before["type"]]
    if any(_hears(ear, before, after, at) for ear in audience.anywhere):
        return True
    by_type = audience.by_type
    for name in types:
        ears = by_type.get(name)
        if ears is not None and any(_hears(ear, before, after, at) for ear in ears):
            return True
    ears = audience.by_id.get(either["id"]) if audience.by_id else None
    return ears is not None and any(
        (not ear.types or not ear.types.isdisjoint(types)) and _hears(ear, before, after, at) for ear in ears
    )


def _hears(ear: _Ear, before: Entity | None, after: Entity | None, at: Instant) -> bool:
    if at >= ear.until:
        return False
    if before is None or after is None:
        return not ear.on.isdisjoint(CREATION if before is None else DELETION)
    if ear.on.isdisjoint(UPDATE):
        return False
    old, new = before["attrs"], after["attrs"]
    if not ear.attrs:
        return old != new
    return any(old.get(name) != new.get(name) for name in ear.attrs)


def sides(before: Entity | None, after: Entity | None) -> JsonObject:
    """Both sides; of an update the old side keeps only attributes that differ, and `created` names those
    that it did not have, so that the row is not twice as large as the entity."""
    if before is None or after is None:
        return {"before": cast("Json", before), "after": cast("Json", after)}
    old, new = before["attrs"], after["attrs"]
    differing = {name: instances for name, instances in old.items() if new.get(name) != instances}
    return {
        "before": cast("Json", {**before, "attrs": differing}),
        "after": cast("Json", after),
        "created": cast("Json", _missing(new, old)),
    }


def _missing(names: Iterable[str], among: Attributes) -> list[str]:
    return [name for name in names if name not in among]
