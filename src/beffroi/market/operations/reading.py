"""Operations that read documents (TMF630): retrieve and list. What an actor may not see does not exist."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, TooManyResults
from beffroi.kernel.record import Key, Record
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import not_found
from beffroi.market.rules.documents.event import with_href
from beffroi.market.rules.documents.matches import matches
from beffroi.market.rules.documents.narrow import narrow, of_parties
from beffroi.market.rules.documents.ordering import Place, in_order, place_of
from beffroi.market.rules.documents.question import Condition, Question
from beffroi.market.rules.documents.resource import TENANT, Resource
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
    """Documents of one kind that satisfy a condition, and of those the ones that `also` lets through: what no
    condition says, such as the role of a party."""

    resource: Resource
    where: Condition = ()
    also: Callable[[JsonObject], bool] | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many documents are sought; `keys` are theirs, the oldest first, where no index says which they are,
    so that they are looked through once."""

    total: int
    keys: Sequence[Key] | None = None


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


async def counted(market: Market, sought: Sought, actor: Actor) -> Counted:
    """As `count`, for who then asks for the newest of them."""
    if sought.also is None:
        return Counted(await count(market, sought, actor))
    found = market.store.stream(replace(_seek(market, sought, actor), limit=None))
    keys = [record.key async for record in found]
    return Counted(len(keys), keys)


async def newest(
    market: Market, sought: Sought, actor: Actor, known: Counted, page: slice
) -> list[JsonObject]:
    """Documents by their creation, the newest first: those with these numbers, from 0."""
    first, last = max(known.total - page.stop, 0), max(known.total - page.start, 0)
    if first == last:
        return []
    if known.keys is not None:
        keys = known.keys[first:last]
        read = await market.store.read(keys)
        return [read[key].body for key in reversed(keys) if key in read]
    found = await market.store.find(replace(_seek(market, sought, actor), offset=first, limit=last - first))
    return [record.body for record in reversed(found.records)]


async def every(market: Market, sought: Sought, actor: Actor) -> AsyncIterator[JsonObject]:
    """All of the documents, the oldest first, read in pieces."""
    async for record in market.store.stream(replace(_seek(market, sought, actor), limit=None)):
        yield record.body


def _seek(market: Market, sought: Sought, actor: Actor) -> Find:
    found = _find(sought.resource, Question(sought.where), actor, market.address)
    keep, also = found.keep, sought.also
    if keep is None or also is None:
        return replace(found, count=False)

    def keep_also(record: Record) -> bool:
        return keep(record) and also(record.body)

    return replace(found, keep=keep_also, exact=False, count=False)


def _find(resource: Resource, asked: Question, actor: Actor, base: str) -> Find:
    where, exact = narrow(resource, asked.where)
    if not sees_all(actor):
        where = All((where, of_parties(resource, actor.party)))

    def keep(record: Record) -> bool:
        body = record.body
        return visible(resource, body, actor) and matches(asked.where, with_href(resource, body, base))

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
