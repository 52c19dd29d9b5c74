"""Sample: the first entities of an offer as its buyer would see them: read through the grant."""

from dataclasses import dataclass
from typing import Final

from beffroi.broker.operations.entities import query_entities
from beffroi.broker.operations.services import granted
from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.query.query import EntityQuery, Name, Page
from beffroi.kernel.problem import NonexistentTenant, Problem, TooComplexQuery
from beffroi.portal.reading.market.offers import Offer
from beffroi.portal.reading.survey import Survey, survey_among
from beffroi.portal.services import Portal

MOST_TYPES: Final = 4
MOST_READ: Final = 100
GOOD_FOR_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The first entities of one type, how many there are in all, and what their attributes hold."""

    type: str
    count: int
    entities: tuple[Entity, ...]
    survey: Survey


async def sample_of(portal: Portal, offer: Offer) -> tuple[Sample, ...]:
    """A sample of each of the first types; none for an outside service."""
    grant = offer.grant
    if grant is None:
        return ()

    async def read() -> tuple[Sample, ...]:
        return tuple([await _sample(portal, offer, uri) for uri in sorted(grant.types)[:MOST_TYPES]])

    name = f"market sample {grant}"
    return await portal.memory.recall(name, portal.broker.now(), GOOD_FOR_SECONDS, read)


async def _sample(portal: Portal, offer: Offer, uri: str) -> Sample:
    assert offer.grant is not None
    seen = granted(portal.broker, offer.grant)
    for page in (Page(limit=MOST_READ, count=True), Page(limit=MOST_READ)):
        try:
            answer = await query_entities(seen, offer.grant.tenant, [EntityQuery(types=Name(uri))], page)
        except Problem as problem:
            if problem.kind is TooComplexQuery:  # an area with too many corners to count in: without a number
                continue
            if problem.kind is NonexistentTenant:
                break
            raise
        entities = tuple(answer.entities)
        return Sample(uri, answer.count or 0, entities, survey_among(entities))
    return Sample(uri, 0, (), Survey())
