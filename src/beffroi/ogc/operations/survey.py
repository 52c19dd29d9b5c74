"""Look through a collection and remember what was met, as long as nothing changed or looking is dear."""

import asyncio
from dataclasses import replace

from beffroi.broker.operations.discovery import entity_types
from beffroi.broker.rules.entity import KIND, entity_of
from beffroi.broker.rules.facets import TYPE
from beffroi.kernel.instant import seconds_between
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Record
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.rules.columns import Survey, note
from beffroi.ogc.rules.names import collection_id
from beffroi.store.port import Find, Where

PIECE = 500
MOST_FEATURES = 100_000
"""A survey looks at so many features, the oldest first."""

LASTS = 50.0
"""A survey of data that changes is good for so many times what it cost: surveys take 2 % of the time."""

MOST_REMEMBERED = 1_000


async def collections(ogc: Ogc, tenant: str) -> dict[str, str]:
    """Every entity type (expanded) by the id of its collection, in the order of the ids."""
    types = await entity_types(ogc.broker, tenant)
    found = {collection_id(name, ogc.context): name for name in types}
    return dict(sorted(found.items(), key=lambda pair: (pair[0].lower(), pair[0])))


async def type_of(ogc: Ogc, tenant: str, name: str) -> str:
    """The entity type (expanded) of a collection. Raises Problem(ResourceNotFound)."""
    likely = ogc.context.expand(name)
    if collection_id(likely, ogc.context) == name:
        found = await ogc.broker.store.find(replace(every(tenant, likely), limit=1))
        if found.records:
            return likely
    other = (await collections(ogc, tenant)).get(name)
    if other is None:
        raise Problem(ResourceNotFound, f"There is no collection '{name[:200]}'.")
    return other


def every(tenant: str, entity_type: str) -> Find:
    """All entities of one type, in the store's words."""
    return Find(tenant, KIND, Where(TYPE, "==", "text", entity_type), exact=True, limit=None)


async def survey_of(ogc: Ogc, tenant: str, entity_type: str) -> Survey:
    """What the features of one type are like; at most one look at a time."""
    place = (tenant, entity_type)
    async with ogc.memory.locks.setdefault(place, asyncio.Lock()):
        known = ogc.memory.surveys.get(place)
        trace = await ogc.broker.store.last_trace()
        if known is not None and (known.trace == trace or _is_good(ogc, known)):
            return known
        made = await _look(ogc, tenant, entity_type, trace)
        if len(ogc.memory.surveys) >= MOST_REMEMBERED:
            ogc.memory.surveys.clear()
        ogc.memory.surveys[place] = made
        return made


def _is_good(ogc: Ogc, survey: Survey) -> bool:
    return seconds_between(survey.at, ogc.broker.now()) < LASTS * survey.cost


async def _look(ogc: Ogc, tenant: str, entity_type: str, trace: int) -> Survey:
    survey = Survey(ogc.broker.now(), trace)
    piece = replace(every(tenant, entity_type), limit=PIECE)
    while True:
        found = await ogc.broker.store.find(piece)
        await asyncio.to_thread(_note, survey, found.records, ogc)
        if not found.more:
            break
        piece = replace(piece, after=found.records[-1].number)
        if survey.count >= MOST_FEATURES:
            survey.whole = False
            break
    survey.cost = seconds_between(survey.at, ogc.broker.now())
    return survey


def _note(survey: Survey, records: list[Record], ogc: Ogc) -> None:
    note(survey, (entity_of(record.body) for record in records), ogc.reader)
