"""What the features of a collection have in common: their columns, their extent, their times."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.geo.geometry import box_of
from beffroi.broker.rules.names import is_uri
from beffroi.kernel.geometry import Box
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json
from beffroi.ogc.rules.flat import Cell, Reader, Steps, cells, geometry_attribute, geometry_of, time_of

MOST_COLUMNS = 1_000
MOST_UNITS = 50
_MOMENTS = (".observedAt", "createdAt", "modifiedAt")
"""Columns whose values were checked to be date-times when they were written."""


@dataclass(slots=True)
class Column:
    """One column as met: JSON types of its values, and of the elements where a value is an array."""

    name: str
    steps: Steps
    members: Steps
    kinds: set[str] = field(default_factory=set[str])
    elements: set[str] = field(default_factory=set[str])
    units: set[str] = field(default_factory=set[str])
    moments: bool = True
    uris: bool = True

    @property
    def is_simple(self) -> bool:
        """Whether a text in an address can be compared with its values."""
        return bool(self.simple_kinds)

    @property
    def simple_kinds(self) -> list[str]:
        """The types of the values that a text in an address can be compared with."""
        return sorted((self.kinds | self.elements) & {"string", "number", "boolean"})


@dataclass(slots=True)
class Survey:
    """What was met in a collection. `whole`: every feature was looked at, else those up to `reached`.

    The look began at the moment `at` with the change `looked`, and took `cost` seconds; changes up to
    `trace` were noted since.
    """

    at: Instant
    looked: int
    trace: int
    reached: int = 0
    whole: bool = False
    cost: float = 0.0
    columns: dict[str, Column] = field(default_factory=dict[str, Column])
    box: Box | None = None
    first: Instant = NO_INSTANT
    last: Instant = NO_INSTANT
    shapes: set[str] = field(default_factory=set[str])
    geometries: set[str] = field(default_factory=set[str])
    unplaced: bool = False


def note(survey: Survey, entities: Iterable[Entity], reader: Reader) -> None:
    """Add features to a survey."""
    for entity in entities:
        for cell in cells(entity, reader):
            column = survey.columns.get(cell.name)
            if column is None:
                if len(survey.columns) >= MOST_COLUMNS:
                    continue
                column = survey.columns[cell.name] = Column(cell.name, cell.steps, cell.members)
            _note_cell(column, cell)
        _note_place(survey, entity)
        _note_time(survey, time_of(entity))


def kind_of(value: Json) -> str:
    """The JSON Schema type of a value.

    >>> kind_of(1), kind_of(True), kind_of([1])
    ('number', 'boolean', 'array')
    """
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _note_cell(column: Column, cell: Cell) -> None:
    kind = kind_of(cell.value)
    column.kinds.add(kind)
    if cell.unit and len(column.units) < MOST_UNITS:
        column.units.add(cell.unit)
    if kind == "string":
        _note_text(column, cast("str", cell.value))
    elif kind == "array":
        column.elements.update(map(kind_of, cast("list[Json]", cell.value)))


def _note_text(column: Column, text: str) -> None:
    if column.name.endswith(_MOMENTS):
        column.uris = False
        return
    column.moments = column.moments and parse_instant(text) is not None
    column.uris = column.uris and is_uri(text)


def _note_place(survey: Survey, entity: Entity) -> None:
    attribute, geometry = geometry_attribute(entity), geometry_of(entity)
    if attribute is None or geometry is None:
        survey.unplaced = True
        return
    survey.geometries.add(attribute)
    survey.shapes.add(str(geometry["type"]))
    box = box_of(geometry)
    known = survey.box or box
    survey.box = Box(
        min(known.west, box.west), min(known.south, box.south),
        max(known.east, box.east), max(known.north, box.north),
    )  # fmt: skip


def _note_time(survey: Survey, time: Instant) -> None:
    if time:
        survey.first = min(survey.first, time) if survey.first else time
        survey.last = max(survey.last, time)
