"""Operations that write documents (TMF630): create, change, remove, and what the node does itself.

Every write is one commit: documents, audit entries, events for the listeners, and the steps that go on.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.market.operations.committing import Picture, commit
from beffroi.market.operations.referring import check_unnamed, users_of
from beffroi.market.operations.services import Market, behaviour_of
from beffroi.market.rules.access.handover import notices
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.bills.party_form import check_not_erased, own_keys
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Seed, Written
from beffroi.market.rules.documents.document import changed, made
from beffroi.market.rules.documents.movers import check_moves, check_sellers
from beffroi.market.rules.documents.once import Once, answered, remembered
from beffroi.market.rules.documents.plan import Act, happening_of, hubs_of, planned
from beffroi.market.rules.documents.references import check_references, references
from beffroi.market.rules.documents.removal import (
    Leaving,
    check_stays,
    is_marked,
    mark,
    removing_key,
    removing_keys,
)
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.documents.visibility import Actor, check_may_write, nameable, visible

Make: TypeAlias = Callable[[JsonObject], JsonObject]
"""What a client makes of the document as it is."""

PAUSES_S: Final = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and why, as far as it is said; `otherwise` stands in the log where no reason is."""

    actor: Actor
    reason: str = ""
    otherwise: str = ""

    def why(self) -> str:
        """The reason for the log."""
        return self.reason or self.otherwise


async def create(
    market: Market, resource: Resource, given: JsonObject, asker: Asker, once: Once | None = None
) -> JsonObject:
    """Make a document; with `once`, a request that comes again gets the answer of the first."""
    act, id = _act(market, asker), market.new_id()
    behaviour = behaviour_of(market, resource)
    if behaviour.counts:
        await market.settle()
    result: list[JsonObject] = []

    def decide(picture: Picture) -> Commit | frozenset[Key]:
        first = () if once is None else (once.key,)
        if missing := picture.lacks(first):
            return missing
        known = answered(once, picture.records) if once else None
        if known is not None:
            result[:] = [known]
            return Commit()
        body = made(resource, given, id, act.now)
        check_sellers(resource, body, None, asker.actor)
        asked = references(resource, body, market.address)
        named = [*own_keys(asker.actor), *(key for one in asked for key in one.keys)]
        needs = [*named, *behaviour.needs(body, None, picture.records)]
        if missing := picture.lacks([*needs, *removing_keys(needs)]):
            return missing
        check_stays(needs, picture.records, act.now)
        check_not_erased(asker.actor, picture.records)
        check_references(asked, picture.records, lambda named, other: nameable(named, other, asker.actor))
        outcome = behaviour.make(body, _scene(market, picture, act, id))
        check_may_write(resource, outcome.body, asker.actor)
        result[:] = [outcome.body]
        decided = _decided(picture, act, (Written(resource.name, id, outcome.body),), outcome)
        if once is None or isinstance(decided, frozenset):
            return decided
        kept, forget = remembered(once, outcome.body, act.now)
        return decided._replace(changes=(*decided.changes, kept), events=(*decided.events, forget))

    await _settled(lambda: commit(market.store, (), decide))
    return result[0]


async def change(market: Market, resource: Resource, id: str, make: Make, asker: Asker) -> JsonObject:
    """Change a document as it is now; where nothing changes, nothing is written."""
    users = behaviour_of(market, resource).users
    if users is None:
        return await _change(market, resource, id, make, asker)
    async with leaving(market, resource, id, asker) as by:
        used = _Used(by, await users_of(market, users, id))
        return await _change(market, resource, id, make, asker, used)


@dataclass(frozen=True, slots=True)
class _Used:
    """The documents that name the one that is changed, and who keeps others from naming it meanwhile."""

    by: str = ""
    users: Sequence[Key] = ()


async def _change(
    market: Market, resource: Resource, id: str, make: Make, asker: Asker, used: _Used = _Used()
) -> JsonObject:
    act, seed = _act(market, asker), market.new_id()
    behaviour, key = behaviour_of(market, resource), resource.key(id)
    first = (key, removing_key(key), *used.users) if used.by else (key,)
    result: list[JsonObject] = []

    def decide(picture: Picture) -> Commit | frozenset[Key]:
        if missing := picture.lacks(first):
            return missing
        before = _existing(picture, resource, id, asker.actor)
        check_may_write(resource, before, asker.actor)
        after = changed(resource, before, make(before), act.now)
        result[:] = [before]
        if after is before:
            return Commit()
        if used.by and not is_marked(key, picture.records, act.now, used.by):
            raise Problem(Conflict, f"To change the {resource.name} '{id[:100]}' took too long; try again.")
        check_moves(resource, before, after, asker.actor)
        check_sellers(resource, after, before, asker.actor)
        old = {(one.member, one.id) for one in references(resource, before, market.address)}
        asked = [
            one for one in references(resource, after, market.address) if (one.member, one.id) not in old
        ]
        named = [key for one in asked for key in one.keys]
        needs = [*named, *removing_keys(named), *behaviour.needs(after, before, picture.records)]
        if missing := picture.lacks(needs):
            return missing
        check_stays(named, picture.records, act.now)
        check_references(asked, picture.records, lambda named, other: nameable(named, other, asker.actor))
        outcome = behaviour.change(before, after, _scene(market, picture, act, seed))
        check_may_write(resource, outcome.body, asker.actor)
        result[:] = [outcome.body]
        return _decided(picture, act, (Written(resource.name, id, outcome.body),), outcome)

    await _settled(lambda: commit(market.store, first, decide))
    return result[0]


