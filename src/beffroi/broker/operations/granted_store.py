"""A store as the holder of a grant sees it: whoever reads through it cannot see more than was bought.

Entities are cut (`rules/granted.py`). Of subscriptions there are the product's own, and only they can be
written. Everything else, other tenants included, does not exist.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from beffroi.broker.operations.granted_find import narrower
from beffroi.broker.operations.granted_past import GrantedPast
from beffroi.broker.operations.granted_seen import Seen
from beffroi.broker.operations.granted_stream import nothing, shown
from beffroi.broker.rules.entity.entity import KIND as ENTITY
from beffroi.broker.rules.provided.provided import KIND as PROVIDED
from beffroi.broker.rules.provided.provided import PART
from beffroi.broker.rules.query.facets import TYPE
from beffroi.broker.rules.subscription.audience import KIND as AUDIENCE
from beffroi.broker.rules.subscription.subscription_record import COUNTS, owner_of, subscription_key
from beffroi.broker.rules.subscription.subscription_record import KIND as SUBSCRIPTION
from beffroi.kernel.effort import Effort
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.kernel.problem import AlreadyExists, Forbidden, Problem
from beffroi.kernel.record import Commit, Key, Record, reading
from beffroi.store.port import All, Decide, Either, Find, Found, Past, Pending, Store, Trace, Where

_WRITTEN = frozenset({SUBSCRIPTION, COUNTS, AUDIENCE})
_NOBODY = Key("", "", "")


def paid_by(store: Store, effort: Effort) -> Store:
    """The same store for one question: comparisons with the area of what was bought are paid for like those
    that are asked for."""
    return store.paid_by(effort) if isinstance(store, GrantedStore) else store


class GrantedStore:
    """Reads what the grant covers; writes the product's own subscriptions, if the grant is live."""

    def __init__(
        self, store: Store, grant: Grant, sight: "_Sight | None" = None, effort: Effort | None = None
    ) -> None:
        self._store, self._grant, self._effort = store, grant, effort
        self._seen, self._narrowed, self._past = sight or _sight(store, grant)

    def paid_by(self, effort: Effort) -> "GrantedStore":
        """As the function; what one question finds out the next ones know."""
        if not self._grant.area:
            return self
        sight = _Sight(self._seen, self._narrowed, self._past.paid_by(effort))
        return GrantedStore(self._store, self._grant, sight, effort)

    async def read(self, keys: Sequence[Key]) -> dict[Key, Record]:
        tenant = self._grant.tenant
        if len(keys) == 1 and keys[0].kind == ENTITY:
            found = await self._store.read(keys) if keys[0].tenant == tenant else {}
            for record in found.values():
                seen_as = self._seen.of(record, self._effort)
                if seen_as is not record:
                    return {} if seen_as is None else {keys[0]: seen_as}
            return found
        if keys and keys[0].kind in {PROVIDED, PART}:
            provided = [(key, await self._past.provided(key)) for key in keys]
            return {key: record for key, record in provided if record is not None}
        asked = [key for key in keys if key.tenant == tenant and key.kind in {ENTITY, SUBSCRIPTION, COUNTS}]
        owners = [subscription_key(tenant, key.id) for key in asked if key.kind == COUNTS]
        stored = await self._store.read([*asked, *owners])
        seen: dict[Key, Record] = {}
        for key in asked:
            asked_for = stored.get(key)
            if asked_for is not None:
                own = (
                    self._seen.of(asked_for, self._effort)
                    if key.kind == ENTITY
                    else self._own(asked_for, stored)
                )
                if own is not None:
                    seen[key] = own
        return seen

    async def find(self, find: Find) -> Found:
        within = self._within(find)
        if within is None:
            return Found([], more=False, count=0 if find.count else None)
        found = await self._store.find(within)
        if find.kind == PROVIDED:
            cut = [await self._past.provided(record.key) for record in found.records]
            return Found([record for record in cut if record is not None], found.more, None)
        if find.kind != ENTITY:
            return found
        records = self._seen.all(found.records, self._effort)
        return found if records is found.records else Found(records, found.more, found.count)

    def stream(self, find: Find) -> AsyncIterator[Record]:
        within = self._within(find)
        return nothing() if within is None else shown(self._store.stream(within), self._see)

    async def values(self, tenant: str, kind: str, path: str) -> dict[str, int]:
        """Of entities their types; there is no other discovery by an index."""
        if tenant != self._grant.tenant or kind != ENTITY or path != TYPE:
            return {}
        if not self._grant.area:
            counts = await self._store.values(tenant, kind, path)
            return {name: count for name, count in counts.items() if name in self._grant.types}
        counted: dict[str, int] = {}
        for name in sorted(self._grant.types):
            every = Find(tenant, kind, Where(TYPE, "==", "text", name), exact=True, limit=1, count=True)
            if count := (await self.find(every)).count:
                counted[name] = count
        return counted

    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        """Raises Problem(Forbidden) for what is not the product's own business."""
        self._check(reads)

        def own(stored: Mapping[Key, Record]) -> Commit:
            seen = {
                key: record
                for key, record in stored.items()
                if key.kind == AUDIENCE or self._own(record, stored) is not None
            }
            commit = decide(seen)
            self._check([change.key for change in commit.changes])
            for change in commit.changes:
                if change.key in stored and change.key not in seen:
                    raise Problem(AlreadyExists, f"'{change.key.id}' already exists.")
                if change.key.kind == SUBSCRIPTION and change.document is not None:
                    self._check_owner(decode_object(change.document))
            return commit

        await self._store.transact(reads, own)

    async def lanes(self, now: Instant, limit: int) -> list[str]:  # noqa: ARG002 - nobody's outbox is seen
        return []

    async def next_due(self) -> Instant | None:
        return None

    async def pending(self, lane: str, limit: int) -> list[Pending]:  # noqa: ARG002
        return []

    async def history(self, key: Key, past: Past) -> list[Trace]:
        """The past of an entity, if the grant covers the past."""
        return await self._past.history(key, past)

    async def ended(self, tenant: str, kind: str, *, after: str, limit: int) -> list[Trace]:
        return await self._past.ended(tenant, kind, after=after, limit=limit)

    async def traces(self, *, after: int, limit: int) -> list[Trace]:
        """Which entities of granted types changed. Others keep their place in the numbering, and no more."""
        return [self._mark(trace) for trace in await self._store.traces(after=after, limit=limit)]

    async def last_trace(self) -> int:
        return await self._store.last_trace()

    async def forget_traces(self, before: Instant, limit: int) -> int:  # noqa: ARG002
        raise Problem(Forbidden, "What was bought can be read, not forgotten.")

    async def tenants(self) -> list[str]:
        return [self._grant.tenant]

    def mark(self) -> int:
        return self._store.mark()

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._store.on_commit(listener)

    async def close(self) -> None:
        """The store belongs to the node."""

    async def _see(self, record: Record) -> Record | None:
        if record.key.kind == PROVIDED:
            return await self._past.provided(record.key)
        return self._seen.of(record, self._effort) if record.key.kind == ENTITY else record

    def _within(self, find: Find) -> Find | None:
        if find.tenant != self._grant.tenant:
            return None
        if find.kind == ENTITY:
            return self._narrowed(find, self._effort)
        if find.kind == PROVIDED:
            types = Either(tuple(Where(TYPE, "==", "text", name) for name in sorted(self._grant.types)))
            return replace(find, where=All((find.where, types)))
        if find.kind != SUBSCRIPTION:
            return None
        wanted = find.keep

        def keep(record: Record) -> bool:
            own = self._owns(record.body)
            return own and (wanted is None or wanted(record))

        return replace(find, keep=keep, exact=False)

    def _own(self, record: Record, stored: Mapping[Key, Record]) -> Record | None:
        """A subscription of the product or its counters, else None."""
        subscription = stored.get(subscription_key(record.key.tenant, record.key.id))
        if subscription is None or not self._owns(subscription.body):
            return None
        return record

    def _owns(self, subscription: JsonObject) -> bool:
        """Whether a subscription is the product's, and made for no more than the token is for."""
        owner, grant = owner_of(subscription), self._grant
        return owner.product == grant.product and (not grant.scope or owner.scope == grant.scope)

    def _check(self, keys: Sequence[Key]) -> None:
        if not self._grant.live:
            raise Problem(Forbidden, "What was bought does not include subscriptions or writing.")
        for key in keys:
            if key.tenant != self._grant.tenant or key.kind not in _WRITTEN:
                raise Problem(Forbidden, "What was bought can be read, not written.")

    def _check_owner(self, subscription: JsonObject) -> None:
        if not self._owns(subscription):
            raise Problem(Forbidden, "A subscription made by a token belongs to the token's product.")

    def _mark(self, trace: Trace) -> Trace:
        types = self._types(trace)
        if not types:
            return Trace(trace.number, _NOBODY, trace.at, b"")
        return Trace(trace.number, trace.key, trace.at, encode({"type": list(types)}))

    def _types(self, trace: Trace) -> list[str]:
        if trace.key.tenant != self._grant.tenant or trace.key.kind != ENTITY:
            return []
        with reading(trace.key):
            types = decode_object(trace.body).get("type")
        return [str(name) for name in types if name in self._grant.types] if isinstance(types, list) else []


class _Sight(NamedTuple):
    """What knows how its holder sees what is stored."""

    seen: Seen
    narrowed: Callable[[Find, Effort | None], Find]
    past: GrantedPast


def _sight(store: Store, grant: Grant) -> _Sight:
    seen = Seen(grant)
    return _Sight(seen, narrower(grant, seen), GrantedPast(store, grant, seen))
