"""Mapping: what one mapping file says, as values (docs/mappings.md)."""

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from typing import Literal, TypeAlias

from beffroi.kernel.json import Json
from beffroi.kernel.unit import Unit
from beffroi.sources.rules.mapping.moment import ISO, Fold
from beffroi.sources.rules.mapping.number import Mark
from beffroi.sources.rules.mapping.path import Path
from beffroi.sources.rules.mapping.place import Axes, Whereabouts

ReadAs: TypeAlias = Literal["text", "number", "integer", "boolean", "moment", "day", "list", "json"]
Word: TypeAlias = str
"""A foreign value as text: how it is looked up in a dictionary of words."""


@dataclass(frozen=True, slots=True)
class Constant:
    """The same for every record."""

    value: Json


@dataclass(frozen=True, slots=True)
class Field:
    """The first of these paths that is not empty."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """`plus` added up, less `minus`; empty if one of them is empty."""

    plus: tuple[Path, ...]
    minus: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Flags:
    """A list of the words whose field is true."""

    words: tuple[tuple[Path, Json], ...]


@dataclass(frozen=True, slots=True)
class Members:
    """An object; members that are empty are left out."""

    of: tuple["AttributeRule", ...]


Origin: TypeAlias = Constant | Field | Sum | Flags | Members


@dataclass(frozen=True, slots=True)
class Scale:
    """A stated linear conversion: value times `factor` plus `offset`."""

    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """How one attribute of the entity comes about."""

    name: str
    origin: Origin
    read: ReadAs = "text"
    words: Dictionary[Word, Json] | None = None
    otherwise: Json = None
    given: Unit | None = None
    wanted: Unit | None = None
    scale: Scale = Scale()
    digits: int | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    separator: str = ","
    mark: Mark = "auto"
    layout: str = ISO
    live: bool = False
    required: bool = False
    target: str | None = None
    """The type of the entity that a Relationship names by its foreign id; None for a Property."""


@dataclass(frozen=True, slots=True)
class Observed:
    """The field that says when the live attributes of a record were observed."""

    origin: Field
    layout: str = ISO


@dataclass(frozen=True, slots=True)
class Location:
    """Ways to find the place of a thing, tried in order."""

    ways: tuple[Whereabouts, ...]
    axes: Axes = "check"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """Records whose field has one of these words are left out on purpose, because …"""

    field: Path
    words: frozenset[Word]
    because: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping file. `titles` are those of each language, under an empty name one for all of them.
    `fingerprint` changes when its meaning may have changed.
    """

    name: str
    titles: Dictionary[str, str]
    type: str
    id: Field
    attributes: tuple[AttributeRule, ...]
    location: Location | None = None
    observed: Observed | None = None
    zone: tzinfo | None = None
    fold: Fold = "refuse"
    namespace: str | None = None
    nulls: frozenset[Word] = frozenset()
    skips: tuple[Skip, ...] = ()
    families: frozenset[str] = frozenset()
    topic: tuple[str, ...] = ()
    fingerprint: str = ""
    fields: Dictionary[str, bool] = field(default_factory=dict[str, bool])
    """The top-level fields that the mapping reads, and whether it cannot do without."""

    def title_in(self, language: str) -> str:
        """Its title for a reader of this language, English for those of others."""
        for code in (language, "en"):
            if code in self.titles:
                return self.titles[code]
        return self.titles[""]
