"""Take the instances of attributes out of the traces that changes left (clauses 4.5.6 to 4.5.8)."""

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final, NamedTuple, cast

from beffroi.broker.rules.entity.entity import (
    NULL,
    VALUE_MEMBER,
    Attributes,
    AttributeType,
    Entity,
    Instance,
)
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json, decode_object

SCOPE: Final = "scope"
"""The name under which the scopes of an entity evolve: they are no attribute (clause 4.18)."""

_NAMES: Final = "urn:ngsi-ld:Instance:"
_UNMARKED: Final = str.maketrans("", "", "-:.")
_MOMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{6})Z-", re.ASCII)


class Told(NamedTuple):
    """What a trace says: see `entity/trace.py`. `scope` is None where it did not change, `size` that of the
    trace in bytes."""

    at: Instant
    types: list[str]
    changed: Attributes
    gone: dict[str, list[list[str]]]
    scope: list[str] | None
    deleted: bool
    created_at: str
    size: int = 0


class Event(NamedTuple):
    """An instance of an attribute in the course of time. `at` is when it was written, `deleted` says that it
    stands for the deletion of its attribute, `size` is how many bytes of the history it stands for. `id` is
    that of an instance that was provided; others have none of their own."""

    name: str
    instance: Instance
    at: Instant
    deleted: bool = False
    size: int = 0
    id: str = ""

    @property
    def dataset(self) -> str:
        return self.instance.get("datasetId", "")

    @property
    def stands_at(self) -> Instant:
        """Where an instance without observedAt stands: when it was written first."""
        return Instant(self.instance.get("createdAt", "")) if self.id else self.at

    @property
    def place(self) -> tuple[str, str, str, str, bool]:
        """What tells an instance from all others of its entity."""
        if self.id:
            return self.id, "", "", "", False
        return self.name, self.dataset, self.at, self.instance.get("observedAt", ""), self.deleted


def told_of(at: Instant, trace: bytes) -> Told:
    """Read the body of a trace, those of older versions included."""
    body = decode_object(trace)
    scope = body.get("scope")
    return Told(
        at,
        [str(name) for name in cast("list[Json]", body.get("type") or [])],
        cast("Attributes", cast("object", body.get("changed") or {})),
        cast("dict[str, list[list[str]]]", body.get("gone") or {}),
        cast("list[str]", scope) if isinstance(scope, list) else None,
        body.get("deleted") is True,
        str(body.get("createdAt") or ""),
        len(trace),
    )


def events_of(told: Told) -> Iterator[Event]:
    """What a change did to attributes: an instance for each new value and for each deletion.

    A trace repeats the instances of an attribute that did not change; they belong to an earlier one.
    """
    for name, instances in told.changed.items():
        for instance in instances:
            if instance.get("modifiedAt", told.at) >= told.at:
                yield Event(name, instance, told.at, size=told.size)
        if not instances and name not in told.gone:
            yield deletion(name, "Property", "", told.at)
    for name, went in told.gone.items():
        for kind, dataset in went:
            yield deletion(name, cast("AttributeType", kind), dataset, told.at)
    if told.scope is not None:
        yield scope_event(told.scope, told.at)


def is_past(told: Told, event: Event) -> bool:
    """Whether a later change ended what an event began: its attribute changed, and the instance is not
    repeated."""
    if told.deleted:
        return True
    instances = told.changed.get(event.name)
    return instances is not None and not any(
        each.get("modifiedAt") == event.at and each.get("datasetId", "") == event.dataset
        for each in instances
    )


def events_now(entity: Entity) -> Iterator[Event]:
    """The instances that are there now: their traces may be forgotten, or older than traces are."""
    for name, instances in entity["attrs"].items():
        for instance in instances:
            yield Event(name, instance, Instant(instance.get("modifiedAt", "")))


def moment_of(event: Event, query: TemporalQuery) -> Instant | None:
    """The moment by which a query places an instance; None if it is not asked for (clause 4.11)."""
    if query.takes_all:
        return _observed(event) or event.stands_at
    match query.of:
        case "observedAt":
            moment = _observed(event)
        case "deletedAt":
            moment = event.at if event.deleted else NO_INSTANT
        case "createdAt" | "modifiedAt" if event.deleted:
            return None
        case "createdAt":
            moment = Instant(event.instance.get("createdAt", ""))
        case _:
            moment = event.at
    return moment if moment and query.holds(moment) else None


def instance_id(entity_id: str, event: Event) -> str:
    """The id of an instance: the same whenever it is read, and made of nothing but what it shows; that of an
    instance that was provided is given to it once for all."""
    if event.id:
        return event.id
    name, dataset, at, observed, deleted = event.place
    text = "\n".join((entity_id, name, dataset, at, observed, "deleted" if deleted else ""))
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return instance_name(event.at, digest)


def instance_name(moment: Instant, digest: str) -> str:
    """An instanceId. It says near which moment the instance is looked for.

    >>> instance_name(Instant("2026-03-01T10:00:00.000000Z"), "0a1b")
    'urn:ngsi-ld:Instance:20260301T100000000000Z-0a1b'
    """
    return f"{_NAMES}{moment.translate(_UNMARKED)}-{digest}"


def moment_named(name: str) -> Instant:
    """The moment that an instanceId says; NO_INSTANT if it says none.

    >>> moment_named("urn:ngsi-ld:Instance:20260301T100000000000Z-0a1b")
    '2026-03-01T10:00:00.000000Z'
    """
    found = _MOMENT.match(name.removeprefix(_NAMES))
    if found is None:
        return NO_INSTANT
    year, month, day, hour, minute, second, fraction = found.groups()
    return parse_instant(f"{year}-{month}-{day}T{hour}:{minute}:{second}.{fraction}Z") or NO_INSTANT


def _observed(event: Event) -> Instant:
    text = event.instance.get("observedAt")
    return (parse_instant(text) if text else None) or NO_INSTANT


def deletion(name: str, kind: AttributeType, dataset: str, at: Instant) -> Event:
    """Clause 4.5.7: the value is the NGSI-LD Null, and deletedAt is set."""
    value: Json = {"@none": NULL} if kind == "LanguageProperty" else NULL
    instance = cast("Instance", {"type": kind, VALUE_MEMBER[kind]: value})
    if dataset:
        instance["datasetId"] = dataset
    return Event(name, instance, at, deleted=True)


def scope_event(scope: list[str], at: Instant) -> Event:
    """Clause 4.5.6: a Property with nothing but moments; observedAt is when it changed."""
    if not scope:
        return Event(SCOPE, Instance(type="Property", value=[]), at, deleted=True)
    value = cast("Json", scope[0] if len(scope) == 1 else scope)
    return Event(SCOPE, Instance(type="Property", value=value, observedAt=at, createdAt=at), at)
