"""What was last said of an entity of which there is nothing but a past that was provided (5.6.11)."""

import asyncio
from typing import Final

from beffroi.broker.operations.candidates import candidate_of
from beffroi.broker.operations.provided import MOST_TRIES, Replaced, contended, read_parts
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import Attributes, Entity, Instance
from beffroi.broker.rules.provided.provided import Provided, Series
from beffroi.broker.rules.provided.shelf import instances_of
from beffroi.kernel.record import Record

MOST_SERIES: Final = 200
"""Attributes, of each dataset one, whose last instance is read."""

AT_ONCE: Final = 20


async def last_stated(broker: Broker, tenant: str, entity_id: str) -> Entity | None:
    """The entity as the newest instance of each attribute has it. None for one that is there now, and for one
    of which nothing was provided.

    Raises Problem(ResourceNotFound) for a tenant that is not there, Problem(Unavailable) where others write
    this past all the time.
    """
    for _ in range(MOST_TRIES):
        candidate = await candidate_of(broker, tenant, entity_id)
        if candidate is None or candidate.entity or not candidate.provided or not candidate.provided.series:
            return None
        try:
            attributes = await _last_of(broker, tenant, candidate.provided)
        except Replaced:
            continue
        return {"id": entity_id, "type": candidate.types, "attrs": attributes}
    raise contended(entity_id)


async def _last_of(broker: Broker, tenant: str, provided: Provided) -> Attributes:
    """Raises Replaced."""
    chosen = [series for series in provided.series if series.parts][:MOST_SERIES]
    attributes: Attributes = {}
    for at in range(0, len(chosen), AT_ONCE):
        piece = chosen[at : at + AT_ONCE]
        records = await read_parts(broker.store, tenant, provided.id, [series.parts[-1] for series in piece])
        for series, instance in await asyncio.to_thread(_newest, piece, records):
            attributes.setdefault(series.name, []).append(instance)
    return attributes


def _newest(chosen: list[Series], records: list[Record]) -> list[tuple[Series, Instance]]:
    """Of each series the last instance, unless that says that the attribute was deleted."""
    found = [(series, instances_of(record.body)[-1]) for series, record in zip(chosen, records, strict=True)]
    return [(series, last.instance) for series, last in found if not last.deleted]
