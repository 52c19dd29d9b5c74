"""The history of a store as the holder of a grant sees it: nothing, unless the past was bought.

What exists now is seen as it is seen everywhere; what was deleted is seen if it was of a type and in the area
that were bought to the last. Of both the past is cut (`rules/granted_past.py`).
"""

import asyncio
from collections import OrderedDict
from copy import copy
from dataclasses import replace
from typing import Final, NamedTuple, TypeVar, cast

from beffroi.broker.operations.granted_seen import Seen
from beffroi.broker.operations.pieces import FIRST_PIECE, next_piece
from beffroi.broker.operations.provided import MOST_TRIES, Replaced, read_parts
from beffroi.broker.rules.entity.entity import KIND as ENTITY
from beffroi.broker.rules.entity.entity import LOCATION, entity_key
from beffroi.broker.rules.granted_past import (
    Lies,
    LiesTest,
    bought_types,
    cut_instances,
    cut_provided,
    cut_trace,
    entered_at,
    is_deletion,
    place_test,
    placed_trace,
)
from beffroi.broker.rules.provided.instance import row_of
from beffroi.broker.rules.provided.provided import KIND as PROVIDED
from beffroi.broker.rules.provided.provided import (
    Provided,
    Series,
    body_of,
    provided_key,
    provided_of,
)
from beffroi.broker.rules.provided.shelf import instances_of
from beffroi.kernel.effort import Effort
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import Json, JsonObject, decode_object, encode
from beffroi.kernel.problem import Problem, TooComplexQuery, Unavailable
from beffroi.kernel.record import Key, Record, reading
from beffroi.store.port import Past, Store, Trace

PIECE: Final = 500
MOST_GONE_THROUGH: Final = 200_000
"""Traces that are looked at for one question."""
MOST_REMEMBERED: Final = 1_000
"""Entities of which is remembered when they came into the area."""

_What = TypeVar("_What")

_INSIDE: Final[Lies] = "inside"
_OUTSIDE: Final[Lies] = "outside"
_ALWAYS: Final = Instant("~")
"""Later than every moment: nothing says since when."""


class Entered(NamedTuple):
    """The first trace since an entity is in the area, or the first of all (1): its number and its moment; and
    when it was outside before, if it was."""

    number: int
    at: Instant = NO_INSTANT
    outside_at: Instant = NO_INSTANT


class _OfProvided(NamedTuple):
    """What was provided of an entity, as it is stored (its number and a keyed hash), and when the entity came
    into the area by its traces."""

    number: int
    document: int
    entered: Entered | None


