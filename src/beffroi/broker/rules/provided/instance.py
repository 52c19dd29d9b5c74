"""Stated: an instance of an attribute that a client provided for the past (clauses 4.5.7, 5.6.12)."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple, cast

from beffroi.broker.rules.entity.entity import AttributeType, Instance
from beffroi.broker.rules.provided.temporal_entity import Given
from beffroi.broker.rules.temporal.evolution import Event, instance_name
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds
from beffroi.kernel.json import Json, encode

_DIGEST_BYTES: Final = 16
_WRITTEN_AT_ONCE: Final = 100


class Stated(NamedTuple):
    """`moment` is where it stands in time: its observedAt, or else when it was written first. `deleted` says
    that it stands for the deletion of its attribute, `size` is its length as JSON."""

    id: str
    moment: Instant
    instance: Instance
    size: int
    deleted: bool = False

    @property
    def place(self) -> tuple[Instant, str]:
        """Its place in the order of a series."""
        return self.moment, self.id

    @property
    def written_at(self) -> Instant:
        return Instant(self.instance.get("modifiedAt", ""))


def stated(
    id: str, instance: Instance, now: Instant, *, created_at: str = "", deleted: bool = False
) -> Stated:
    """An instance as it is written now."""
    written: Instance = {**instance, "createdAt": created_at or now, "modifiedAt": now}
    size = len(encode(cast("Json", written)))
    return Stated(id, observed(instance) or Instant(created_at or now), written, size, deleted)


def observed(instance: Instance) -> Instant:
    """The observedAt of an instance; NO_INSTANT if it has none."""
    text = instance.get("observedAt")
    return (parse_instant(text) if text else None) or NO_INSTANT


def new_name(seed: str, number: int, moment: Instant) -> str:
    """The id of the instance with this number in a request that was given a seed of its own."""
    return instance_name(moment, blake2b(f"{seed}\n{number}".encode(), digest_size=_DIGEST_BYTES).hexdigest())


class NewInstances(NamedTuple):
    """Instances of one attribute and datasetId that are to be written."""

    name: str
    dataset: str
    kind: AttributeType
    instances: list[Stated]


def written_now(given: Mapping[str, Sequence[Given]], now: Instant, seed: str) -> list[NewInstances]:
    """What a client gives, by the names of attributes, as it is written now: one after the other, some in
    each microsecond, so that who asks by `modifiedAt` gets it in parts."""
    found: dict[tuple[str, str], NewInstances] = {}
    number, at = 0, now
    for name, instances in given.items():
        for instance, deleted in instances:
            if number % _WRITTEN_AT_ONCE == 0:
                at = plus_seconds(now, number // _WRITTEN_AT_ONCE / 1_000_000)
            dataset = instance.get("datasetId", "")
            new = stated(new_name(seed, number, observed(instance) or at), instance, at, deleted=deleted)
            of = found.setdefault((name, dataset), NewInstances(name, dataset, instance["type"], []))
            of.instances.append(new)
            number += 1
    return list(found.values())


def event_of(name: str, each: Stated) -> Event:
    """An instance as a part of the evolution of the attribute with this name."""
    return Event(name, each.instance, each.written_at, each.deleted, each.size, each.id)


def row_of(each: Stated) -> list[Json]:
    """An instance as it is stored."""
    return [each.id, each.moment, cast("Json", each.instance), each.size, each.deleted]


def stated_of(row: Json) -> Stated:
    """Read `row_of` back."""
    id, moment, instance, size, deleted = cast("tuple[str, Instant, Instance, int, bool]", row)
    return Stated(id, moment, instance, size, deleted)
