"""Operations on the past of entities (clauses 5.7.3, 5.7.4)."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

from beffroi.broker.operations.candidates import MOST_CANDIDATES, Candidate, candidate_of, candidates
from beffroi.broker.operations.evolving import evolved_of, go_through
from beffroi.broker.operations.granted_store import paid_by
from beffroi.broker.operations.looked import Budget, Looked
from beffroi.broker.operations.provided import read_provided
from beffroi.broker.operations.services import Broker, check_tenant
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import LOCATION, Entity, entity_key
from beffroi.broker.rules.query.matches import matcher
from beffroi.broker.rules.query.ordering import Ordering
from beffroi.broker.rules.query.q import attributes_of
from beffroi.broker.rules.query.query import EntityQuery, Page, apart
from beffroi.broker.rules.query.scope import scope_matcher
from beffroi.broker.rules.temporal.evolved import Evolved, cut_together
from beffroi.broker.rules.temporal.represent_evolution import represent_evolution
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.broker.rules.temporal.temporal_view import TemporalView
from beffroi.broker.rules.temporal.window import Window
from beffroi.kernel.effort import Effort
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem, ResourceNotFound, TooComplexQuery
from beffroi.store.port import Past

MOST_INSTANCES: Final = 100_000
MOST_BYTES: Final = 32_000_000
"""Instances, and bytes of history, after which a page of entities ends early."""

MOST_AGGREGATED: Final = 100_000
MOST_AGGREGATED_BYTES: Final = 64_000_000
"""Instances of one entity that are aggregated in one answer, and their bytes of history."""

PIECE: Final = 500

Holds: TypeAlias = Callable[[Looked, Evolved, Entity | None], bool]


class _Tests(NamedTuple):
    """Whether the past of an entity meets the conditions of a question, and the attributes that tell it."""

    attributes: frozenset[str]
    hold: Holds


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
    candidate = await candidate_of(broker, tenant, entity_id)
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
    budget = Budget(broker.most_changes, broker.effort())
    broker = replace(broker, store=paid_by(broker.store, budget.effort))
    alone, common = apart(queries)
    attributes, holds = _tested([common, *alone]), _condition(common, budget.effort)
    matched = looked_at = 0
    page_of: list[Evolved] = []
    is_large = False
    async with aclosing(candidates(broker, tenant, alone, ordering, budget.effort)) as found:
        async for candidate, fitting in found:
            looked_at += 1
            if looked_at > MOST_CANDIDATES:
                detail = f"The past of more than {MOST_CANDIDATES} entities would have to be looked at."
                raise Problem(TooComplexQuery, detail)
            tests = _Tests(attributes, _each(holds, fitting, budget.effort))
            evolved = await _matching(broker, tenant, candidate, tests, query, asked, budget)
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
    tests: _Tests,
    query: TemporalQuery,
    asked: TemporalView,
    budget: Budget,
) -> Evolved | None:
    """The evolution of an entity, if it has any in the time asked for and it meets the conditions."""
    entity = candidate.entity
    candidate = candidate._replace(provided=await read_provided(broker.store, tenant, candidate.id))
    if not await _is_written_since(broker, tenant, candidate, query.written_since):
        return None
    looked = _look(broker, tenant, candidate, query, asked, tests.attributes)
    evolved = await _evolve(broker, looked, candidate, budget)
    if not evolved.kinds or not tests.hold(looked, evolved, entity):
        return None
    return evolved


def _is_large(page_of: Sequence[Evolved]) -> bool:
    """Whether a page of entities has all that one answer takes."""
    size = sum(placed.event.size for each in page_of for placed in each.placed)
    return size > MOST_BYTES or sum(len(each.placed) for each in page_of) > MOST_INSTANCES


async def _is_written_since(broker: Broker, tenant: str, candidate: Candidate, since: Instant) -> bool:
    """Whether anything of an entity may have been written since a moment. The modifiedAt of a part that was
    bought does not tell what went away; the newest change that its holder sees does."""
    provided = candidate.provided
    if candidate.entity is None or not since or (provided is not None and provided.series):
        return True
    if broker.product:
        newest = await broker.store.history(entity_key(tenant, candidate.id), Past(1))
        return bool(newest) and newest[0].at >= since
    return candidate.entity.get("modifiedAt", "~") >= since


def _each(common: Holds, fitting: Sequence[EntityQuery], effort: Effort) -> Holds:
    """What all queries ask for, and what one of those that an entity fits asks for besides."""

    def holds(looked: Looked, evolved: Evolved, entity: Entity | None) -> bool:
        return common(looked, evolved, entity) and any(
            _condition(each, effort)(looked, evolved, entity) for each in fitting
        )

    return holds


def _condition(query: EntityQuery, effort: Effort) -> Holds:
    """Whether the instances of the time asked for meet the conditions of a query (clause 5.7.4.4).

    A place without an instance in that time is where the entity is now: what never moves is found, too.
    """
    names = frozenset(query.attrs)
    within = scope_matcher(query.scope) if query.scope is not None else None
    place = (query.geo.attribute or LOCATION) if query.geo is not None else ""
    selects = matcher(EntityQuery(q=query.q, geo=query.geo), effort=effort)

    def holds(looked: Looked, evolved: Evolved, entity: Entity | None) -> bool:
        if names and names.isdisjoint(evolved.kinds):
            return False
        attrs = dict(looked.instances)
        if place and entity is not None:
            attrs.setdefault(place, entity["attrs"].get(place, []))
        if within is not None:
            now = [entity.get("scope", [])] if entity is not None else []
            if not any(within(scopes) for scopes in [*looked.scopes, *now]):
                return False
        then: Entity = {"id": evolved.id, "type": evolved.types, "attrs": attrs}
        for member in ("createdAt", "modifiedAt"):
            if entity is not None and member in entity:
                then[member] = entity[member]
        return selects(then)

    return holds


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
    return Looked(entity_key(tenant, candidate.id), query, asked, window, tested, candidate.provided)


async def _evolve(broker: Broker, looked: Looked, candidate: Candidate, budget: Budget) -> Evolved:
    """What is there now belongs to the past, too; who bought a part sees of it what traces show."""
    now = candidate.entity if not broker.product else None
    whole_since = await go_through(broker.store, looked, now, budget)
    evolved = evolved_of(looked, candidate.entity, whole_since)
    if looked.asked.form == "aggregates" and evolved.cut:
        detail = f"More than {MOST_AGGREGATED} instances or 64 MB would be aggregated; narrow the time."
        raise Problem(TooComplexQuery, detail)
    return evolved
