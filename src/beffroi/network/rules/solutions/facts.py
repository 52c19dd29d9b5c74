"""Facts: what was measured of a city's data, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Cell: TypeAlias = tuple[int, int]
CELLS_A_SIDE: Final = 8
"""The city's box is looked at as a grid of so many cells a side."""


@dataclass(frozen=True, slots=True)
class AttributeFacts:
    """What a sample says of one attribute, under its whole name.

    `present` counts the sampled entities that have it; `kinds` and `units` (UN/CEFACT, "" for none) count
    its values; `median_s` and `p90_s` are the ages of dated values; `words` counts short texts; `members`
    are the names inside objects; `low` and `high` bound its numbers; `distinct` counts different texts and
    references.
    """

    name: str
    present: int
    kinds: Mapping[str, int]
    units: Mapping[str, int] = field(default_factory=dict[str, int])
    dated: int = 0
    median_s: float | None = None
    p90_s: float | None = None
    words: Mapping[str, int] = field(default_factory=dict[str, int])
    members: Mapping[str, str] = field(default_factory=dict[str, str])
    low: float | None = None
    high: float | None = None
    distinct: int = 0

    @property
    def kind(self) -> str:
        """The kind that most values have; an integer among numbers is a number."""
        if self.kinds.get("number") and set(self.kinds) <= {"number", "integer"}:
            return "number"
        return max(self.kinds, key=lambda kind: self.kinds[kind], default="")

    @property
    def unit(self) -> str:
        """The unit that most values have."""
        return max(self.units, key=lambda unit: self.units[unit], default="")


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """What a sample of `sampled` of `count` entities of one type says; `cells` are those of the city's grid
    that hold at least one of the sampled."""

    name: str
    count: int
    sampled: int
    attributes: Mapping[str, AttributeFacts]
    located: int = 0
    cells: frozenset[Cell] = frozenset()


@dataclass(frozen=True, slots=True)
class CityFacts:
    """What was measured of one city. `box` is west, south, east, north of all that was sampled; `occupied`
    are the cells of it that hold anything at all: the parts of the box where there is a city.

    `history_s` says, by whole attribute name, how far back its history was found to go; `licences` are SPDX
    identifiers, or addresses that are in no table; `unread` says in sentences what could not be measured.
    """

    address: str
    at: str
    types: Mapping[str, TypeFacts]
    box: tuple[float, float, float, float] | None = None
    occupied: frozenset[Cell] = frozenset()
    licences: tuple[str, ...] = ()
    crs: tuple[str, ...] = ()
    history_s: Mapping[str, float] = field(default_factory=dict[str, float])
    requests: int = 0
    unread: tuple[str, ...] = ()
