"""Read what was provided of the past of an entity, the parts of the time asked for alone."""

import asyncio
from collections.abc import Sequence
from typing import Final

from beffroi.broker.operations.looked import Budget, Looked, too_many
from beffroi.broker.rules.provided.instance import event_of
from beffroi.broker.rules.provided.provided import (
    Provided,
    Row,
    Series,
    part_key,
    provided_key,
    provided_of,
)
from beffroi.broker.rules.provided.shelf import instances_of
from beffroi.broker.rules.temporal.evolution import SCOPE, Event
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem, Unavailable
from beffroi.kernel.record import Record
from beffroi.store.port import Store

LARGEST_PIECE: Final = 16
MOST_TRIES: Final = 20
"""How often one begins again because others write the same past meanwhile."""


class Replaced(Exception):
    """Another part stands in the place of one that was to be read."""


def contended(entity_id: str) -> Problem:
    """That others write all the time what is to be read or written."""
    return Problem(Unavailable, f"The past of '{entity_id}' is being written all the time; try again.")


async def read_provided(store: Store, tenant: str, entity_id: str) -> Provided | None:
    """What was provided and deleted of the past of an entity; None if nothing ever was."""
    key = provided_key(tenant, entity_id)
    found = await store.read([key])
    return provided_of(found[key].shared) if key in found else None


async def read_parts(store: Store, tenant: str, entity_id: str, rows: Sequence[Row]) -> list[Record]:
    """The parts, in this order. Raises Replaced."""
    keys = [part_key(tenant, entity_id, row.number) for row in rows]
    found = await store.read(keys)
    if len(found) < len(keys):
        raise Replaced
    return [found[key] for key in keys]


async def see_provided(store: Store, looked: Looked, budget: Budget, now: list[Event]) -> None:
    """Show `looked`, which has seen what is there now, what was provided for the time that it asks for.

    Raises Problem(TooComplexQuery), Problem(Unavailable).
    """
    for _ in range(MOST_TRIES):
        try:
            for series in looked.provided.series if looked.provided else ():
                await _see_series(store, looked, budget, series)
        except Replaced:
            looked.provided = await read_provided(store, looked.key.tenant, looked.key.id)
            looked.begin_again(now)
        else:
            return
    raise contended(looked.key.id)


async def _see_series(store: Store, looked: Looked, budget: Budget, series: Series) -> None:
    names = looked.asked.names
    if names is not None and series.name not in {*names, *looked.tested, SCOPE}:
        return
    rows = _within(series, looked.query)
    if looked.query.goes_backwards:
        rows.reverse()
    at, size = 0, 1
    moments: list[Instant] = []
    while at < len(rows) and not _is_enough(looked, moments, rows[at]):
        if budget.is_spent:
            raise too_many(budget)
        piece = rows[at : at + size]
        at, size = at + len(piece), min(4 * size, LARGEST_PIECE)
        budget.take(sum(row.held for row in piece))
        records = await read_parts(store, looked.key.tenant, looked.key.id, piece)
        moments += await asyncio.to_thread(_see, looked, series.name, records)


def _see(looked: Looked, name: str, records: Sequence[Record]) -> list[Instant]:
    """The moments of those of the time asked for."""
    held = [each for record in records for each in instances_of(record.body)]
    return looked.see_provided([event_of(name, each) for each in held])


def _within(series: Series, query: TemporalQuery) -> list[Row]:
    """The parts that may have instances of the time asked for."""
    if query.of != "observedAt":
        return list(series.parts)
    ends = [row.since for row in series.parts[1:]]
    return [
        row
        for row, end in zip(series.parts, [*ends, None], strict=True)
        if (end is None or end >= query.since) and not (query.until and row.since >= query.until)
    ]


def _is_enough(looked: Looked, moments: Sequence[Instant], following: Row) -> bool:
    """Whether the rest of a series cannot be part of the answer, because so much of it has been seen."""
    query = looked.query
    if query.of != "observedAt" or looked.tested or not moments:
        return False
    if query.goes_backwards:
        return len(moments) >= query.last
    # a moment is not torn apart, and an answer has two of them at least: see `window.whole_moments`
    last = max(moments)
    return len(moments) > looked.window.most and min(moments) < last < following.since


async def find_stated(
    store: Store, tenant: str, provided: Provided, name: str, instance_id: str, near: Instant
) -> int | None:
    """The number of the part that has the instance of an attribute with this id, which is looked for near a
    moment first. Raises Replaced."""
    for series in provided.named(name):
        before = sum(row.since <= near for row in series.parts)
        ordered = [*reversed(series.parts[:before]), *series.parts[before:]]
        at, size = 0, 1
        while at < len(ordered):
            rows = ordered[at : at + size]
            at, size = at + len(rows), min(4 * size, LARGEST_PIECE)
            for row, record in zip(rows, await read_parts(store, tenant, provided.id, rows), strict=True):
                for each in instances_of(record.body):
                    if each.id == instance_id:
                        return row.number
    return None
