"""Put instances into the series of an entity and take them out, part by part (clauses 5.6.11 to 5.6.15)."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, cast

from beffroi.broker.rules.entity.entity import AttributeType, Instance
from beffroi.broker.rules.provided.instance import NewInstances, Stated, row_of, stated_of
from beffroi.broker.rules.provided.provided import (
    Provided,
    Row,
    Series,
    body_of,
    part_key,
    provided_key,
)
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import Problem, TooLarge
from beffroi.kernel.record import Change, Key, Record

MOST_IN_PART: Final = 512
MOST_PART_BYTES: Final = 512_000
"""Beyond either a part is parted into such as are half as large."""

MOST_INSTANCES: Final = 500_000
MOST_PARTS: Final = 4_000
MOST_SERIES: Final = 1_000
"""Of one entity."""

MOST_AT_ONCE: Final = 256
MOST_BESIDE: Final = 20_000
"""Parts that one request writes, and instances that they have already."""


_Join: TypeAlias = Callable[[Sequence[Stated], Sequence[Stated]], list[Stated]]


class Unread(Exception):
    """Parts are needed that were not read."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__(f"{len(keys)} parts are needed.")
        self.keys = keys


@dataclass(slots=True)
class Shelf:
    """What was provided of one entity while a decision changes it. `stored` are the records that were read.

    A part is never written again: another one takes its place, so that who reads sees that something changed.
    """

    tenant: str
    provided: Provided
    stored: Mapping[Key, Record]
    most_in_part: int = MOST_IN_PART
    _new: dict[int, tuple[Series, list[Stated]]] = field(
        default_factory=dict[int, tuple[Series, list[Stated]]]
    )
    _dropped: set[int] = field(default_factory=set[int])
    _beside: int = 0

    def put(self, name: str, dataset: str, kind: AttributeType, new: Sequence[Stated]) -> None:
        """Add instances to a series. One that is observed at the moment of another takes its place, its id
        and its createdAt. Raises Unread, Problem(TooLarge)."""
        self._add(self._series(name, dataset, kind), new, _replacing)

    def insert(self, name: str, dataset: str, kind: AttributeType, one: Stated) -> None:
        """Add one instance, whatever others there are. Raises Unread, Problem(TooLarge)."""
        self._add(self._series(name, dataset, kind), [one], lambda held, new: [*held, *new])

    def take(self, name: str, number: int, id: str) -> Stated | None:
        """Take one instance out of a part of an attribute; None if it is not there. Raises Unread."""
        for series in self.provided.named(name):
            for row in series.parts:
                if row.number != number:
                    continue
                self._need([number])
                held = self._held(row)
                taken = [each for each in held if each.id == id]
                if taken:
                    self._shrink(series, row, [each for each in held if each.id != id])
                return taken[0] if taken else None
        return None

    def forget(self, before: Instant, most_parts: int) -> None:
        """Take out what was written before a moment, from so many parts. Raises Unread."""
        old = [(s, row) for s in self.provided.series for row in s.parts if row.written < before][:most_parts]
        self._need([row.number for _, row in old])
        for of, row in old:
            left = [each for each in self._held(row) if each.written_at >= before]
            self._shrink(self._series(of.name, of.dataset, of.kind), row, left)

    def drop(self, chosen: Sequence[Series]) -> None:
        """Let go of whole series; their parts are removed later."""
        numbers = [row.number for series in chosen for row in series.parts]
        left = tuple(series for series in self.provided.series if series not in chosen)
        self.provided = replace(self.provided, series=left, doomed=(*self.provided.doomed, *numbers))

    def changes(self) -> tuple[Change, ...]:
        """What is to be stored: what was provided, the new parts, and those in whose place they are."""
        entity_id, provided = self.provided.id, self.provided
        document = None if provided.is_bare else encode(body_of(provided))
        old = [part_key(self.tenant, entity_id, number) for number in sorted(self._dropped)]
        return (
            Change(provided_key(self.tenant, entity_id), document),
            *(Change(key, None) for key in old if key in self.stored),
            *(
                Change(part_key(self.tenant, entity_id, number), _written(entity_id, series, held))
                for number, (series, held) in self._new.items()
            ),
        )

    def _add(self, series: Series, new: Sequence[Stated], join: _Join) -> None:
        groups = _grouped(series, new)
        self._need([series.parts[at].number for at in groups if series.parts])
        self._beside += sum(series.parts[at].held for at in groups if series.parts)
        rows: list[Row] = []
        for at, row in enumerate(series.parts):
            rows += self._replaced(series, row, join(self._held(row), groups[at])) if at in groups else [row]
        if not series.parts:
            rows = self._placed(series, join([], new))
        self._set(series, rows)
        self._check_size()

    def _series(self, name: str, dataset: str, kind: AttributeType) -> Series:
        for series in self.provided.named(name):
            if series.dataset == dataset:
                return series if series.kind == kind else replace(series, kind=kind)
        return Series(name, dataset, kind, ())

    def _set(self, series: Series, rows: Sequence[Row]) -> None:
        """Give a series these parts; one without parts is none."""
        after = replace(series, parts=tuple(rows))
        of = series.name, series.dataset
        kept = [after if (each.name, each.dataset) == of else each for each in self.provided.series]
        if after not in kept:
            kept.append(after)
        self.provided = replace(self.provided, series=tuple(each for each in kept if each.parts))

    def _need(self, numbers: Sequence[int]) -> None:
        if len(numbers) > MOST_AT_ONCE:
            detail = (
                f"The instances lie in {len(numbers)} parts of the past, of which {MOST_AT_ONCE} are written"
            )
            raise Problem(TooLarge, f"{detail} at once; send a shorter time, or fewer attributes.")
        keys = {number: part_key(self.tenant, self.provided.id, number) for number in numbers}
        missing = [key for number, key in keys.items() if number not in self._new and key not in self.stored]
        if missing:
            raise Unread(missing)

    def _held(self, row: Row) -> list[Stated]:
        if row.number in self._new:
            return self._new[row.number][1]
        return instances_of(self.stored[part_key(self.tenant, self.provided.id, row.number)].body)

    def _replaced(self, series: Series, row: Row, held: list[Stated]) -> list[Row]:
        self._new.pop(row.number, None)
        self._dropped.add(row.number)
        return self._placed(series, held) if held else []

    def _placed(self, series: Series, held: list[Stated]) -> list[Row]:
        """New parts with these instances."""
        rows: list[Row] = []
        for piece in _parted(sorted(held, key=lambda each: each.place), self.most_in_part):
            number = self.provided.next
            self.provided = replace(self.provided, next=number + 1)
            self._new[number] = series, piece
            rows.append(Row(number, piece[0].moment, len(piece), min(each.written_at for each in piece)))
        return rows

    def _shrink(self, series: Series, row: Row, left: list[Stated]) -> None:
        rows: list[Row] = []
        for each in series.parts:
            rows += self._replaced(series, row, left) if each.number == row.number else [each]
        self._set(series, rows)

    def _check_size(self) -> None:
        provided = self.provided
        for count, most, what in (
            (provided.count, MOST_INSTANCES, "instances"),
            (sum(len(series.parts) for series in provided.series), MOST_PARTS, "parts of instances"),
            (len(provided.series), MOST_SERIES, "attributes and datasetIds"),
            (len(self._new), MOST_AT_ONCE, "parts to be written at once"),
            (self._beside, MOST_BESIDE, "instances around those that are new"),
        ):
            if count > most:
                detail = f"What is provided of the past of '{provided.id}' would have {count:,} {what};"
                raise Problem(TooLarge, f"{detail} it has at most {most:,}.")


