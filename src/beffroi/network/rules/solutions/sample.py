"""From a sample of normalised NGSI-LD entities to facts of their type."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from beffroi.kernel.instant import Instant, parse_instant, seconds_between
from beffroi.kernel.json import Json, JsonObject
from beffroi.network.rules.solutions.facts import CELLS_A_SIDE, AttributeFacts, Cell, TypeFacts
from beffroi.network.rules.solutions.kinds import kind_of, kind_of_value, plain, value_of

Box: TypeAlias = tuple[float, float, float, float]
NOT_ATTRIBUTES: Final = frozenset(
    {"id", "type", "@context", "createdAt", "modifiedAt", "scope", "deletedAt", "expiresAt"}
)
LONGEST_WORD: Final = 60
MOST_WORDS: Final = 20
_LOCATION: Final = ("location", "https://uri.etsi.org/ngsi-ld/location")


def type_facts(
    name: str, count: int, entities: Sequence[JsonObject], now: Instant, box: Box | None
) -> TypeFacts:
    """What these entities say of their type; `count` is how many there are in all."""
    points = list(positions(entities))
    cells = frozenset(cell for point in points if box and (cell := cell_of(point, box)))
    found = dict[str, list[JsonObject]]()
    for entity in entities:
        for attribute, instance in attributes_of(entity):
            found.setdefault(attribute, []).append(instance)
    facts = {attribute: _attribute(attribute, each, now) for attribute, each in found.items()}
    return TypeFacts(name, count, len(entities), facts, len(points), cells)


def attributes_of(entity: JsonObject) -> Iterable[tuple[str, JsonObject]]:
    """The attributes of an entity; of several instances the first."""
    for name, value in entity.items():
        first = value[0] if isinstance(value, list) and value else value
        if name not in NOT_ATTRIBUTES and isinstance(first, dict) and value_of(first) is not None:
            yield name, first


def positions(entities: Iterable[JsonObject]) -> Iterable[tuple[float, float]]:
    """A position of each entity that has one: the first of its location's geometry."""
    for entity in entities:
        for name in _LOCATION:
            location = entity.get(name)
            value = value_of(location) if isinstance(location, dict) else None
            point = _first_position(value.get("coordinates") if isinstance(value, dict) else None)
            if point is not None:
                yield point
                break


def box_of(points: Iterable[tuple[float, float]]) -> Box | None:
    """The box around these positions."""
    listed = list(points)
    if not listed:
        return None
    east, north = [x for x, _ in listed], [y for _, y in listed]
    return (min(east), min(north), max(east), max(north))


def cell_of(point: tuple[float, float], box: Box) -> Cell | None:
    """The cell of the city's grid that a position is in; None outside.

    >>> cell_of((3.0, 50.5), (3.0, 50.5, 3.4, 50.9)), cell_of((3.4, 50.9), (3.0, 50.5, 3.4, 50.9))
    ((0, 0), (7, 7))
    """
    west, south, east, north = box
    x, y = point
    if not (west <= x <= east and south <= y <= north):
        return None
    return (_step(x - west, east - west), _step(y - south, north - south))


def _step(part: float, whole: float) -> int:
    return min(int(part / whole * CELLS_A_SIDE), CELLS_A_SIDE - 1) if whole > 0 else 0


def _attribute(name: str, instances: Sequence[JsonObject], now: Instant) -> AttributeFacts:
    ages = sorted(age for each in instances if (age := _age(each, now)) is not None)
    values = [plain(value_of(each)) for each in instances]
    numbers = [float(each) for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
    return AttributeFacts(
        name=name,
        present=len(instances),
        kinds=Counter(kind for each in instances if (kind := kind_of(each))),
        units=Counter(str(each.get("unitCode", "")) for each in instances) if numbers else {},
        dated=len(ages),
        median_s=_at(ages, 0.5),
        p90_s=_at(ages, 0.9),
        words=_words(values),
        members=_members(values),
        low=min(numbers, default=None),
        high=max(numbers, default=None),
        distinct=len({each for each in values if isinstance(each, str)}),
    )


def _words(values: Iterable[Json]) -> Mapping[str, int]:
    texts = Counter(each for each in values if isinstance(each, str) and len(each) <= LONGEST_WORD)
    return dict(texts.most_common(MOST_WORDS))


def _members(values: Iterable[Json]) -> Mapping[str, str]:
    """The members of objects that are no JSON-LD keywords, each with its kind."""
    found = dict[str, str]()
    for value in values:
        if isinstance(value, dict) and "coordinates" not in value and len(found) < MOST_WORDS:
            found.update({name: kind_of_value(each) for name, each in value.items() if name[:1] != "@"})
    return found


def _age(instance: JsonObject, now: Instant) -> float | None:
    """How old a value is, by when it was observed."""
    said = instance.get("observedAt")
    moment = parse_instant(said) if isinstance(said, str) else None
    return None if moment is None else max(seconds_between(moment, now), 0.0)


def _at(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None


def _first_position(coordinates: Json) -> tuple[float, float] | None:
    for _ in range(5):
        if not isinstance(coordinates, list) or not coordinates:
            return None
        first = coordinates[0]
        second = coordinates[1] if len(coordinates) > 1 else None
        if _is_number(first) and _is_number(second):
            return float(first), float(second)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        coordinates = first
    return None


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
