"""Answer queries that go through all candidates: those that follow links or order (clauses 4.9, 4.23)."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import ParamSpec, TypeAlias, TypeVar

from beffroi.broker.operations.linked import read_entities
from beffroi.broker.rules.entity.entity import Entity, entity_of
from beffroi.broker.rules.entity.results import Answer
from beffroi.broker.rules.query.links import Hop, links, unread
from beffroi.broker.rules.query.matches import Holds, matcher
from beffroi.broker.rules.query.ordering import Rank, SortKey
from beffroi.broker.rules.query.query import EntityQuery, Page, apart
from beffroi.kernel.effort import Effort
from beffroi.kernel.problem import Problem, TooComplexQuery, TooManyResults
from beffroi.kernel.record import Record
from beffroi.store.port import Find, Store

MOST_CANDIDATES = 100_000
"""Entities that a query with linked conditions goes through."""

MOST_LOOKED_UP = 100_000
"""Linked entities that a query reads to decide."""

MOST_ORDERED = 100_000
"""Entities that one query puts in order."""

BATCH = 256
_SLACK = 1_000

P = ParamSpec("P")
T = TypeVar("T")
_Match: TypeAlias = tuple[Record, Entity]
_Placed: TypeAlias = tuple[SortKey, int, Record]


async def scan(
    store: Store, find: Find, queries: Sequence[EntityQuery], page: Page, rank: Rank | None, effort: Effort
) -> Answer:
    """The page of what `find` gives and at least one query selects, in the order of `rank` or of creation.

    Equals in rank stand in the order of creation, so that pages never overlap. Raises
    Problem(TooComplexQuery) or Problem(TooManyResults) beyond what is named above.
    """
    wanted = MOST_ORDERED + 1 if page.limit < 0 else page.offset + page.limit + 1
    kept: list[_Placed] = []
    matched = 0
    async with aclosing(_matches(store, find, queries, effort)) as batches:
        async for batch in batches:
            matched += len(batch)
            if rank is None:
                later = [((), record.number, record) for record, _ in batch if record.number > page.after]
                kept += later[: wanted - len(kept)]
                if len(kept) == wanted and not page.count:
                    break
                continue
            if matched > MOST_ORDERED:
                detail = f"More than {MOST_ORDERED} entities match; that is too many to put in order."
                raise Problem(TooManyResults, detail)
            kept += await _beside(len(batch), _placed, rank, batch)
            if len(kept) > 2 * wanted + _SLACK:
                await _beside(len(kept), _cut, kept, wanted)
    await _beside(len(kept), _cut, kept, wanted)
    return _answer(kept, page, matched)


async def _beside(size: int, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Do long work beside the event loop, and short work at once."""
    return await asyncio.to_thread(work, *args, **kwargs) if size >= BATCH else work(*args, **kwargs)


def _placed(rank: Rank, batch: list[_Match]) -> list[_Placed]:
    return [(rank(entity), record.number, record) for record, entity in batch]


def _cut(kept: list[_Placed], wanted: int) -> None:
    """Leave the first `wanted` in order."""
    kept.sort(key=_place)
    del kept[wanted:]


def _place(placed: _Placed) -> tuple[SortKey, int]:
    return placed[0], placed[1]


def _answer(kept: list[_Placed], page: Page, matched: int) -> Answer:
    end = len(kept) if page.limit < 0 else page.offset + page.limit
    shown = [record for _, _, record in kept[page.offset : end]]
    after = shown[-1].number if shown else page.after
    return Answer(shown, len(kept) > end, matched if page.count else None, after)


async def _matches(
    store: Store, find: Find, queries: Sequence[EntityQuery], effort: Effort
) -> AsyncGenerator[list[_Match], None]:
    """The records of `find` that a query selects, once what they link to has been read."""
    alone, common = apart(queries)
    hops = tuple(hop for query in (common, *alone) for hop in links(query))
    known: dict[str, Entity | None] = {}
    selects = matcher(*queries, linked=known.get, effort=effort)
    seen = looked_up = 0
    async with aclosing(_batches(store, find)) as batches:
        async for batch in batches:
            if not hops:
                yield batch
                continue
            seen += len(batch)
            if seen > MOST_CANDIDATES:
                detail = (
                    f"The query must follow the links of more than {MOST_CANDIDATES} entities; narrow it."
                )
                raise Problem(TooComplexQuery, detail)
            known.clear()
            looked_up += await _look_up(store, find.tenant, hops, batch, known, MOST_LOOKED_UP - looked_up)
            yield await _beside(len(batch), _selected, batch, selects)


def _selected(batch: list[_Match], selects: Holds) -> list[_Match]:
    return [match for match in batch if selects(match[1])]


async def _look_up(
    store: Store,
    tenant: str,
    hops: tuple[Hop, ...],
    batch: list[_Match],
    known: dict[str, Entity | None],
    most: int,
) -> int:
    """Read into `known` what these entities link to, level by level; how many that were."""
    entities = [entity for _, entity in batch]
    read = 0
    while ids := unread(hops, entities, known):
        read += len(ids)
        if read > most:
            detail = f"The query must read more than {MOST_LOOKED_UP} linked entities; narrow it."
            raise Problem(TooComplexQuery, detail)
        known.update(await read_entities(store, tenant, ids))
    return read


async def _batches(store: Store, find: Find) -> AsyncGenerator[list[_Match], None]:
    batch: list[Record] = []
    async for record in store.stream(find):
        batch.append(record)
        if len(batch) == BATCH:
            yield await _beside(len(batch), _decoded, batch)
            batch = []
    yield _decoded(batch)


def _decoded(batch: list[Record]) -> list[_Match]:
    return [(record, entity_of(record.body)) for record in batch]
