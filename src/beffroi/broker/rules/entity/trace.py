"""Trace: what the history keeps of one change to an entity (clause 4.5.6 makes evolutions of it)."""

from collections.abc import Callable
from typing import TypeAlias

from beffroi.broker.rules.entity.entity import Attributes, Entity, Instance, body_of, entity_key, entity_of
from beffroi.broker.rules.entity.expiry import lasting, may_expire
from beffroi.broker.rules.subscription.audience import events
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import as_written, encode
from beffroi.kernel.record import Change, Commit, Record

_NOTHING = Commit()
Rule: TypeAlias = Callable[[Entity | None], Entity | None]
"""What one operation makes of an entity: None stands for "does not exist"."""


def trace_of(before: Entity | None, after: Entity | None) -> bytes:
    """`{"changed": {attribute: instances}, "type": [...]}`; an attribute that went has no instances.

    `gone` says of instances that went their type and their datasetId: `{attribute: [["Property", ""]]}`;
    `scope` is there where it changed, empty where it went. A deletion is `{"deleted": true, "type": [...]}`
    with `gone` and the `createdAt` of what is deleted.
    """
    if after is None:
        return encode(_deleted(before) if before else {"deleted": True, "type": []})
    if before is None:
        return _created(after, after["attrs"])
    differing = changed(before, after)
    body: dict[str, object] = {"changed": differing, "type": after["type"]}
    if went := gone(before["attrs"], differing):
        body["gone"] = went
    scope = after.get("scope")
    if scope != before.get("scope"):
        body["scope"] = scope or []
    return encode(body)


def _created(after: Entity, attrs: object) -> bytes:
    """The trace of an entity that was not there, whose attributes are given as they are to be written."""
    body: dict[str, object] = {"changed": attrs, "type": after["type"]}
    if "scope" in after:
        body["scope"] = after["scope"]
    return encode(body)


def _deleted(before: Entity) -> dict[str, object]:
    body: dict[str, object] = {"deleted": True, "type": before["type"]}
    body["gone"] = gone(before["attrs"], {name: [] for name in before["attrs"]})
    if "scope" in before:
        body["scope"] = []
    return {**body, "createdAt": before.get("createdAt", "")}


def gone(before: Attributes, differing: Attributes) -> dict[str, list[list[str]]]:
    """Type and datasetId of the instances that are not there any more among attributes that differ."""
    result: dict[str, list[list[str]]] = {}
    for name, instances in differing.items():
        old = before.get(name)
        if old is None or (len(old) == len(instances) == 1 and _dataset(old[0]) == _dataset(instances[0])):
            continue
        left = {_dataset(instance) for instance in instances}
        if went := [[each["type"], _dataset(each)] for each in old if _dataset(each) not in left]:
            result[name] = went
    return result


def _dataset(instance: Instance) -> str:
    return instance.get("datasetId", "")


def changed(before: Entity, after: Entity) -> Attributes:
    """The attributes that differ, as they are now; empty for those that are gone."""
    old, new = before["attrs"], after["attrs"]
    result: Attributes = {}
    for name, found in new.items():
        was = old.get(name)
        if was is not found and was != found:
            result[name] = found
    result.update({name: [] for name in old if name not in new})
    return result


def commit_of(
    tenant: str, before: Entity | None, after: Entity | None, audience: Record | None, now: Instant
) -> Commit:
    """One changed entity with its history and the event for whoever listens."""
    if after is before:
        return Commit()
    entity_id = after["id"] if after else before["id"] if before else ""
    key, body = entity_key(tenant, entity_id), body_of(after) if after else None
    if before is None and after is not None:
        attrs = as_written(after["attrs"])
        change = Change(key, encode({**after, "attrs": attrs}), _created(after, attrs), body)
    else:
        change = Change(key, encode(after) if after else None, trace_of(before, after), body)
    return Commit((change,), events(tenant, audience, before, after, now), at=now)


def lapse_of(
    tenant: str, record: Record | None, audience: Record | None, now: Instant
) -> tuple[Entity | None, Commit]:
    """What is there of a stored entity now, and the commit that removes what has expired of it."""
    if record is None:
        return None, _NOTHING
    stored = entity_of(record.shared)
    if not may_expire(record) or (left := lasting(stored, now)) is stored:
        return stored, _NOTHING
    after: Entity | None = {**left, "modifiedAt": now} if left else None
    return after, commit_of(tenant, stored, after, audience, now)


def joined(first: Commit, then: Commit) -> Commit:
    """Both, one after the other, as one commit."""
    if not first.changes:
        return then
    return Commit((*first.changes, *then.changes), (*first.events, *then.events), at=first.at)
