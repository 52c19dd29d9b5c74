"""The history of a store as the holder of a grant sees it: nothing, unless the past was bought.

What exists now is seen as it is seen everywhere; what was deleted is seen if it was of a type and in the area
that were bought to the last. Of both the past is cut (`rules/granted_past.py`).
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from beffroi.broker.operations.granted_seen import Seen
from beffroi.broker.operations.pieces import FIRST_PIECE, next_piece
from beffroi.broker.rules.entity.entity import KIND as ENTITY
from beffroi.broker.rules.granted_past import Lies, bought_types, cut_trace, is_deletion, place_test
from beffroi.kernel.grant import Grant
from beffroi.kernel.json import decode_object
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.kernel.record import Key
from beffroi.store.port import Past, Store, Trace

PIECE: Final = 500
MOST_GONE_THROUGH: Final = 200_000
"""Traces that are looked at for one question."""
MOST_REMEMBERED: Final = 1_000
"""Entities of which is remembered when they came into the area."""


class GrantedPast:
    """Traces of entities, cut to what a grant covers."""

    def __init__(self, store: Store, grant: Grant, seen: Seen) -> None:
        self._store, self._grant, self._seen = store, grant, seen
        self._lies = place_test(grant) if grant.area else None
        self._entered = OrderedDict[Key, tuple[int, int | None]]()

    async def history(self, key: Key, past: Past) -> list[Trace]:
        """What is seen of the traces that are asked for. Raises Problem(TooComplexQuery)."""
        if not self._grant.history or key.kind != ENTITY or key.tenant != self._grant.tenant:
            return []
        first = await self._first_seen(key)
        if first is None:
            return []
        asked, gone = replace(past, after=max(past.after, first - 1)), 0
        found: list[Trace] = []
        while gone < MOST_GONE_THROUGH:
            traces = await self._store.history(key, asked)
            gone += len(traces)
            cut = map(self._cut, traces)
            found += [trace for trace in cut if trace is not None]
            if len(found) >= past.limit or len(traces) < asked.limit:
                return found[: past.limit]
            last, limit = traces[-1].number, next_piece(traces)
            newest = past.first == "newest"
            asked = (
                replace(asked, before=last, limit=limit)
                if newest
                else replace(asked, after=last, limit=limit)
            )
        raise _too_long()

    async def ended(self, tenant: str, kind: str, *, after: str, limit: int) -> list[Trace]:
        """The deletions that are seen."""
        found: list[Trace] = []
        if not self._grant.history or kind != ENTITY or tenant != self._grant.tenant:
            return found
        for _ in range(MOST_GONE_THROUGH // PIECE):
            traces = await self._store.ended(tenant, kind, after=after, limit=PIECE)
            for trace in traces:
                cut = self._cut(trace)
                if cut is not None and await self._first_of_gone(trace) is not None:
                    found.append(cut)
            if len(found) >= limit or len(traces) < PIECE:
                return found[:limit]
            after = traces[-1].key.id
        raise _too_long()

    def _cut(self, trace: Trace) -> Trace | None:
        body = cut_trace(trace.at, trace.body, self._grant)
        return None if body is None else trace._replace(body=body)

    async def _first_seen(self, key: Key) -> int | None:
        """The number of the first trace that is seen of an entity; None for one that is not seen at all."""
        record = (await self._store.read([key])).get(key)
        if record is not None and self._seen.of(record) is None:
            return None
        if record is not None and self._lies is None:
            return 1
        newest = await self._store.history(key, Past(1))
        if record is not None:
            return await self._since(key, newest[0].number if newest else 0, before=0)
        return await self._first_of_gone(newest[0]) if newest else None

    async def _first_of_gone(self, last: Trace) -> int | None:
        """The same of an entity that is not there any more, by its last trace."""
        body = decode_object(last.body)
        if not is_deletion(body) or not bought_types(body, self._grant):
            return None
        return await self._since(last.key, last.number, before=last.number)

    async def _since(self, key: Key, newest: int, before: int) -> int | None:
        """As `_came_in`, remembered until there is a newer trace; all of it where no area was bought."""
        if self._lies is None:
            return 1
        known = self._entered.get(key)
        if known is None or known[0] != newest:
            known = (newest, await self._came_in(self._lies, key, before))
            self._remember(key, known)
        return known[1]

    def _remember(self, key: Key, known: tuple[int, int | None]) -> None:
        if len(self._entered) >= MOST_REMEMBERED:
            self._entered.popitem(last=False)
        self._entered[key] = known

    async def _came_in(self, lies: Callable[[bytes], Lies], key: Key, before: int) -> int | None:
        """The number of the trace since which the entity is in the area. `before` is that of its deletion, 0
        for what is there now, which is in the area now."""
        is_there, entered, limit, gone = not before, list[int](), FIRST_PIECE, 0
        while gone < MOST_GONE_THROUGH:
            traces = await self._store.history(key, Past(limit, before=before))
            gone += len(traces)
            for trace in traces:
                found = lies(trace.body)
                if found == "inside":
                    entered.append(trace.number)
                elif found == "outside":
                    return entered[-1] if entered else None
            if len(traces) < limit:
                # Where no trace says how it came in, it has been in since before the first of them.
                return entered[-1] if entered else 1 if is_there else None
            before, limit = traces[-1].number, next_piece(traces)
        return entered[-1] if entered else None


def _too_long() -> Problem:
    detail = f"More than {MOST_GONE_THROUGH} changes have to be gone through; narrow the time."
    return Problem(TooComplexQuery, detail)
