"""A store in which nothing is that has expired (clause 4.22): it is removed before somebody looks for it.

What has expired would still be counted, joined, or found by its old values until it is removed in the
background. Here a question first removes what is due, some at a time; where nothing of a tenant can expire,
that is looked up four times a second at most.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.broker.rules.entity.entity import KIND
from beffroi.broker.rules.entity.expiry import lasting_record, may_expire
from beffroi.broker.rules.query.facets import EXPIRES
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.problem import Problem, StorageFull
from beffroi.kernel.record import Key, Record
from beffroi.store.port import Decide, Find, Found, Past, Pending, Store, Trace, Where

LOOK_S: Final = 0.25
MOST_ROUNDS: Final = 5
"""Of removing, before one question is answered; the rest is left to the background."""
_NEVER: Final = Instant("9999-12-31T23:59:59.999999Z")


@dataclass(frozen=True, slots=True)
class _Look:
    """What was known of a tenant when one looked at `begun`: nothing expires before `until` (seconds of the
    clock) unless, where something `can` at all, the store's mark is another one."""

    begun: float
    until: float
    can: bool
    mark: int


class LastingStore:
    """`remove` removes some of what has expired of a tenant and says whether more may follow."""

    def __init__(
        self, store: Store, now: Callable[[], Instant], remove: Callable[[str], Awaitable[bool]]
    ) -> None:
        self._store, self._now, self._remove = store, now, remove
        self._looks: dict[str, _Look] = {}
        self._under_way: dict[str, asyncio.Event] = {}

    async def read(self, keys: Sequence[Key]) -> dict[Key, Record]:
        found = await self._store.read(keys)
        expiring = [key for key, record in found.items() if key.kind == KIND and may_expire(record)]
        for key in expiring:
            left = lasting_record(found.pop(key), self._now())
            if left is not None:
                found[key] = left
        return found

    async def find(self, find: Find) -> Found:
        if find.kind == KIND:
            await self._settle(find.tenant)
        return await self._store.find(find)

    async def stream(self, find: Find) -> AsyncIterator[Record]:
        if find.kind == KIND:
            await self._settle(find.tenant)
        async for record in self._store.stream(find):
            yield record

    async def values(self, tenant: str, kind: str, path: str) -> dict[str, int]:
        if kind == KIND:
            await self._settle(tenant)
        return await self._store.values(tenant, kind, path)

    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        await self._store.transact(reads, decide)

    async def lanes(self, now: Instant, limit: int) -> list[str]:
        return await self._store.lanes(now, limit)

    async def next_due(self) -> Instant | None:
        return await self._store.next_due()

    async def pending(self, lane: str, limit: int) -> list[Pending]:
        return await self._store.pending(lane, limit)

    async def history(self, key: Key, past: Past) -> list[Trace]:
        return await self._store.history(key, past)

    async def ended(self, tenant: str, kind: str, *, after: str, limit: int) -> list[Trace]:
        return await self._store.ended(tenant, kind, after=after, limit=limit)

    async def traces(self, *, after: int, limit: int) -> list[Trace]:
        return await self._store.traces(after=after, limit=limit)

    async def last_trace(self) -> int:
        return await self._store.last_trace()

    async def forget_traces(self, before: Instant, limit: int) -> int:
        return await self._store.forget_traces(before, limit)

    async def tenants(self) -> list[str]:
        return await self._store.tenants()

    def mark(self) -> int:
        return self._store.mark()

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._store.on_commit(listener)

    async def close(self) -> None:
        await self._store.close()

    async def _settle(self, tenant: str) -> None:
        """One looks for all who ask meanwhile, and they go on together when the look has ended."""
        asked = time.monotonic()
        while not self._is_settled(tenant, asked):
            under_way = self._under_way.get(tenant)
            if under_way is None:
                await self._look_for_all(tenant)
            else:
                await under_way.wait()

    def _is_settled(self, tenant: str, asked: float) -> bool:
        """Whether what was due at the moment `asked` is removed."""
        look = self._looks.get(tenant)
        if look is None:
            return False
        if look.begun >= asked:
            return True
        return time.monotonic() < look.until and (not look.can or look.mark == self._store.mark())

    async def _look_for_all(self, tenant: str) -> None:
        ended = self._under_way[tenant] = asyncio.Event()
        try:
            self._looks[tenant] = await self._look(tenant)
        finally:
            del self._under_way[tenant]
            ended.set()

    async def _look(self, tenant: str) -> _Look:
        begun = time.monotonic()
        can = await self._expires(tenant, _NEVER)
        soon = False
        if can:
            await self._remove_due(tenant)
            soon = await self._expires(tenant, plus_seconds(self._now(), LOOK_S))
        return _Look(begun, begun if soon else begun + LOOK_S, can, self._store.mark())

    async def _remove_due(self, tenant: str) -> None:
        for _ in range(MOST_ROUNDS):
            try:
                if not await self._remove(tenant):
                    return
            except Problem as problem:
                if problem.kind is not StorageFull:
                    raise
                return

    async def _expires(self, tenant: str, by: Instant) -> bool:
        due = Find(tenant, KIND, Where(EXPIRES, "<=", "time", by), limit=1)
        return bool((await self._store.find(due)).records)
