"""The rows and columns of a table of entities, as the templates take them."""

from dataclasses import dataclass
from urllib.parse import urlencode

from beffroi.broker.rules.entity.entity import Entity
from beffroi.kernel.instant import Instant
from beffroi.portal.reading.survey import Survey
from beffroi.portal.reading.table import Wanted
from beffroi.portal.reading.values import Shown, entity_name, entity_seen_at, is_simulated, shown_values
from beffroi.portal.visit import Visit
from beffroi.portal.words.labels import short_name


@dataclass(frozen=True, slots=True)
class Column:
    """A head of a column. `sorted` is a value of aria-sort or empty, `address` sorts by it."""

    name: str
    numeric: bool = False
    sorted: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    values: list[Shown]
    numeric: bool


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    name: str
    cells: list[Cell]
    at: Instant | None
    simulated: bool


def rows(visit: Visit, entities: list[Entity], columns: list[str]) -> list[Row]:
    """One row an entity: its name, the columns, and when it was last heard of."""
    return [_row(visit, entity, columns) for entity in entities]


def plain_columns(visit: Visit, survey: Survey, columns: list[str]) -> list[Column]:
    """Heads that cannot be sorted by."""
    heads = [Column(visit.language.attribute_name(uri), survey.spreads[uri].numeric) for uri in columns]
    return [Column(visit.say("Name")), *heads, Column(visit.say("Last heard of"))]


def sortable_columns(
    visit: Visit, survey: Survey, columns: list[str], wanted: Wanted, address: str
) -> list[Column]:
    """Heads that sort the table at `address` when they are followed; plain ones for very large types."""
    if not survey.complete:
        return plain_columns(visit, survey, columns)
    names = [("name", visit.say("Name"), False)]
    names += [
        (short_name(uri), visit.language.attribute_name(uri), survey.spreads[uri].numeric) for uri in columns
    ]
    heads = [
        Column(name, numeric, _sorted(wanted, sort), _sort_address(wanted, sort, address))
        for sort, name, numeric in names
    ]
    return [*heads, Column(visit.say("Last heard of"))]


def _sorted(wanted: Wanted, sort: str) -> str:
    if wanted.sort != sort:
        return ""
    return "descending" if wanted.descending else "ascending"


def _sort_address(wanted: Wanted, sort: str, address: str) -> str:
    turned = wanted.sort == sort and not wanted.descending
    query = {"sort": f"-{sort}" if turned else sort}
    if wanted.search:
        query["search"] = wanted.search
    return f"{address}?{urlencode(query)}#listing"


def _row(visit: Visit, entity: Entity, columns: list[str]) -> Row:
    code = visit.language.code
    cells = list[Cell]()
    for uri in columns:
        instances = entity["attrs"].get(uri, [])
        values = shown_values(instances[0], code)[:5] if instances else []
        cells.append(Cell(values, bool(values) and values[0].sort == "number"))
    return Row(
        entity["id"], entity_name(entity, code), cells, entity_seen_at(entity), is_simulated(entity, code)
    )
