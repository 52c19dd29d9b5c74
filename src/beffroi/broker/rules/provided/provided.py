"""Provided: what was provided of the past of one entity, and what is hidden of its own (5.6.11 to 5.6.16).

The instances of an attribute and datasetId are a series. It stands in parts, each a record of its own with
some hundred instances in the order of time; the series knows where each part begins. So a question reads the
parts of the time that it asks for, and a correction writes one part.

What was deleted of the past that changes left is hidden at once, and taken out of their traces after that.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final, NamedTuple, cast

from beffroi.broker.rules.entity.entity import AttributeType
from beffroi.broker.rules.temporal.evolution import Event, instance_id
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Key

KIND: Final = "provided"
PART: Final = "provided-part"
EVERY: Final = "*"
"""All datasetIds, the default instance included."""

_DIGEST_BYTES: Final = 20


class Row(NamedTuple):
    """A part: its number, where it begins, how many instances it has, and when the oldest was written."""

    number: int
    since: Instant
    held: int
    written: Instant


@dataclass(frozen=True, slots=True)
class Series:
    """The instances of one attribute and datasetId (empty: the default) in parts, in the order of time."""

    name: str
    dataset: str
    kind: AttributeType
    parts: tuple[Row, ...]


class Gone(NamedTuple):
    """What changes left of an attribute until a moment is deleted; an empty name stands for all of them."""

    name: str
    dataset: str
    until: Instant

    def covers(self, event: Event) -> bool:
        if event.at > self.until:
            return False
        return not self.name or (self.name == event.name and self.dataset in {EVERY, event.dataset})


@dataclass(frozen=True, slots=True)
class Provided:
    """`types` are those that the evolution has beside the entity's own. `gone` and `hidden` (ids of
    instances) are what is not to be seen of what changes left. `doomed` are parts that are to be removed;
    `erasing` is since when traces are to be gone through for that, None for no trace, and `erasing_until`
    until when (NO_INSTANT: until now)."""

    id: str
    types: tuple[str, ...] = ()
    created_at: str = ""
    modified_at: str = ""
    next: int = 1
    series: tuple[Series, ...] = ()
    gone: tuple[Gone, ...] = ()
    hidden: tuple[str, ...] = ()
    doomed: tuple[int, ...] = ()
    erasing: Instant | None = None
    erasing_until: Instant = NO_INSTANT

    @property
    def gone_until(self) -> Instant:
        """Until when all that changes left is deleted."""
        return max((gone.until for gone in self.gone if not gone.name), default=NO_INSTANT)

    @property
    def count(self) -> int:
        return sum(row.held for series in self.series for row in series.parts)

    @property
    def is_bare(self) -> bool:
        """Whether it says nothing at all."""
        return not (self.series or self.gone or self.hidden) and self.is_settled

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be taken out."""
        return self.erasing is None and not self.doomed

    def named(self, name: str) -> tuple[Series, ...]:
        return tuple(series for series in self.series if series.name == name)

    def hides(self, event: Event) -> bool:
        """Whether an instance that a change left is not to be seen."""
        if any(gone.covers(event) for gone in self.gone):
            return True
        return bool(self.hidden) and instance_id(self.id, event) in self.hidden

    def seen(self, events: Iterable[Event]) -> list[Event]:
        """What is to be seen of these."""
        if not self.gone and not self.hidden:
            return list(events)
        return [event for event in events if not self.hides(event)]


def provided_key(tenant: str, entity_id: str) -> Key:
    return Key(tenant, KIND, entity_id)


def part_key(tenant: str, entity_id: str, number: int) -> Key:
    digest = blake2b(entity_id.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
    return Key(tenant, PART, f"{digest}:{number}")


def provided_of(body: JsonObject) -> Provided:
    """Read `body_of` back."""
    series = cast(
        "list[tuple[str, str, AttributeType, list[tuple[int, Instant, int, Instant]]]]", body["series"]
    )
    gone = cast("list[tuple[str, str, Instant]]", body["gone"])
    return Provided(
        str(body["id"]),
        tuple(cast("list[str]", body["type"])),
        str(body["createdAt"]),
        str(body["modifiedAt"]),
        cast("int", body["next"]),
        tuple(
            Series(name, dataset, kind, tuple(Row(*row) for row in rows))
            for name, dataset, kind, rows in series
        ),
        tuple(Gone(*each) for each in gone),
        tuple(cast("list[str]", body["hidden"])),
        tuple(cast("list[int]", body["doomed"])),
        cast("Instant | None", body["erasing"]),
        Instant(str(body.get("erasingUntil", ""))),
    )


def body_of(provided: Provided) -> JsonObject:
    """What was provided as it is stored."""
    series = [
        [each.name, each.dataset, each.kind, [list(row) for row in each.parts]] for each in provided.series
    ]
    return {
        "id": provided.id,
        "type": list(provided.types),
        "createdAt": provided.created_at,
        "modifiedAt": provided.modified_at,
        "next": provided.next,
        "series": cast("Json", series),
        "gone": [list(gone) for gone in provided.gone],
        "hidden": list(provided.hidden),
        "doomed": list(provided.doomed),
        "erasing": provided.erasing,
        "erasingUntil": provided.erasing_until,
    }


def with_types(provided: Provided, names: Iterable[str], now: Instant) -> Provided:
    """Written now, with these types beside those that are there (clause 5.6.12.4)."""
    types = tuple(dict.fromkeys([*provided.types, *names]))
    return replace(provided, types=types, created_at=provided.created_at or now, modified_at=now)


def without(provided: Provided, gone: Gone) -> Provided:
    """With something of what changes left hidden, and to be taken out of their traces."""
    others = (each for each in provided.gone if gone.name and (each.name, each.dataset) != gone[:2])
    return replace(provided, gone=(*others, gone), erasing=NO_INSTANT, erasing_until=NO_INSTANT)


def without_instance(provided: Provided, id: str, at: Instant, until: Instant = NO_INSTANT) -> Provided:
    """With one instance hidden that a change left at that moment, and to be taken out of the traces since,
    the last of which are of the moment `until` (NO_INSTANT: of now)."""
    hidden = (*provided.hidden, id)
    if provided.erasing is None:
        return replace(provided, hidden=hidden, erasing=at, erasing_until=until)
    since, before = provided.erasing, provided.erasing_until
    last = max(before, until) if before and until else NO_INSTANT
    return replace(provided, hidden=hidden, erasing=min(at, since), erasing_until=last)


def with_parts_removed(provided: Provided, numbers: Collection[int]) -> Provided:
    """Without these among the parts that are to be removed."""
    return replace(provided, doomed=tuple(number for number in provided.doomed if number not in numbers))


def settled(provided: Provided, now: Iterable[Event] | None) -> Provided:
    """When traces have nothing left of what is hidden: it stays hidden of what is there now (None: the entity
    is not)."""
    events = list(now or ())
    kept = [
        gone
        for gone in provided.gone
        if (now is not None and not gone.name) or any(gone.covers(event) for event in events)
    ]
    ids = {instance_id(provided.id, event) for event in events} if provided.hidden else set[str]()
    hidden = tuple(id for id in provided.hidden if id in ids)
    return replace(provided, gone=tuple(kept), hidden=hidden, erasing=None, erasing_until=NO_INSTANT)
