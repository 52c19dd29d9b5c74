"""The write operations on one entity, as decisions (clause 5.6).

Each takes what is stored and what was asked and returns what shall be stored. No clock, no store, no
HTTP: to know what a PATCH does, read this file and `attributes.py`, which does the same for one attribute.
"""

from dataclasses import dataclass

from beffroi.broker.rules.entity.attribute import is_null, type_of
from beffroi.broker.rules.entity.attributes import (
    fresh,
    has_value,
    merge_instance,
    patch_instance,
    replace_instance,
    without_removals,
)
from beffroi.broker.rules.entity.entity import NULL, Attributes, Entity, Instance
from beffroi.broker.rules.entity.expand import Fragment
from beffroi.broker.rules.entity.simplified import read_as_stored
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import AlreadyExists, Problem, ResourceNotFound


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attribute that an operation left alone, and why (clause 5.2.19 NotUpdatedDetails)."""

    name: str
    reason: str
    partly: bool = False  # other instances of it were written


def create(stored: Entity | None, asked: Entity, now: Instant) -> Entity:
    """Create Entity (5.6.1)."""
    if stored is not None:
        raise Problem(AlreadyExists, f"Entity '{asked['id']}' already exists.")
    return _stamped(asked, now, now)


def replace(stored: Entity | None, asked: Entity, now: Instant) -> Entity:
    """Replace Entity (5.6.18): only the moment of creation stays."""
    before = existing(stored, asked["id"])
    return _stamped(asked, before["createdAt"], now)


def upsert(stored: Entity | None, asked: Entity, now: Instant) -> Entity:
    """Create the entity or replace it (5.6.8)."""
    return create(stored, asked, now) if stored is None else replace(stored, asked, now)


def append(
    stored: Entity | None, entity_id: str, asked: Fragment, now: Instant
) -> tuple[Entity, list[Refusal]]:
    """Append Attributes (5.6.3): instances that exist are replaced. An upsert that updates (5.6.8) removes by
    null, too."""
    before = existing(stored, entity_id)
    after = _with_attributes(before, asked, now)
    _add_types(after, asked)
    if asked.scope_removed:
        after.pop("scope", None)
    elif asked.scope is not None:
        after["scope"] = asked.scope
    _set_expiry(after, asked)
    return after, []


def append_new(
    stored: Entity | None, entity_id: str, asked: Fragment, now: Instant
) -> tuple[Entity, list[Refusal]]:
    """Append Attributes with noOverwrite (5.6.3): instances that exist stay, and are reported."""
    before = existing(stored, entity_id)
    after, refused = _copied(before, now), list[Refusal]()
    for name, instances in asked.attrs.items():
        have = {_dataset(instance) for instance in before["attrs"].get(name, [])}
        new = [i for i in instances if _dataset(i) not in have]
        if len(new) < len(instances):
            refused.append(_kept(name, [_dataset(i) for i in instances if _dataset(i) in have], new))
        if new:
            kept = after["attrs"].get(name, [])
            after["attrs"][name] = [*kept, *[fresh(without_removals(i), now, name) for i in new]]
    _add_types(after, asked)
    if asked.scope is not None:
        after["scope"] = list(dict.fromkeys([*before.get("scope", []), *asked.scope]))
    return after, refused


def update(
    stored: Entity | None, entity_id: str, asked: Fragment, now: Instant
) -> tuple[Entity, list[Refusal]]:
    """Update Attributes (5.6.2): whole attributes are replaced or added, null removes (5.5.8)."""
    before = existing(stored, entity_id)
    after = _with_attributes(before, asked, now)
    refused: list[Refusal] = []
    _add_types(after, asked)
    if asked.scope_removed:
        after.pop("scope", None)
    elif asked.scope is not None and "scope" in before:
        after["scope"] = asked.scope
    elif asked.scope is not None:
        refused.append(Refusal("scope", "The entity has no scope to be updated."))
    _set_expiry(after, asked)
    return after, refused


def merge(stored: Entity | None, entity_id: str, asked: Fragment, observed_at: str, now: Instant) -> Entity:
    """Merge Entity (5.6.17): into attributes and values at any depth, null removes (5.5.12).

    `observed_at` is the common time stamp, for instances that had one and are given none; else empty.
    """
    before = existing(stored, entity_id)
    after = _copied(before, now)
    for name in asked.removed:
        after["attrs"].pop(name, None)
    for name, instances in asked.attrs.items():
        stored_instances = before["attrs"].get(name, [])
        fitting = _fitting(stored_instances, instances, name, asked)
        merged = _merge_instances(stored_instances, fitting, observed_at, now, name)
        if merged:
            after["attrs"][name] = merged
        else:
            after["attrs"].pop(name, None)
    _add_types(after, asked)
    if asked.scope_removed:
        after.pop("scope", None)
    elif asked.scope is not None:
        after["scope"] = asked.scope
    _set_expiry(after, asked)
    return after


def partial_update(stored: Entity | None, entity_id: str, name: str, asked: Instance, now: Instant) -> Entity:
    """Partial Attribute update (5.6.4): members of one instance are replaced, null removes."""
    before = existing(stored, entity_id)
    dataset = _dataset(asked)
    _existing_instance(before, name, dataset)
    after = _copied(before, now)
    if is_null(asked):
        remaining = [i for i in before["attrs"][name] if _dataset(i) != dataset]
        return _with_instances(after, name, remaining)
    changed = [
        patch_instance(i, asked, now, name) if _dataset(i) == dataset else i for i in before["attrs"][name]
    ]
    return _with_instances(after, name, changed)


def replace_attribute(
    stored: Entity | None, entity_id: str, name: str, asked: Instance, now: Instant
) -> Entity:
    """Replace Attribute (5.6.19): one instance is replaced whole."""
    before = existing(stored, entity_id)
    dataset = _dataset(asked)
    _existing_instance(before, name, dataset)
    after = _copied(before, now)
    changed = [
        replace_instance(i, asked, now, name) if _dataset(i) == dataset else i for i in before["attrs"][name]
    ]
    return _with_instances(after, name, changed)


def delete_attribute(
    stored: Entity | None, entity_id: str, name: str, dataset: str | None, now: Instant
) -> Entity:
    """Delete Attribute (5.6.5): the default instance, or that of a dataset."""
    before = existing(stored, entity_id)
    _existing_instance(before, name, dataset)
    after = _copied(before, now)
    return _with_instances(after, name, [i for i in before["attrs"][name] if _dataset(i) != dataset])


def delete_all_instances(stored: Entity | None, entity_id: str, name: str, now: Instant) -> Entity:
    """Delete Attribute with deleteAll (5.6.5)."""
    before = existing(stored, entity_id)
    if name not in before["attrs"]:
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' has no attribute '{name}'.")
    return _with_instances(_copied(before, now), name, [])


def delete_scope(stored: Entity | None, entity_id: str, now: Instant) -> Entity:
    """Delete Attribute whose name is scope (5.6.5)."""
    before = existing(stored, entity_id)
    if "scope" not in before:
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' has no scope.")
    after = _copied(before, now)
    after.pop("scope", None)
    return after


def existing(stored: Entity | None, entity_id: str) -> Entity:
    """The stored entity, or Problem(ResourceNotFound)."""
    if stored is None:
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' does not exist.")
    return stored


def _kept(name: str, datasets: list[str | None], new: list[Instance]) -> Refusal:
    """What is said of an attribute with instances that exist already, of these datasetIds."""
    if not new:
        return Refusal(name, "The attribute exists already and must not be overwritten.")
    which = [
        f"the instance with the datasetId '{each}'" if each else "the default instance" for each in datasets
    ]
    reason = f"Of what exists already nothing is overwritten: {' and '.join(which)}. The others were written."
    return Refusal(name, reason, partly=True)


def _stamped(asked: Entity, created: str, now: Instant) -> Entity:
    attrs: Attributes = {name: [fresh(i, now, name) for i in found] for name, found in asked["attrs"].items()}
    return {**asked, "createdAt": created, "modifiedAt": now, "attrs": attrs}


def _copied(before: Entity, now: Instant) -> Entity:
    return {**before, "modifiedAt": now, "attrs": dict(before["attrs"])}


def _with_attributes(before: Entity, asked: Fragment, now: Instant) -> Entity:
    after = _copied(before, now)
    for name in asked.removed:
        after["attrs"].pop(name, None)
    for name, instances in asked.attrs.items():
        replaced = _replace_instances(before["attrs"].get(name, []), instances, now, name)
        _with_instances(after, name, replaced)
    return after


def _replace_instances(
    stored: list[Instance], asked: list[Instance], now: Instant, name: str
) -> list[Instance]:
    result = {_dataset(instance): instance for instance in stored}
    for instance in asked:
        dataset = _dataset(instance)
        if is_null(instance):
            result.pop(dataset, None)
        elif dataset in result:
            result[dataset] = replace_instance(result[dataset], without_removals(instance), now, name)
        else:
            result[dataset] = fresh(without_removals(instance), now, name)
    return list(result.values())


def _fitting(stored: list[Instance], asked: list[Instance], name: str, fragment: Fragment) -> list[Instance]:
    """What is in simplified representation takes the type of what is stored (5.6.17.4)."""
    simplified = fragment.simplified
    if simplified is None or not stored or name not in simplified.values:
        return asked
    kind = stored[0]["type"]
    if all(type_of(each) == kind for each in (*stored, *asked)):
        return asked
    return read_as_stored(name, simplified.values[name], stored, simplified.reading)


def _merge_instances(
    stored: list[Instance], asked: list[Instance], observed_at: str, now: Instant, name: str
) -> list[Instance]:
    result = {_dataset(instance): instance for instance in stored}
    for instance in asked:
        dataset = _dataset(instance)
        if is_null(instance):
            result.pop(dataset, None)
        elif dataset in result:
            result[dataset] = merge_instance(result[dataset], instance, observed_at, now, name)
        else:
            result[dataset] = fresh(without_removals(instance), now, name)
    return [each for each in result.values() if has_value(each)]


def _existing_instance(entity: Entity, name: str, dataset: str | None) -> None:
    if any(_dataset(instance) == dataset for instance in entity["attrs"].get(name, [])):
        return
    which = f" with the datasetId '{dataset}'" if dataset else ""
    raise Problem(ResourceNotFound, f"Entity '{entity['id']}' has no attribute '{name}'{which}.")


def _with_instances(entity: Entity, name: str, instances: list[Instance]) -> Entity:
    if instances:
        entity["attrs"][name] = instances
    else:
        entity["attrs"].pop(name, None)
    return entity


def _add_types(after: Entity, asked: Fragment) -> None:
    if asked.type:
        after["type"] = list(dict.fromkeys([*after["type"], *asked.type]))


def _set_expiry(after: Entity, asked: Fragment) -> None:
    if asked.expiry_removed:
        after.pop("expiresAt", None)
    elif asked.expires_at is not None and asked.expires_at != NULL:
        after["expiresAt"] = asked.expires_at


def _dataset(instance: Instance) -> str | None:
    return instance.get("datasetId")
