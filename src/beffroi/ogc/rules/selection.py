"""Selection: which features of a collection, as a test of one entity and as a Find (17-069r4, 7.15)."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import LOCATION, Entity, entity_of
from beffroi.broker.rules.query.literal import moment_of
from beffroi.broker.rules.query.narrow import narrow
from beffroi.broker.rules.query.query import And, Compare, Condition, EntityQuery, Literals, Name, Path
from beffroi.kernel.instant import parse_instant
from beffroi.kernel.json import Json
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.kernel.record import Record
from beffroi.ogc.rules.bounds import Bounds, meeter
from beffroi.ogc.rules.columns import Column
from beffroi.ogc.rules.flat import Reader, geometry_of, properties, time_of
from beffroi.ogc.rules.interval import Interval
from beffroi.store.port import All, Either, Filter, Touches

MOST_READ: Final = 500_000
"""So many features may be read to find those of one page."""

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_BOOLEANS: Final = {"1": "true", "0": "false"}
Holds: TypeAlias = Callable[[Entity], bool]


@dataclass(frozen=True, slots=True)
class Selection:
    """All of it must hold. `filters` are columns with the text that each shall equal."""

    entity_type: str
    bounds: Bounds | None = None
    interval: Interval | None = None
    filters: tuple[tuple[Column, str], ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether every feature of the collection is selected."""
        return self.bounds is None and self.interval is None and not self.filters


def tester(selection: Selection, reader: Reader) -> Holds:
    """The meaning of a selection: what is tested is what the feature shows."""
    tests: list[Holds] = []
    if selection.bounds is not None:
        tests.append(_place_test(selection.bounds))
    if selection.interval is not None:
        within = selection.interval.holds
        tests.append(lambda entity: within(time_of(entity)))
    if selection.filters:
        wanted = tuple((column.name, reading(text)) for column, text in selection.filters)
        tests.append(lambda entity: _shows(properties(entity, reader), wanted))
    entity_type = selection.entity_type
    return lambda entity: entity_type in entity["type"] and all(test(entity) for test in tests)


def keeper(selection: Selection, reader: Reader) -> Callable[[Record], bool]:
    """The test of a record for one search, which ends with TooComplexQuery after MOST_READ of them."""
    holds = tester(selection, reader)
    left = MOST_READ

    def keep(record: Record) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            raise Problem(
                TooComplexQuery,
                f"More than {MOST_READ} features would have to be read; ask for a smaller bbox.",
            )
        return holds(entity_of(record.body))

    return keep


def narrowed(selection: Selection, geometries: frozenset[str], context: Context) -> Filter:
    """What an index can say of a selection; `geometries` are the GeoProperties that are met in it."""
    conditions = tuple(
        _condition(column, text, context) for column, text in selection.filters if column.steps
    )
    query = EntityQuery(types=Name(selection.entity_type), q=And(conditions) if conditions else None)
    where, _ = narrow(query)
    if selection.bounds is None:
        return where
    touches = tuple(
        Touches(name, box) for name in sorted(geometries | {LOCATION}) for box in selection.bounds.boxes
    )
    parts = where.of if isinstance(where, All) else (where,)
    return All((*parts, touches[0] if len(touches) == 1 else Either(touches)))


def reading(text: str) -> Callable[[Json], bool]:
    """Whether a value is what a text in an address stands for, by the value's own type.

    A number equals a number, `true` and `false` a boolean, a date-time the same moment in any zone, and
    any text the same text; of an array one element is enough.

    >>> equals = reading("20")
    >>> equals(20), equals(20.0), equals("20"), equals([7, 20]), equals(True)
    (True, True, True, True, False)
    """
    number = _number(text)
    moment = parse_instant(text) or parse_instant(text.replace(" ", "+"))

    def equals(value: Json) -> bool:
        match value:
            case bool():
                return text == ("true" if value else "false")
            case int() | float():
                return number is not None and value == number
            case str():
                return value == text or (moment is not None and parse_instant(value) == moment)
            case list():
                return any(equals(element) for element in value if not isinstance(element, list))
            case _:
                return False

    return equals


def typed(column: Column, text: str) -> str | None:
    """The text as a value of the types that the column is declared with; None where it is of none of them.

    >>> open = Column("open", (), (), {"boolean"})
    >>> typed(open, "1"), typed(open, "false"), typed(open, "abc")
    ('true', 'false', None)
    """
    match column.simple_kinds:
        case ["boolean"]:  # GDAL sends its booleans as numbers
            text = _BOOLEANS.get(text, text)
            return text if text in _BOOLEANS.values() else None
        case ["number"]:
            return text if _NUMBER.fullmatch(text) else None
        case ["boolean", "number"]:
            return text if text in _BOOLEANS.values() or _NUMBER.fullmatch(text) else None
        case _:
            return text


def _place_test(bounds: Bounds) -> Holds:
    meets = meeter(bounds)

    def holds(entity: Entity) -> bool:
        geometry = geometry_of(entity)
        return geometry is not None and meets(geometry)

    return holds


def _shows(shown: dict[str, Json], wanted: tuple[tuple[str, Callable[[Json], bool]], ...]) -> bool:
    return all(name in shown and equals(shown[name]) for name, equals in wanted)


def _condition(column: Column, text: str, context: Context) -> Condition:
    """A condition of the query language that lets through at least what `reading` does."""
    values: list[Literals] = [text]
    number = _number(text)
    if number is not None:
        values.append(number)
    if text in {"true", "false"}:
        values.append(text == "true")
    moment = moment_of(text) or moment_of(text.replace(" ", "+"))
    if moment is not None and moment.sort == "datetime":
        values.append(moment)
    expanded = context.expand(text)
    if expanded != text:
        values.append(expanded)
    path = Path(column.steps, column.members, column.members)
    return Compare(path, "==", tuple(values))


def _number(text: str) -> float | None:
    found = _NUMBER.fullmatch(text) if len(text) < 40 else None
    if found is None:
        return None
    number = float(text)
    if number in {math.inf, -math.inf}:
        return None
    return int(text) if not found[1] and not found[2] and abs(number) < 1 << 63 else number
