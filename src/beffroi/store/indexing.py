"""Index rows of a record, and which of them a change adds and takes away; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Record
from beffroi.store.holds import NO_INDEXER
from beffroi.store.ordering import SEVERAL, ordered, shelf_of
from beffroi.store.port import Extent, Indexer

EXTENTS_BITS = 20
"""A record has up to 2^20 extents; its slots follow each other."""

EVERY_RECORD: Final = frozenset[str]()
"""The parts of which no record has one of its own."""

MOST_CHOSEN: Final = 1_000
"""Sets of parts for which the paths are remembered."""

_FARTHEST = 1e30
"""Trees hold 32-bit numbers; what lies farther out is brought in, which keeps the order."""

FacetRow: TypeAlias = tuple[int, bytes]
"""Shelf and value."""


class Rows(NamedTuple):
    facets: frozenset[FacetRow]
    extents: tuple[Extent, ...]


NO_ROWS = Rows(frozenset(), ())


class IndexPath(NamedTuple):
    """A facet path as it is indexed: of all records, or of those alone whose `apart` has the value `part`."""

    path: str
    part: str = ""


class Chosen(NamedTuple):
    """The paths by which a record is indexed, and the numbers of each."""

    names: frozenset[str]
    numbers: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths that are indexed, with their numbers; `by_part` has them by part, '' being all records."""

    numbers: Mapping[IndexPath, int] = field(default_factory=dict[IndexPath, int])
    by_part: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    names: frozenset[str] = frozenset()
    _chosen: "dict[frozenset[str], Chosen]" = field(
        default_factory=dict["frozenset[str]", "Chosen"], compare=False, repr=False
    )

    @classmethod
    def of(cls, numbers: Mapping[IndexPath, int]) -> "Paths":
        by_part: dict[str, dict[str, int]] = {"": {}}
        for (path, part), number in numbers.items():
            by_part.setdefault(part, {})[path] = number
        return cls(numbers, by_part, frozenset(path for path, _ in numbers))

    def plus(self, path: IndexPath, number: int) -> "Paths":
        return Paths.of({**self.numbers, path: number})

    def minus(self, path: IndexPath) -> "Paths":
        return Paths.of({name: number for name, number in self.numbers.items() if name != path})

    def of_parts(self, parts: frozenset[str]) -> Chosen:
        """The paths of a record that belongs to these parts, and of every record."""
        chosen = self._chosen.get(parts)
        if chosen is None:
            numbers: dict[str, list[int]] = {}
            for part in ("", *parts):
                for path, number in self.by_part.get(part, {}).items():
                    numbers.setdefault(path, []).append(number)
            if len(self._chosen) >= MOST_CHOSEN:
                self._chosen.clear()
            chosen = self._chosen[parts] = Chosen(frozenset(numbers), numbers)
        return chosen


def rows_of(record: Record, indexer: Indexer, paths: Paths) -> Rows:
    """The rows that the index shall have for a record."""
    if indexer is NO_INDEXER:
        return NO_ROWS
    body = record.at_hand or record.body
    chosen = paths.of_parts(_parts_of(body, indexer, paths) if len(paths.by_part) > 1 else EVERY_RECORD)
    facets: set[FacetRow] = set()
    for path, sort, value in indexer.facets(body, chosen.names):
        found = ordered(sort, value)
        if found is not None:
            for number in chosen.numbers[path]:
                facets.add((shelf_of(number, sort), found))
    extents = [extent for extent in indexer.extents(body) if _is_somewhere(extent)]
    return Rows(_marked(facets), tuple(extents if len(extents) < 2 else dict.fromkeys(extents)))


def _parts_of(body: JsonObject, indexer: Indexer, paths: Paths) -> frozenset[str]:
    """The parts with indexes of their own that a record belongs to."""
    values = {value for _, _, value in indexer.facets(body, frozenset({indexer.apart}))}
    return frozenset(value for value in values if value and isinstance(value, str) and value in paths.by_part)


def _marked(facets: set[FacetRow]) -> frozenset[FacetRow]:
    """The rows, and marks on the ranged shelves that have several of them."""
    ranged = [shelf for shelf, _ in facets if shelf & 2]
    if len(ranged) > len(set(ranged)):
        facets |= {(shelf, SEVERAL) for shelf, times in Counter(ranged).items() if times > 1}
    return frozenset(facets)


def keeps_rows(before: Record, after: Record, indexer: Indexer, paths: Paths) -> bool:
    """Whether a change surely left all rows as they were."""
    old, new = before.at_hand, after.at_hand
    return old is not None and new is not None and indexer.unmoved(old, new, paths.names)


def _is_somewhere(extent: Extent) -> bool:
    """Whether no edge is NaN, which touches nothing."""
    west, south, east, north = extent.box
    total = west + south + east + north
    return total == total or not any(edge != edge for edge in extent.box)  # noqa: PLR0124


def first_slot(number: int) -> int:
    """The slot of the first extent of a record."""
    return number << EXTENTS_BITS


def last_slot(number: int) -> int:
    return ((number + 1) << EXTENTS_BITS) - 1


def inside(degrees: float) -> float:
    return min(max(degrees, -_FARTHEST), _FARTHEST)


def envelope(box: Box) -> Box:
    """The box as a tree takes it: brought in, and with its edges in order."""
    west, south, east, north = box
    if -_FARTHEST <= west <= east <= _FARTHEST and -_FARTHEST <= south <= north <= _FARTHEST:
        return box
    return Box(
        inside(min(west, east)), inside(min(south, north)), inside(max(west, east)), inside(max(south, north))
    )
