"""Look through a collection once, then keep up with what changes in it."""

import asyncio
from dataclasses import replace

from beffroi.broker.operations.discovery import entity_types
from beffroi.broker.rules.entity.entity import KIND, entity_of
from beffroi.broker.rules.query.facets import TYPE
from beffroi.kernel.instant import seconds_between
from beffroi.kernel.json import encode
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Record
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.rules.columns import Survey, note
from beffroi.ogc.rules.names import collection_id
from beffroi.store.port import Find, Where

PIECE = 500
MOST_CHANGES = 20_000
"""After more changes than that a new look costs less than to go through them."""

LASTS = 50.0
LONGEST_LOOK = 1.0
"""A collection that can be looked through in a second is looked through again, so that what is gone is
forgotten; but not before it was good for LASTS times that while. Of a larger one the survey only grows."""

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
    """What the features of one type are like now; at most one look at a time."""
    place, memory = (tenant, entity_type), ogc.memory
    if len(memory.surveys) >= MOST_REMEMBERED:
        memory.surveys.clear()
        memory.locks.clear()
    async with memory.locks.setdefault(place, asyncio.Lock()):
        known = memory.surveys.get(place)
        last = await ogc.broker.store.last_trace()
        if known is None or last - known.trace > MOST_CHANGES or _is_due(ogc, known, last):
            known = memory.surveys[place] = Survey(ogc.broker.now(), last, last)
        elif known.trace != last:
            await _keep_up(ogc, tenant, entity_type, known)
        if not known.whole:
            await _look(ogc, tenant, entity_type, known)
        return known


async def whole_survey_of(ogc: Ogc, tenant: str, entity_type: str) -> Survey:
    """The same when every feature was looked at, however long that takes the first time."""
    survey = await survey_of(ogc, tenant, entity_type)
    while not survey.whole:
        survey = await survey_of(ogc, tenant, entity_type)
    return survey


def _is_due(ogc: Ogc, survey: Survey, last: int) -> bool:
    """Whether things changed and to look again is cheap."""
    if survey.looked == last or survey.cost > LONGEST_LOOK or not survey.whole:
        return False
    return seconds_between(survey.at, ogc.broker.now()) >= LASTS * survey.cost


async def _look(ogc: Ogc, tenant: str, entity_type: str, survey: Survey) -> None:
    """Look at the next features that were not seen yet, as many as one request may."""
    begun, seen = ogc.broker.now(), 0
    piece = replace(every(tenant, entity_type), limit=min(PIECE, ogc.most_looks))
    while not survey.whole and seen < ogc.most_looks:
        found = await ogc.broker.store.find(replace(piece, after=survey.reached))
        await asyncio.to_thread(_note, survey, found.records, entity_type, ogc)
        seen += len(found.records)
        survey.whole = not found.more
        survey.reached = found.records[-1].number if found.records else survey.reached
    survey.cost += seconds_between(begun, ogc.broker.now())


async def _keep_up(ogc: Ogc, tenant: str, entity_type: str, survey: Survey) -> None:
    """Note the features that changed since, as the history names them."""
    store, mark = ogc.broker.store, encode(entity_type)
    while traces := await store.traces(after=survey.trace, limit=PIECE):
        keys = {
            trace.key: None
            for trace in traces
            if trace.key.tenant == tenant and trace.key.kind == KIND and mark in trace.body
        }
        records = list((await store.read(list(keys))).values())
        await asyncio.to_thread(_note, survey, records, entity_type, ogc)
        survey.trace = traces[-1].number


def _note(survey: Survey, records: list[Record], entity_type: str, ogc: Ogc) -> None:
    entities = (entity_of(record.body) for record in records)
    note(survey, (entity for entity in entities if entity_type in entity["type"]), ogc.reader)
