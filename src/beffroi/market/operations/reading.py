"""Operations that read documents (TMF630): retrieve and list. What an actor may not see does not exist."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from time import thread_time

from beffroi.kernel.effort import Effort
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, TooManyResults
from beffroi.kernel.record import Record
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import not_found
from beffroi.market.rules.documents.event import with_href
from beffroi.market.rules.documents.matches import matcher
from beffroi.market.rules.documents.narrow import narrow, of_parties, of_role
from beffroi.market.rules.documents.ordering import Place, in_order, place_of
from beffroi.market.rules.documents.question import Condition, Question
from beffroi.market.rules.documents.resource import TENANT, Resource
from beffroi.market.rules.documents.roles import Role, with_role
from beffroi.market.rules.documents.visibility import Actor, sees_all, visible
from beffroi.store.port import All, Find

MOST_SORTED = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of documents, and how many match in all."""

    documents: Sequence[JsonObject]
    total: int


@dataclass(frozen=True, slots=True)
class Sought:
    """Documents of one kind that satisfy a condition; with a role those alone in which the actor's party has
    it, unless the actor sees every document."""

    resource: Resource
    where: Condition = ()
    role: Role | None = None


async def retrieve(market: Market, resource: Resource, id: str, actor: Actor) -> JsonObject:
    """One document. Raises Problem(ResourceNotFound)."""
    key = resource.key(id)
    record = (await market.store.read([key])).get(key)
    if record is None or not visible(resource, record.body, actor):
        raise not_found(resource, id)
    return record.body


async def documents(market: Market, resource: Resource, asked: Question, actor: Actor, base: str) -> Listed:
    """The documents that an actor asks for, on the page asked for; `base` is the address in their href."""
    find = _find(resource, asked, actor, base)
    if asked.sort:
        return await _sorted(market, find, asked)
    found = await market.store.find(find)
    return Listed([record.body for record in found.records], found.count or 0)


async def count(market: Market, sought: Sought, actor: Actor) -> int:
    """How many documents there are for an actor."""
    return (await market.store.find(replace(_seek(market, sought, actor), limit=0, count=True))).count or 0


async def newest(market: Market, sought: Sought, actor: Actor, total: int, page: slice) -> list[JsonObject]:
    """Documents by their creation, the newest first: those with these numbers, from 0; `total` is how many
    there are."""
    first, last = max(total - page.stop, 0), max(total - page.start, 0)
    if first == last:
        return []
    found = await market.store.find(replace(_seek(market, sought, actor), offset=first, limit=last - first))
    return [record.body for record in reversed(found.records)]


async def every(market: Market, sought: Sought, actor: Actor) -> AsyncIterator[JsonObject]:
    """All of the documents, the oldest first, read in pieces."""
    async for record in market.store.stream(replace(_seek(market, sought, actor), limit=None)):
        yield record.body


async def ids_of(market: Market, sought: Sought, actor: Actor) -> list[str]:
    """The ids of all of the documents, the oldest first; where the indexes say all, none is decoded."""
    found = market.store.stream(replace(_seek(market, sought, actor), limit=None))
    return [record.key.id async for record in found]


def _seek(market: Market, sought: Sought, actor: Actor) -> Find:
    found, role = _find(sought.resource, Question(sought.where), actor, market.address), sought.role
    keep = found.keep
    if keep is None or role is None or sees_all(actor):
        return replace(found, count=False)

    def keep_with_role(record: Record) -> bool:
        return actor.party in with_role(record.body, role) and keep(record)

    where = All((found.where, of_role(actor.party, role)))
    return replace(found, where=where, keep=keep_with_role, count=False)


def _find(resource: Resource, asked: Question, actor: Actor, base: str) -> Find:
    where, exact = narrow(resource, asked.where)
    if not sees_all(actor):
        where = All((where, of_parties(resource, actor.party)))
        exact = exact and not resource.hidden

    holds = matcher(asked.where, Effort(thread_time))

    def keep(record: Record) -> bool:
        body = record.body
        return visible(resource, body, actor) and holds(with_href(resource, body, base))

    return Find(
        TENANT,
        resource.kind,
        where,
        keep,
        exact,
        offset=asked.offset,
        limit=asked.limit,
        count=True,
    )


async def _sorted(market: Market, find: Find, asked: Question) -> Listed:
    """Sort what matches; more than MOST_SORTED documents are refused."""
    places = list[tuple[tuple[Place | None, ...], Record]]()
    whole = Find(find.tenant, find.kind, find.where, find.keep, find.exact, limit=None)
    async for record in market.store.stream(whole):
        if len(places) >= MOST_SORTED:
            raise Problem(
                TooManyResults, f"More than {MOST_SORTED} documents match; ask for fewer, or without 'sort'."
            )
        body = record.body
        places.append((tuple(place_of(body, sorting) for sorting in asked.sort), record))
    page = in_order(places, asked.sort)[asked.offset : asked.offset + asked.limit]
    return Listed([record.body for record in page], len(places))
