"""Compute the indicators of a strategy from the city's own data: on demand, and each day."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from beffroi.broker.operations.entities import find_of
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import Entity, Instance, entity_of
from beffroi.broker.rules.entity.expand import expand_attribute_name
from beffroi.broker.rules.query.query import EntityQuery, Page
from beffroi.broker.wire.parameters import read_query
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.operations.documents import Sought, all_documents, create, newest_documents
from beffroi.network.operations.identity import known_did
from beffroi.network.operations.services import Network
from beffroi.network.rules.document import content_of
from beffroi.network.rules.strategy.kinds import INDICATOR, READING
from beffroi.network.rules.strategy.measure import Seen, question, reading
from beffroi.web.message import Actor
from beffroi.web.pause import pause

LOG: Final = logging.getLogger("beffroi")
DAY_S: Final = 86_400.0
PAUSE_S: Final = 900.0
MOST_LAST: Final = 20
"""Of the last readings that were written one is the newest: a table may bring older ones."""
NODE: Final = Actor("node", frozenset({"steer", "read"}))


@dataclass(slots=True)
class _Sight:
    """What is seen while the entities pass by."""

    entities: int = 0
    values: list[Decimal] = field(default_factory=list[Decimal])
    moments: list[Instant] = field(default_factory=list[Instant])


@dataclass(frozen=True, slots=True)
class Measurer:
    """Measures with the data of one tenant; `context` expands the names of types and attributes."""

    broker: Broker
    context: Context
    network: Network
    tenant: str = ""

    async def measure(self, indicator: JsonObject, actor: Actor) -> JsonObject:
        """A new reading of an indicator, published. Raises Problem."""
        content = content_of(indicator)
        measure = content.get("measure")
        if not isinstance(measure, dict):
            raise Problem(BadRequestData, "The indicator is typed in: it has no 'measure'.")
        seen = await self._look(measure)
        made = reading(str(indicator["id"]), measure, seen, self.network.now())
        return await create(self.network, READING, made, actor, publish=True)

    async def _look(self, measure: JsonObject) -> Seen:
        asked = question(measure)
        sight = await self._sight(asked, str(measure.get("attribute", "")))
        those = 0
        if "condition" in measure:
            both = ";".join(f"({each})" for each in (asked.get("q"), str(measure["condition"])) if each)
            those = (await self._sight({**asked, "q": both}, "")).entities
        oldest = min(sight.moments, default=NO_INSTANT)
        return Seen(sight.entities, those, sight.values, oldest, max(sight.moments, default=NO_INSTANT))

    async def _sight(self, asked: Mapping[str, str], attribute: str) -> _Sight:
        name = expand_attribute_name(attribute, self.context) if attribute else ""
        sight = _Sight()
        async for entity in self._entities(read_query(asked, self.context)):
            sight.entities += 1
            for value, moment in _numbers(entity["attrs"].get(name, ())):
                sight.values.append(value)
                sight.moments += [moment] if moment else []
        return sight

    async def _entities(self, query: EntityQuery) -> AsyncIterator[Entity]:
        find = find_of(self.tenant, (query,), Page(limit=-1), self.broker.effort())
        async for record in self.broker.store.stream(find):
            yield entity_of(record.shared)


async def keep_measuring(measurer: Measurer, stop: asyncio.Event, pause_s: float = PAUSE_S) -> None:
    """Until `stop` is set: measure what was not measured for a day, then look again after a pause."""
    while not stop.is_set():
        await measure_due(measurer)
        await pause(stop, pause_s)


async def measure_due(measurer: Measurer) -> int:
    """Measure each computed indicator of this node whose last reading is a day old; how many."""
    network = measurer.network
    if not await network.store.tenants():
        return 0
    due = plus_seconds(network.now(), -DAY_S)
    count = 0
    for indicator in await _computed(network):
        if await _last(network, indicator) > due:
            continue
        try:
            await measurer.measure(indicator, NODE)
            count += 1
        except Problem as problem:
            LOG.info("The indicator %s was not measured: %s", indicator["id"], problem.detail)
    return count


async def _computed(network: Network) -> list[JsonObject]:
    own = await known_did(network.store)
    if not own:
        return []
    found = await all_documents(network, INDICATOR, NODE, Sought(own, "published"))
    return [each for each in found if "measure" in content_of(each)]


async def _last(network: Network, indicator: JsonObject) -> Instant:
    """When the indicator was read last by its own node: another one may say what it likes of it."""
    sought = Sought(str(indicator["origin"]), facets={"content.indicator": str(indicator["id"])})
    readings = await newest_documents(network, READING, NODE, sought, MOST_LAST)
    moments = [Instant(str(content_of(each)["at"])) for each in readings]
    return max(moments, default=NO_INSTANT)


def _numbers(instances: Iterable[Instance]) -> Iterable[tuple[Decimal, Instant]]:
    for instance in instances:
        value = instance.get("value")
        if isinstance(value, int | float) and not isinstance(value, bool):
            moment = parse_instant(instance.get("observedAt", "")) or NO_INSTANT
            yield Decimal(repr(value)), moment
