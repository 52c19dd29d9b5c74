"""Survey: one walk over the entities of a type, for its columns, charts and colours."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Final

from beffroi.broker.operations.entities import find_of
from beffroi.broker.rules.entity.entity import Entity, Instance, entity_of
from beffroi.broker.rules.query.query import EntityQuery, Name, Page
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.portal.reading.values import number_of, plain_text, seen_at, word_of
from beffroi.portal.services import Portal
from beffroi.portal.words.labels import short_name

MOST_SURVEYED: Final = 20_000
MOST_WORDS: Final = 200
GOOD_FOR_SECONDS: Final = 20.0


@dataclass(slots=True)
class Spread:
    """The values of one attribute over the entities of a type."""

    uri: str
    present: int = 0
    numbers: list[float] = field(default_factory=list[float])
    words: Counter[str] = field(default_factory=Counter[str])
    units: Counter[str] = field(default_factory=Counter[str])
    texts: int = 0

    @property
    def numeric(self) -> bool:
        return len(self.numbers) * 2 > self.present

    @property
    def worded(self) -> bool:
        """Whether the values are few words that come again, such as a status."""
        known = sum(self.words.values())
        few = len(self.words) <= 12 and (len(self.words) * 2 <= known or known <= 3)
        return not self.numeric and few and known * 2 > self.present

    @property
    def unit(self) -> str:
        return self.units.most_common(1)[0][0] if self.units else ""


@dataclass(slots=True)
class Survey:
    """What the walk saw. `complete` is false when the type has more entities than it looks at."""

    seen: int = 0
    complete: bool = True
    newest: Instant = NO_INSTANT
    spreads: dict[str, Spread] = field(default_factory=dict[str, Spread])

    def spread(self, name: str) -> Spread | None:
        """The spread of an attribute by its short name or its URI."""
        found = self.spreads.get(name)
        if found is not None:
            return found
        return next((one for uri, one in self.spreads.items() if short_name(uri) == name), None)


async def survey_of(portal: Portal, type_uri: str) -> Survey:
    """The survey of a type, at most some seconds old."""

    async def walk() -> Survey:
        made = Survey()
        async for entity in entities_of_type(portal, type_uri):
            if made.seen == MOST_SURVEYED:
                made.complete = False
                break
            _add(made, entity)
        return made

    return await portal.memory.recall(f"survey {type_uri}", portal.broker.now(), GOOD_FOR_SECONDS, walk)


def survey_among(entities: Iterable[Entity]) -> Survey:
    """The survey of these entities only."""
    made = Survey()
    for entity in entities:
        _add(made, entity)
    return made


async def entities_of_type(
    portal: Portal, type_uri: str, query: EntityQuery | None = None
) -> AsyncIterator[Entity]:
    """All entities of a type (an empty one: of all types), read in pieces so that memory stays bounded."""
    asked = query or EntityQuery(types=Name(type_uri) if type_uri else None)
    find = find_of(portal.tenant, [asked], Page(limit=-1), portal.broker.effort())
    async for record in portal.store.stream(find):
        yield entity_of(record.body)


def _add(survey: Survey, entity: Entity) -> None:
    survey.seen += 1
    for uri, instances in entity["attrs"].items():
        if instances:
            spread = survey.spreads.setdefault(uri, Spread(uri))
            _add_instance(spread, instances[0])
            at = seen_at(instances[0])
            if at is not None and at > survey.newest:
                survey.newest = at


def _add_instance(spread: Spread, instance: Instance) -> None:
    spread.present += 1
    unit = instance.get("unitCode")
    if unit:
        spread.units[unit] += 1
    if instance["type"] in {"Relationship", "ListRelationship", "GeoProperty"}:
        return
    number = number_of(instance)
    if number is not None:
        spread.numbers.append(number)
        return
    word = word_of(instance)
    if word is not None:
        if word in spread.words or len(spread.words) < MOST_WORDS:
            spread.words[word] += 1
        spread.texts += 1
    elif plain_text(instance, "en"):
        spread.texts += 1
