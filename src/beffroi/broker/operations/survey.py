"""Which attributes the entities of a tenant have: found by looking at all of them, and then remembered."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from beffroi.broker.rules.entity.entity import KIND, entity_of
from beffroi.store.port import Find, Store

MOST_TENANTS = 100
MOST_SUMMARIES = 100_000
"""Tenants, and summaries of one tenant, that are remembered; a summary takes about 1 KB."""

LONGEST_KEPT_S = 60.0
QUICK_S = 0.1
SHARE = 20
"""What took longer than QUICK_S to find is answered again for so many times as long, changes or not."""


@dataclass(slots=True)
class AttributeSummary:
    """One attribute: how many instances, in which entity types, with which attribute types."""

    count: int = 0
    types: set[str] = field(default_factory=set[str])
    kinds: set[str] = field(default_factory=set[str])


Summaries: TypeAlias = Mapping[str, AttributeSummary]


@dataclass(frozen=True, slots=True)
class Survey:
    """By expanded name, in the order of names; `by_type` counts in the entities of one type alone."""

    attributes: Summaries
    by_type: Mapping[str, Summaries]


@dataclass(frozen=True, slots=True)
class _Known:
    survey: Survey
    last_trace: int
    since: float
    took: float


class Surveys:
    """What is remembered of one store. Answers are exact while looking at all takes less than QUICK_S."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    async def of(self, store: Store, tenant: str) -> Survey:
        clock = asyncio.get_running_loop().time
        begun, last_trace = clock(), await store.last_trace()
        known = self._known.get(tenant)
        if known is not None and _is_fresh(known, last_trace, clock()):
            return known.survey
        found = await survey(store, tenant)
        self._remember(tenant, _Known(found, last_trace, clock(), clock() - begun))
        return found

    def _remember(self, tenant: str, known: _Known) -> None:
        self._known.pop(tenant, None)
        size = len(known.survey.attributes) + sum(map(len, known.survey.by_type.values()))
        if size > MOST_SUMMARIES:
            return
        while len(self._known) >= MOST_TENANTS:
            del self._known[next(iter(self._known))]
        self._known[tenant] = known


async def survey(store: Store, tenant: str) -> Survey:
    """Look at every entity of a tenant."""
    attributes, by_type = dict[str, AttributeSummary](), dict[str, dict[str, AttributeSummary]]()
    async for record in store.stream(Find(tenant, KIND, limit=None, exact=True)):
        entity = entity_of(record.body)
        ways = [attributes, *(by_type.setdefault(name, {}) for name in entity["type"])]
        for name, instances in entity["attrs"].items():
            kinds = {instance["type"] for instance in instances}
            for way in ways:
                summary = way.setdefault(name, AttributeSummary())
                summary.count += len(instances)
                summary.types.update(entity["type"])
                summary.kinds |= kinds
    return Survey(
        dict(sorted(attributes.items())),
        {name: dict(sorted(found.items())) for name, found in by_type.items()},
    )


def _is_fresh(known: _Known, last_trace: int, now: float) -> bool:
    age = now - known.since
    if known.last_trace == last_trace:
        return age < LONGEST_KEPT_S
    return known.took > QUICK_S and age < min(SHARE * known.took, LONGEST_KEPT_S)
