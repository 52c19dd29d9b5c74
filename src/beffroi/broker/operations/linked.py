"""Read the entities that others link to, in rounds (clauses 4.5.23, 4.9)."""

from collections.abc import Iterable, Sequence

from beffroi.broker.rules.entity.entity import Entity, entity_key, entity_of
from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.representation.linked import Known, unread
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.store.port import Store

MOST_LINKED = 1_000
"""Linked entities that one answer may need."""

AT_ONCE = 1_000
"""Entities that are read in one go: a read by id runs on the event loop."""


async def read_linked(store: Store, tenant: str, entities: Sequence[Entity], view: View) -> Known:
    """The entities of an answer and all that its join shows of those that they link to.

    Raises Problem(TooComplexQuery) for more than MOST_LINKED.
    """
    if view.join is None:
        return {}
    known: dict[str, Entity | None] = {entity["id"]: entity for entity in entities}
    read = 0
    while ids := unread(entities, view, known):
        read += len(ids)
        if read > MOST_LINKED:
            detail = (
                f"The answer links to more than {MOST_LINKED} entities; a smaller page or joinLevel helps."
            )
            raise Problem(TooComplexQuery, detail)
        known.update(await read_entities(store, tenant, ids))
    return known


async def read_entities(store: Store, tenant: str, ids: Iterable[str]) -> dict[str, Entity | None]:
    """Entities by their ids, None for what does not exist."""
    wanted = list(ids)
    found: dict[str, Entity | None] = dict.fromkeys(wanted)
    for at in range(0, len(wanted), AT_ONCE):
        records = await store.read([entity_key(tenant, id) for id in wanted[at : at + AT_ONCE]])
        found.update({key.id: entity_of(record.body) for key, record in records.items()})
    return found
