"""EntityChange: what happened to one entity, read from a change event, and what it may trigger (5.8.6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from beffroi.broker.rules.entity.entity import Attributes, Entity, Instance
from beffroi.broker.rules.entity.sameness import says_same
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject


@dataclass(frozen=True, slots=True)
class EntityChange:
    """`before` is None for a creation, `after` for a deletion; of an update `before` has only the
    attributes that differ. `triggers` says of each attribute that changed in value what happened to it.
    """

    tenant: str
    at: Instant
    before: Entity | None
    after: Entity | None
    triggers: Mapping[str, frozenset[str]]

    @property
    def entity(self) -> Entity:
        """The entity as it is, or as it was when it was deleted."""
        return self.after or cast("Entity", self.before)

    @property
    def whole(self) -> str:
        """The trigger for the entity as a whole, if it was created or deleted."""
        if self.before is None:
            return "entityCreated"
        return "entityDeleted" if self.after is None else ""


def change_of(event: JsonObject) -> EntityChange:
    """Read the body of a change event that `audience.events` wrote."""
    before = cast("Entity | None", event["before"])
    after = cast("Entity | None", event["after"])
    created = cast("list[str]", event.get("created", []))
    old = before["attrs"] if before else {}
    new = after["attrs"] if after else {}
    touched = [*old, *created] if before and after else [*old, *new]
    triggers = {name: _triggers(old.get(name, []), new.get(name, [])) for name in touched}
    return EntityChange(
        str(event["tenant"]),
        Instant(str(event["at"])),
        before,
        after,
        {name: found for name, found in triggers.items() if found},
    )


def deleted_instances(change: EntityChange) -> Attributes:
    """The attribute instances that went, by attribute, as they were."""
    if change.before is None:
        return {}
    kept = change.after["attrs"] if change.after else {}
    gone = {
        name: _missing(instances, kept.get(name, [])) for name, instances in change.before["attrs"].items()
    }
    return {name: instances for name, instances in gone.items() if instances}


def _triggers(old: list[Instance], new: list[Instance]) -> frozenset[str]:
    """Instances are told apart by their datasetId (clause 4.5.5)."""
    found = set[str]()
    stored = {instance.get("datasetId"): instance for instance in old}
    for instance in new:
        earlier = stored.pop(instance.get("datasetId"), None)
        if earlier is None:
            found.add("attributeCreated")
        elif not says_same(earlier, instance):
            found.add("attributeUpdated")
    if stored:
        found.add("attributeDeleted")
    return frozenset(found)


def _missing(old: Iterable[Instance], new: Iterable[Instance]) -> list[Instance]:
    kept = {instance.get("datasetId") for instance in new}
    return [instance for instance in old if instance.get("datasetId") not in kept]