class GrantedPast:
    """Traces of entities, cut to what a grant covers."""

    def __init__(self, store: Store, grant: Grant, seen: Seen) -> None:
        self._store, self._grant, self._seen = store, grant, seen
        self._lies = place_test(grant) if grant.area else None
        self._effort: Effort | None = None
        self._entered = OrderedDict[Key, tuple[int, Entered | None]]()
        self._placed = OrderedDict[Key, tuple[_OfProvided, Instant | None]]()

    def paid_by(self, effort: Effort) -> "GrantedPast":
        """As that of the store."""
        own = copy(self)
        own._effort = effort
        own._lies = None if self._lies is None else effort.timed(self._lies)
        return own

    async def history(self, key: Key, past: Past) -> list[Trace]:
        """What is seen of the traces that are asked for. Raises Problem(TooComplexQuery)."""
        if not self._grant.history or key.kind != ENTITY or key.tenant != self._grant.tenant:
            return []
        first = await self._seen_since(key)
        if first is None:
            return []
        asked, gone = replace(past, after=max(past.after, first.number - 1)), 0
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
                if cut is not None and await self._since_of_gone(trace) is not None:
                    found.append(cut)
            if len(found) >= limit or len(traces) < PIECE:
                return found[:limit]
            after = traces[-1].key.id
        raise _too_long()

    def _cut(self, trace: Trace) -> Trace | None:
        with reading(trace.key):
            body = cut_trace(trace.at, trace.body, self._grant)
        return None if body is None else trace._replace(body=body)

    async def provided(self, key: Key) -> Record | None:
        """What is seen of what was provided of the past of an entity, or of a part of it."""
        if not self._grant.history or key.tenant != self._grant.tenant:
            return None
        for _ in range(MOST_TRIES):
            record = (await self._store.read([key])).get(key)
            if record is None:
                return None
            try:
                return await (self._cut_provided(record) if key.kind == PROVIDED else self._cut_part(record))
            except Replaced:
                continue
        raise Problem(Unavailable, "The past is being written all the time; try again.")

    async def _cut_provided(self, record: Record) -> Record | None:
        provided = provided_of(record.body)
        cut = cut_provided(provided, self._grant)
        if await self._provided_since(record, provided) is None:
            cut = replace(cut, types=(), series=())
        return None if cut.is_bare else _shown(record, body_of(cut))

    async def _cut_part(self, record: Record) -> Record | None:
        tenant, body = record.key.tenant, record.body
        key = provided_key(tenant, str(body["of"]))
        whole = (await self._store.read([key])).get(key)
        if whole is None:
            return None
        provided = provided_of(whole.body)
        since = await self._provided_since(whole, provided)
        bought = {series.name for series in cut_provided(provided, self._grant).series}
        if since is None or body["name"] not in bought:
            return None
        rows = [row_of(each) for each in cut_instances(instances_of(body), since, self._grant)]
        return _shown(record, {**body, "instances": cast("Json", rows)})

    async def _provided_since(self, record: Record, provided: Provided) -> Instant | None:
        """Since when instances are seen that were provided of an entity; None where none is."""
        key = entity_key(record.key.tenant, provided.id)
        entered = await self._seen_since(key)
        if entered is None:
            lived = await self._store.history(key, Past(1))
            is_there = bool(await self._store.read([key]))
            is_known = is_there or (lived and lived[0].at > provided.gone_until)
            if is_known or not self._grant.types.intersection(provided.types):
                return None
        if self._lies is None:
            return NO_INSTANT
        of = _OfProvided(record.number, hash(record.document), entered)
        known = self._placed.get(key)
        if known is None or known[0] != of:
            known = (of, await self._placed_since(key, provided, entered, self._lies))
            _remember(self._placed, key, known)
        return known[1]

    async def _placed_since(
        self, key: Key, provided: Provided, entered: Entered | None, lies: LiesTest
    ) -> Instant | None:
        """The same by the places that traces and those who provide say of an entity."""
        places: list[tuple[Instant, Lies]] = [] if entered is None else [(entered.at, _INSIDE)]
        if entered is not None and entered.outside_at:
            places.append((entered.outside_at, _OUTSIDE))
        for series in provided.named(LOCATION):
            places += await self._places(key.tenant, provided.id, series, lies)
        return entered_at(sorted(places, key=lambda place: (place[0], place[1] == _OUTSIDE), reverse=True))

    async def _places(
        self, tenant: str, entity_id: str, series: Series, lies: LiesTest
    ) -> list[tuple[Instant, Lies]]:
        """The places that were provided, the newest first, up to one outside. Raises Replaced."""
        found: list[tuple[Instant, Lies]] = []
        for row in reversed(series.parts):
            (part,) = await read_parts(self._store, tenant, entity_id, [row])
            found += await asyncio.to_thread(_places_of, part, lies)
            if found and found[-1][1] == _OUTSIDE:
                return found
            if len(found) > MOST_GONE_THROUGH:
                raise _too_long()
        return found

    async def _seen_since(self, key: Key) -> Entered | None:
        """The first trace that is seen of an entity; None for one that is not seen at all."""
        record = (await self._store.read([key])).get(key)
        if record is not None and self._seen.of(record, self._effort) is None:
            return None
        if record is not None and self._lies is None:
            return Entered(1)
        newest = await self._store.history(key, Past(1))
        if record is not None:
            return await self._since(key, newest[0].number if newest else 0, before=0)
        return await self._since_of_gone(newest[0]) if newest else None

    async def _since_of_gone(self, last: Trace) -> Entered | None:
        """The same of an entity that is not there any more, by its last trace."""
        with reading(last.key):
            body = decode_object(last.body)
        if not is_deletion(body) or not bought_types(body, self._grant):
            return None
        return await self._since(last.key, last.number, before=last.number)

    async def _since(self, key: Key, newest: int, before: int) -> Entered | None:
        """As `_came_in`, remembered until there is a newer trace; all of it where no area was bought."""
        if self._lies is None:
            return Entered(1)
        known = self._entered.get(key)
        if known is None or known[0] != newest:
            known = (newest, await self._came_in(self._lies, key, before))
            _remember(self._entered, key, known)
        return known[1]

    async def _came_in(self, lies: LiesTest, key: Key, before: int) -> Entered | None:
        """The trace since which the entity is in the area. `before` is the number of that of its deletion, 0
        for what is there now, which is in the area now."""
        is_there, entered, limit, gone = not before, list[Trace](), FIRST_PIECE, 0
        oldest: Trace | None = None
        while gone < MOST_GONE_THROUGH:
            traces = await self._store.history(key, Past(limit, before=before))
            gone += len(traces)
            for trace in traces:
                oldest = trace
                with reading(key):
                    found = lies(trace.body)
                if found == _INSIDE:
                    entered.append(trace)
                elif found == _OUTSIDE:
                    return Entered(entered[-1].number, entered[-1].at, trace.at) if entered else None
            if len(traces) < limit:
                if entered:
                    return Entered(entered[-1].number, entered[-1].at)
                # Where no trace says how it came in, it has been in since before the first of them.
                return Entered(1, oldest.at if oldest else _ALWAYS) if is_there else None
            before, limit = traces[-1].number, next_piece(traces)
        return Entered(entered[-1].number, entered[-1].at, oldest.at) if entered and oldest else None


def _places_of(part: Record, lies: LiesTest) -> list[tuple[Instant, Lies]]:
    """The places of a part, the newest first, up to one outside."""
    found: list[tuple[Instant, Lies]] = []
    for each in reversed(instances_of(part.body)):
        is_inside = not each.deleted and lies(placed_trace(each.instance)) == _INSIDE
        found.append((each.moment, _INSIDE if is_inside else _OUTSIDE))
        if not is_inside:
            break
    return found


def _remember(known: OrderedDict[Key, _What], key: Key, what: _What) -> None:
    if len(known) >= MOST_REMEMBERED:
        known.popitem(last=False)
    known[key] = what


def _shown(record: Record, body: JsonObject) -> Record:
    """A record with this body in the place of its own, which may be decoded already."""
    return Record(record.key, encode(body), record.version, record.number)


def _too_long() -> Problem:
    detail = f"More than {MOST_GONE_THROUGH} changes have to be gone through; narrow the time."
    return Problem(TooComplexQuery, detail)