async def remove(market: Market, resource: Resource, id: str, asker: Asker) -> None:
    """Remove a document that no other one names, and that none comes to name meanwhile."""
    async with leaving(market, resource, id, asker) as by:
        await check_unnamed(market, resource, id, asker.actor)
        await _remove(market, resource, id, by, asker)


@asynccontextmanager
async def leaving(market: Market, resource: Resource, id: str, asker: Asker) -> AsyncGenerator[str]:
    """Keep others from naming a document while the block runs; gives the name of who keeps them."""
    by, key = market.new_id(), resource.key(id)
    await _settled(
        lambda: commit(market.store, (key,), lambda seen: _begun(market, resource, id, by, asker, seen))
    )
    try:
        yield by
    finally:
        await _stays(market, key, by)


def _begun(
    market: Market, resource: Resource, id: str, by: str, asker: Asker, picture: Picture
) -> Commit | frozenset[Key]:
    """Mark a document that is on its way out."""
    key, now = resource.key(id), market.now()
    if missing := picture.lacks([key, removing_key(key)]):
        return missing
    check_may_write(resource, _existing(picture, resource, id, asker.actor), asker.actor)
    check_stays([key], picture.records, now)
    return Commit((mark(key, by, now),))


async def _stays(market: Market, key: Key, by: str) -> None:
    """Take the mark away again."""
    now, marked = market.now(), removing_key(key)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        return Commit((Change(marked, None),)) if is_marked(key, stored, now, by) else Commit()

    await market.store.transact([marked], decide)


async def _remove(market: Market, resource: Resource, id: str, by: str, asker: Asker) -> None:
    act, seed = _act(market, asker), market.new_id()
    behaviour, key = behaviour_of(market, resource), resource.key(id)

    def decide(picture: Picture) -> Commit | frozenset[Key]:
        if missing := picture.lacks([key]):
            return missing
        before = _existing(picture, resource, id, asker.actor)
        check_may_write(resource, before, asker.actor)
        if missing := picture.lacks(behaviour.needs(before, before, picture.records)):
            return missing
        if not is_marked(key, picture.records, act.now, by):
            raise Problem(Conflict, f"To remove the {resource.name} '{id[:100]}' took too long; try again.")
        outcome = behaviour.remove(before, _scene(market, picture, act, seed))
        decided = _decided(picture, act, (Written(resource.name, id, None),), outcome)
        if isinstance(decided, frozenset):
            return decided
        return decided._replace(changes=(*decided.changes, Change(removing_key(key), None)))

    await commit(market.store, (key, removing_key(key)), decide)


async def _settled(write: Callable[[], Awaitable[None]]) -> None:
    """Write; where a document that is named is just being removed, wait until it is gone or stays."""
    for pause_s in PAUSES_S:
        try:
            return await write()
        except Leaving:
            await asyncio.sleep(pause_s)
    return await write()


Needs: TypeAlias = Callable[[Picture], Iterable[Key]]
Rule: TypeAlias = Callable[[Scene], Outcome | None]


async def act_as_node(market: Market, needs: Needs, rule: Rule, reason: str) -> None:
    """A step that the node does itself, in one commit like those of clients.

    `needs` names the records that the rule has to see, those that it rewrites among them; the rule returns
    the documents as `others` of its outcome, whose own body is of no account, or None where nothing is left
    to do.
    """
    await _step(market, needs, rule, replace(_act(market, None), reason=reason))


async def act(market: Market, needs: Needs, rule: Rule, asker: Asker) -> None:
    """The same for what somebody asks for that is more than to write one document."""
    await _step(market, needs, rule, _act(market, asker))


async def _step(market: Market, needs: Needs, rule: Rule, act: Act) -> None:
    seed = market.new_id()

    def decide(picture: Picture) -> Commit | frozenset[Key]:
        if missing := picture.lacks(needs(picture)):
            return missing
        outcome = rule(_scene(market, picture, act, seed))
        return Commit() if outcome is None else _decided(picture, act, (), outcome)

    await commit(market.store, (), decide)


def _decided(picture: Picture, act: Act, own: Sequence[Written], outcome: Outcome) -> Commit | frozenset[Key]:
    """The commit of an outcome, or the keys of those documents and listeners that it needs to see first."""
    written = (*own, *outcome.others)
    if missing := picture.lacks(RESOURCES[one.resource].key(one.id) for one in written):
        return missing
    found = [happening_of(one, picture.records) for one in written]
    happenings = [one for one in found if one is not None]
    if missing := picture.lacks(hubs_of(happenings)):
        return missing
    told = notices(happenings, act.ids[0], act.now)
    commit = planned(happenings, (*outcome.steps, *told), picture.records, act)
    changes, events = (*commit.changes, *outcome.records), (*commit.events, *outcome.events)
    return commit._replace(changes=changes, events=events)


def _existing(picture: Picture, resource: Resource, id: str, actor: Actor) -> JsonObject:
    record = picture.records.get(resource.key(id))
    if record is None or not visible(resource, record.body, actor):
        raise not_found(resource, id)
    return record.body


def not_found(resource: Resource, id: str) -> Problem:
    """The same for a document that is not there and for one that the actor may not see."""
    return Problem(ResourceNotFound, f"There is no {resource.name} '{id[:100]}'.")


def _act(market: Market, asker: Asker | None) -> Act:
    ids = Seed(market.new_id())
    if asker is None:
        return Act(market.now(), ids, market.address)
    return Act(market.now(), ids, market.address, asker.actor, asker.reason, asker.otherwise)


def _scene(market: Market, picture: Picture, act: Act, seed: str) -> Scene:
    return Scene(picture.records, act.now, Seed(seed), act.actor, act.reason, market.expand)
