"""Candidates: the entities whose past a question may be about, by their ids and types (clause 5.7.4)."""

from collections.abc import AsyncGenerator, Callable, Container, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from beffroi.broker.operations.entities import find_of
from beffroi.broker.operations.provided import read_provided
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import KIND, Entity, entity_key, entity_of
from beffroi.broker.rules.entity.expiry import lasting_records
from beffroi.broker.rules.provided.provided import KIND as PROVIDED
from beffroi.broker.rules.provided.provided import Provided, provided_of
from beffroi.broker.rules.query.matches import matcher
from beffroi.broker.rules.query.ordering import Ordering, ranking
from beffroi.broker.rules.query.query import EntityQuery, Page
from beffroi.broker.rules.temporal.evolution import told_of
from beffroi.kernel.effort import Effort
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.kernel.record import Record, reading
from beffroi.store.port import Past, Trace

MOST_CANDIDATES: Final = 10_000
"""Entities whose past one query looks at."""

MOST_ENDED: Final = 100_000
"""Deleted entities among which a query looks for those of its types."""

PIECE: Final = 500


class Candidate(NamedTuple):
    """An entity whose past may be asked for, and its types; no entity for what does not exist now. `provided`
    is what was provided and deleted of its past."""

    id: str
    types: list[str]
    entity: Entity | None
    provided: Provided | None = None


async def candidate_of(broker: Broker, tenant: str, entity_id: str) -> Candidate | None:
    """An entity that has a past: it is there, was there, or something was provided of it; None for others."""
    key = entity_key(tenant, entity_id)
    found = await broker.store.read([key])
    left = lasting_records(found.values(), broker.now)
    provided = await read_provided(broker.store, tenant, entity_id)
    if left:
        return _seen_of(_existing(left[0]), provided)
    newest = await broker.store.history(key, Past(1))
    deleted = _deleted(newest[0]) if newest else Candidate(entity_id, [], None)
    return _seen_of(deleted, provided, newest[0].at if newest else NO_INSTANT)


def _seen_of(
    candidate: Candidate, provided: Provided | None, newest: Instant = NO_INSTANT
) -> Candidate | None:
    """A candidate with what was provided of it; None where nothing is left of its past. `newest` is when its
    newest change was, if it does not exist any more."""
    entity = candidate.entity
    if provided is None:
        return candidate if entity is not None or newest else None
    at = entity.get("modifiedAt", "~") if entity is not None else newest
    is_left = at > provided.gone_until
    if not is_left and not provided.series:
        return None
    types = [*(candidate.types if entity is not None or is_left else []), *provided.types]
    return candidate._replace(types=list(dict.fromkeys(types)), provided=provided)


def _existing(record: Record) -> Candidate:
    entity = entity_of(record.body)
    return Candidate(entity["id"], entity["type"], entity)


def _deleted(newest: Trace) -> Candidate:
    with reading(newest.key):
        return Candidate(newest.key.id, told_of(newest.at, newest.body).types, None)


async def candidates(
    broker: Broker,
    tenant: str,
    queries: Sequence[EntityQuery],
    ordering: Ordering | None,
    effort: Effort,
) -> AsyncGenerator[tuple[Candidate, list[EntityQuery]], None]:
    """Entities by their ids and types alone, each with the queries that it fits."""
    fits = [(query, _selector(query, effort)) for query in queries]
    ids: dict[str, None] = {}
    async with aclosing(_unordered(broker, tenant, queries, effort)) as found:
        async for candidate in found:
            fitting = [query for query, holds in fits if holds(candidate)]
            if not fitting or candidate.id in ids:
                continue
            ids[candidate.id] = None
            if ordering is None:
                yield candidate, fitting
            elif len(ids) > MOST_CANDIDATES:
                detail = f"More than {MOST_CANDIDATES} entities would have to be put in order."
                raise Problem(TooComplexQuery, detail)
    if ordering is None:
        return
    rank = ranking(ordering, effort)
    for entity_id in sorted(ids, key=lambda each: rank({"id": each, "type": [], "attrs": {}})):
        again = await candidate_of(broker, tenant, entity_id)
        if again is not None:
            yield again, [query for query, holds in fits if holds(again)]


def _selector(query: EntityQuery, effort: Effort) -> Callable[[Candidate], bool]:
    holds = matcher(_by_name(query), effort=effort)
    return lambda each: holds({"id": each.id, "type": each.types, "attrs": {}})


def _by_name(query: EntityQuery) -> EntityQuery:
    return EntityQuery(ids=query.ids, id_pattern=query.id_pattern, types=query.types)


async def _unordered(
    broker: Broker, tenant: str, queries: Sequence[EntityQuery], effort: Effort
) -> AsyncGenerator[Candidate, None]:
    """What exists, then what was deleted, then what something was provided of; some of it twice."""
    there = set[str]()
    find = find_of(tenant, [_by_name(query) for query in queries], Page(limit=-1), effort)
    async for record in broker.store.stream(find):
        if lasting_records([record], broker.now):
            there.add(record.key.id)
            yield _existing(record)
    if all(query.ids for query in queries):
        for entity_id in dict.fromkeys(id for query in queries for id in query.ids if id not in there):
            candidate = await candidate_of(broker, tenant, entity_id)
            if candidate is not None:
                yield candidate
        return
    async with aclosing(_ended(broker, tenant, there)) as ended:
        async for candidate in ended:
            yield candidate
    holds = [_selector(query, effort) for query in queries]
    provided = replace(find, kind=PROVIDED, keep=partial(_fits, holds))
    async for record in broker.store.stream(provided):
        candidate = await candidate_of(broker, tenant, record.key.id) if record.key.id not in there else None
        if candidate is not None:
            yield candidate


def _fits(holds: Sequence[Callable[[Candidate], bool]], record: Record) -> bool:
    """Whether something was provided of the past of an entity with these types."""
    provided = provided_of(record.body)
    candidate = Candidate(provided.id, list(provided.types), None, provided)
    return bool(provided.series) and any(each(candidate) for each in holds)


async def _ended(broker: Broker, tenant: str, there: Container[str]) -> AsyncGenerator[Candidate, None]:
    """What was deleted, in the order of ids."""
    after = ""
    for _ in range(MOST_ENDED // PIECE):
        ended = await broker.store.ended(tenant, KIND, after=after, limit=PIECE)
        for newest in ended:
            if newest.key.id not in there:
                yield _deleted(newest)
        if len(ended) < PIECE:
            return
        after = ended[-1].key.id
    raise Problem(TooComplexQuery, f"More than {MOST_ENDED} deleted entities would have to be looked at.")