def put_all(shelf: Shelf, new: Sequence[NewInstances]) -> None:
    """Put instances into their series. Raises Unread, Problem(TooLarge)."""
    missing: list[Key] = []
    for each in new:
        try:
            shelf.put(each.name, each.dataset, each.kind, each.instances)
        except Unread as unread:  # all that is missing is asked for at once
            missing += unread.keys
    if missing:
        raise Unread(missing)


def position(series: Series, moment: Instant) -> int:
    """Which part of a series a moment belongs to."""
    return max(0, bisect_right(series.parts, moment, key=lambda row: row.since) - 1)


def instances_of(part: JsonObject) -> list[Stated]:
    """The instances of a part, in the order of time."""
    return [stated_of(row) for row in cast("list[Json]", part["instances"])]


def _grouped(series: Series, new: Sequence[Stated]) -> dict[int, list[Stated]]:
    groups: dict[int, list[Stated]] = {}
    for each in new:
        groups.setdefault(position(series, each.moment), []).append(each)
    return groups


def _replacing(held: Sequence[Stated], new: Sequence[Stated]) -> list[Stated]:
    """Both; of those observed at one moment the last one, under the id of the first."""
    found = list(held)
    at_moment = {each.moment: at for at, each in enumerate(found) if "observedAt" in each.instance}
    for each in new:
        at = at_moment.get(each.moment) if "observedAt" in each.instance else None
        if at is None:
            if "observedAt" in each.instance:
                at_moment[each.moment] = len(found)
            found.append(each)
        else:
            found[at] = _in_place_of(found[at], each)
    return found


def _in_place_of(before: Stated, after: Stated) -> Stated:
    created = {**after.instance, "createdAt": before.instance.get("createdAt", "")}
    return after._replace(id=before.id, instance=cast("Instance", created))


def _parted(held: list[Stated], most: int) -> list[list[Stated]]:
    if len(held) <= most and (len(held) == 1 or sum(each.size for each in held) <= MOST_PART_BYTES):
        return [held]
    pieces: list[list[Stated]] = [[]]
    size = 0
    for each in held:
        piece = pieces[-1]
        if piece and (len(piece) >= most * 3 // 4 or size + each.size > MOST_PART_BYTES // 2):
            pieces.append([])
            size = 0
        pieces[-1].append(each)
        size += each.size
    return pieces


def _written(entity_id: str, series: Series, held: Sequence[Stated]) -> bytes:
    body: dict[str, object] = {"of": entity_id, "name": series.name, "dataset": series.dataset}
    return encode({**body, "instances": [row_of(each) for each in held]})
