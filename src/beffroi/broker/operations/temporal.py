"""Operations on the past of entities (clauses 5.7.3, 5.7.4)."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, NamedTuple

from beffroi.broker.operations.entities import find_of
from beffroi.broker.operations.evolving import Budget, Looked, evolved_of, go_through
from beffroi.broker.operations.services import Broker, check_tenant
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import KIND, LOCATION, Entity, entity_key, entity_of
from beffroi.broker.rules.entity.expiry import lasting_records
from beffroi.broker.rules.query.matches import matcher
from beffroi.broker.rules.query.ordering import Ordering, ranking
from beffroi.broker.rules.query.q import attributes_of
from beffroi.broker.rules.query.query import EntityQuery, Page
from beffroi.broker.rules.query.scope import scope_matcher
from beffroi.broker.rules.temporal.evolution import told_of
from beffroi.broker.rules.temporal.evolved import Evolved, cut_together
from beffroi.broker.rules.temporal.represent_evolution import represent_evolution
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.broker.rules.temporal.temporal_view import TemporalView
from beffroi.broker.rules.temporal.window import Window
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem, ResourceNotFound, TooComplexQuery
from beffroi.kernel.record import Record
from beffroi.store.port import Past, Trace

MOST_CANDIDATES: Final = 10_000
"""Entities whose past one query looks at."""

MOST_ENDED: Final = 100_000
"""Deleted entities among which a query looks for those of its types."""

MOST_INSTANCES: Final = 100_000
MOST_BYTES: Final = 32_000_000
"""Instances, and bytes of history, after which a page of entities ends early."""

MOST_AGGREGATED: Final = 100_000
MOST_AGGREGATED_BYTES: Final = 64_000_000
"""Instances of one entity that are aggregated in one answer, and their bytes of history."""

PIECE: Final = 500


class Candidate(NamedTuple):
    """An entity whose past may be asked for, and its types; None for what does not exist any more."""

    id: str
    types: list[str]
    entity: Entity | None


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """A page of entities, whose instances are cut at `end` (NO_INSTANT: they are not).

    Where their past is large there are fewer than were asked for, and `more`.
    """

    evolved: list[Evolved]
    more: bool
    count: int | None
    end: Instant


async def retrieve_evolution(
    broker: Broker, tenant: str, entity_id: str, query: TemporalQuery, asked: TemporalView
) -> PastAnswer:
    """Retrieve Temporal Evolution of an Entity (5.7.3). Raises Problem(ResourceNotFound)."""
    await check_tenant(broker, tenant)
    candidate = await _candidate(broker, tenant, entity_id)
    if candidate is None:
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' does not exist and has no past.")
    looked = _look(broker, tenant, candidate, query, asked, frozenset())
    evolved = await _evolve(broker, looked, candidate, Budget(broker.most_changes))
    if asked.view.attrs and not looked.has_met:
        raise Problem(ResourceNotFound, f"Entity '{entity_id}' never had the attributes asked for.")
    shown, end = cut_together([evolved], query)
    return PastAnswer(shown, more=False, count=None, end=end)


async def query_evolutions(
    broker: Broker,
    tenant: str,
    queries: Sequence[EntityQuery],
    query: TemporalQuery,
    asked: TemporalView,
    page: Page,
    ordering: Ordering | None = None,
) -> PastAnswer:
    """Query Temporal Evolution of Entities (5.7.4): those that exist in the order of creation, then those
    that were deleted in the order of their ids.

    Raises Problem(TooComplexQuery) beyond what is named above.
    """
    await check_tenant(broker, tenant)
    budget, matched, looked_at = Budget(broker.most_changes), 0, 0
    page_of: list[Evolved] = []
    is_large = False
    async with aclosing(_candidates(broker, tenant, queries, ordering)) as candidates:
        async for candidate, fitting in candidates:
            looked_at += 1
            if looked_at > MOST_CANDIDATES:
                detail = f"The past of more than {MOST_CANDIDATES} entities would have to be looked at."
                raise Problem(TooComplexQuery, detail)
            evolved = await _matching(broker, tenant, candidate, fitting, query, asked, budget)
            if evolved is None:
                continue
            matched += 1
            if matched > page.offset and len(page_of) < page.limit and not is_large:
                page_of.append(evolved)
                is_large = _is_large(page_of)
            elif matched > page.offset and not page.count:
                break
    shown, end = cut_together(page_of, query)
    more = matched > page.offset + len(page_of)
    return PastAnswer(shown, more, matched if page.count else None, end)


async def represented(
    answer: PastAnswer, query: TemporalQuery, asked: TemporalView, context: Context
) -> list[JsonObject]:
    """The entities of an answer as JSON; many instances beside the event loop."""

    def write() -> list[JsonObject]:
        return [represent_evolution(each, query, asked, context) for each in answer.evolved]

    many = sum(len(each.placed) for each in answer.evolved) > PIECE
    return await asyncio.to_thread(write) if many else write()


def check_past(broker: Broker) -> None:
    """Raise Problem(Forbidden) for the holder of a product without the past, whatever they ask for: to be
    asked before anything is read of a request."""
    if not broker.shows_past:
        raise Problem(Forbidden, "What was bought does not include the past.")


async def _matching(
    broker: Broker,
    tenant: str,
    candidate: Candidate,
    queries: Sequence[EntityQuery],
    query: TemporalQuery,
    asked: TemporalView,
    budget: Budget,
) -> Evolved | None:
    """The evolution of an entity, if it has any in the time asked for and one of the queries selects it."""
    entity = candidate.entity
    if not await _is_written_since(broker, tenant, candidate, query.written_since):
        return None
    looked = _look(broker, tenant, candidate, query, asked, _tested(queries))
    evolved = await _evolve(broker, looked, candidate, budget)
    if not evolved.kinds or not any(_holds(each, looked, evolved, entity) for each in queries):
        return None
    return evolved


def _is_large(page_of: Sequence[Evolved]) -> bool:
    """Whether a page of entities has all that one answer takes."""
    size = sum(placed.event.size for each in page_of for placed in each.placed)
    return size > MOST_BYTES or sum(len(each.placed) for each in page_of) > MOST_INSTANCES


async def _is_written_since(broker: Broker, tenant: str, candidate: Candidate, since: Instant) -> bool:
    """Whether anything of an entity may have been written since a moment. The modifiedAt of a part that was
    bought does not tell what went away; the newest change that its holder sees does."""
    if candidate.entity is None or not since:
        return True
    if broker.product:
        newest = await broker.store.history(entity_key(tenant, candidate.id), Past(1))
        return bool(newest) and newest[0].at >= since
    return candidate.entity.get("modifiedAt", "~") >= since


def _holds(query: EntityQuery, looked: Looked, evolved: Evolved, entity: Entity | None) -> bool:
    """Whether the instances of the time asked for meet the conditions of a query (clause 5.7.4.4).

    A place without an instance in that time is where the entity is now: what never moves is found, too.
    """
    attrs = dict(looked.instances)
    if query.attrs and not set(query.attrs) & set(evolved.kinds):
        return False
    if query.geo is not None and entity is not None:
        place = query.geo.attribute or LOCATION
        attrs.setdefault(place, entity["attrs"].get(place, []))
    if query.scope is not None:
        within = scope_matcher(query.scope)
        now = [entity.get("scope", [])] if entity is not None else []
        if not any(within(scopes) for scopes in [*looked.scopes, *now]):
            return False
    then: Entity = {"id": evolved.id, "type": evolved.types, "attrs": attrs}
    for member in ("createdAt", "modifiedAt"):
        if entity is not None and member in entity:
            then[member] = entity[member]
    return matcher(EntityQuery(q=query.q, geo=query.geo))(then)


def _tested(queries: Sequence[EntityQuery]) -> frozenset[str]:
    names = set[str]()
    for query in queries:
        if query.q is not None:
            names |= attributes_of(query.q)
        if query.geo is not None:
            names.add(query.geo.attribute or LOCATION)
    return frozenset(names)


def _look(
    broker: Broker,
    tenant: str,
    candidate: Candidate,
    query: TemporalQuery,
    asked: TemporalView,
    tested: frozenset[str],
) -> Looked:
    window = Window(query, broker.most_instances)
    if asked.form == "aggregates":
        window = Window(query, MOST_AGGREGATED, MOST_AGGREGATED_BYTES)
    return Looked(entity_key(tenant, candidate.id), query, asked, window, tested)


async def _evolve(broker: Broker, looked: Looked, candidate: Candidate, budget: Budget) -> Evolved:
    """What is there now belongs to the past, too; who bought a part sees of it what traces show."""
    now = candidate.entity if not broker.product else None
    whole_since = await go_through(broker.store, looked, now, budget)
    evolved = evolved_of(looked, candidate.entity, whole_since)
    if looked.asked.form == "aggregates" and evolved.cut:
        detail = f"More than {MOST_AGGREGATED} instances or 64 MB would be aggregated; narrow the time."
        raise Problem(TooComplexQuery, detail)
    return evolved


async def _candidate(broker: Broker, tenant: str, entity_id: str) -> Candidate | None:
    key = entity_key(tenant, entity_id)
    found = await broker.store.read([key])
    left = lasting_records(found.values(), broker.now)
    if left:
        return _existing(left[0])
    newest = await broker.store.history(key, Past(1))
    return _deleted(newest[0]) if newest else None


def _existing(record: Record) -> Candidate:
    entity = entity_of(record.body)
    return Candidate(entity["id"], entity["type"], entity)


def _deleted(newest: Trace) -> Candidate:
    return Candidate(newest.key.id, told_of(newest.at, newest.body).types, None)


async def _candidates(
    broker: Broker, tenant: str, queries: Sequence[EntityQuery], ordering: Ordering | None
) -> AsyncGenerator[tuple[Candidate, list[EntityQuery]], None]:
    """Entities by their ids and types alone, each with the queries that it fits."""
    fits = [(query, _selector(query)) for query in queries]
    ids: list[str] = []
    async with aclosing(_unordered(broker, tenant, queries)) as found:
        async for candidate in found:
            fitting = [query for query, holds in fits if holds(candidate)]
            if fitting and ordering is None:
                yield candidate, fitting
            elif fitting:
                ids.append(candidate.id)
            if len(ids) > MOST_CANDIDATES:
                detail = f"More than {MOST_CANDIDATES} entities would have to be put in order."
                raise Problem(TooComplexQuery, detail)
    if ordering is None:
        return
    rank = ranking(ordering)
    for entity_id in sorted(ids, key=lambda each: rank({"id": each, "type": [], "attrs": {}})):
        again = await _candidate(broker, tenant, entity_id)
        if again is not None:
            yield again, [query for query, holds in fits if holds(again)]


def _selector(query: EntityQuery) -> Callable[[Candidate], bool]:
    holds = matcher(_by_name(query))
    return lambda each: holds({"id": each.id, "type": each.types, "attrs": {}})


def _by_name(query: EntityQuery) -> EntityQuery:
    return EntityQuery(ids=query.ids, id_pattern=query.id_pattern, types=query.types)


async def _unordered(
    broker: Broker, tenant: str, queries: Sequence[EntityQuery]
) -> AsyncGenerator[Candidate, None]:
    """What exists, then what was deleted."""
    there = set[str]()
    find = find_of(tenant, [_by_name(query) for query in queries], Page(limit=-1))
    async for record in broker.store.stream(find):
        if lasting_records([record], broker.now):
            there.add(record.key.id)
            yield _existing(record)
    if all(query.ids for query in queries):
        for entity_id in dict.fromkeys(id for query in queries for id in query.ids if id not in there):
            candidate = await _candidate(broker, tenant, entity_id)
            if candidate is not None and candidate.entity is None:
                yield candidate
        return
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
