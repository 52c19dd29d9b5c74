"""A dataset of a portal: its columns, and the rows it shows of a world."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

from beffroi.simulation.wire import Json, Record
from beffroi.simulation.world.city import Place
from beffroi.simulation.world.world import World

Kind: TypeAlias = Literal["text", "int", "double", "datetime", "date", "geo_point_2d"]


class Thing(Protocol):
    """What all things of the world have."""

    @property
    def place(self) -> Place: ...

    @property
    def changed(self) -> int: ...


ThingT = TypeVar("ThingT", bound=Thing)
ReadT_contra = TypeVar("ReadT_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Column(Generic[ReadT_contra]):
    """One field: its name, what it means, its unit, and how it is read from a thing."""

    name: str
    kind: Kind
    meaning: str
    read: Callable[[ReadT_contra], Json]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A column as people see it."""

    name: str
    kind: Kind
    meaning: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing as a portal shows it."""

    id: str
    place: Place
    changed: int
    values: Record


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named table; `rows` shows it in a given world, always in the same order."""

    id: str
    title: str
    description: str
    theme: str
    fields: tuple[Field, ...]
    rows: Callable[[World], tuple[Row, ...]]


def dataset(
    name: tuple[str, str],
    description: str,
    theme: str,
    things: Callable[[World], Sequence[ThingT]],
    columns: Sequence[Column[ThingT]],
) -> Dataset:
    """Make a dataset from the things of one kind; `name` is id and title."""

    def row(thing: ThingT) -> Row:
        values = {column.name: column.read(thing) for column in columns}
        return Row(str(thing.place.number), thing.place, thing.changed, values)

    def rows(world: World) -> tuple[Row, ...]:
        return tuple(row(thing) for thing in things(world))

    fields = tuple(Field(each.name, each.kind, each.meaning, each.unit) for each in columns)
    return Dataset(name[0], name[1], description, theme, fields, rows)


def last_change(rows: Iterable[Row]) -> int | None:
    return max((row.changed for row in rows), default=None)


def csv_text(header: Sequence[str], lines: Iterable[Sequence[Json]], delimiter: str) -> str:
    """Write a table; a list becomes its members with commas between, nothing becomes an empty cell."""
    page = StringIO()
    writer = csv.writer(page, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in line] for line in lines)
    return page.getvalue()


def _cell(value: Json) -> str:
    match value:
        case None:
            return ""
        case list():
            return ",".join(_cell(each) for each in value)
        case dict():
            return ", ".join(_cell(value[name]) for name in ("lat", "lon") if name in value)
        case _:
            return str(value)
