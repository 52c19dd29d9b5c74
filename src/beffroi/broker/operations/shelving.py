"""Store what rules make of what was provided of the past; forget what was provided long ago."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from beffroi.broker.operations.provided import MOST_TRIES, contended
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import entity_key
from beffroi.broker.rules.provided.facets import WRITTEN
from beffroi.broker.rules.provided.provided import KIND, Provided, provided_key, provided_of
from beffroi.broker.rules.provided.shelf import Shelf, Unread
from beffroi.kernel.instant import Instant, datetime_of, plus_seconds
from beffroi.kernel.problem import left_for_later
from beffroi.kernel.record import Commit, Key, Record
from beffroi.store.port import Find, Where
from beffroi.web.pause import pause

PIECE: Final = 20
"""Entities of which is forgotten between two looks."""

PARTS: Final = 64
"""Parts that are gone through in one commit."""

PAUSE_S: Final = 600.0
_DAY_S: Final = 86_400
Rule: TypeAlias = Callable[[Shelf], None]
"""What one operation does to what was provided of an entity."""


async def change_provided(broker: Broker, tenant: str, entity_id: str, rule: Rule) -> None:
    """Give what was provided of an entity to a rule and store what the rule makes of it; the rule may be run
    more than once. Raises Problem(Unavailable) where others always come first."""
    key = provided_key(tenant, entity_id)
    # a part has a number that no part ever had, also where all was deleted meanwhile
    first = round(datetime_of(broker.now()).timestamp() * 1_000_000)
    reads = {key, entity_key(tenant, entity_id)}

    def decide(stored: Mapping[Key, Record]) -> Commit:
        before = provided_of(stored[key].body) if key in stored else Provided(entity_id, next=first)
        shelf = Shelf(tenant, before, stored)
        rule(shelf)
        return Commit(shelf.changes()) if shelf.provided != before else Commit()

    # each would replace the parts that the next one reads
    async with broker.providing.setdefault(key, asyncio.Lock()):
        for _ in range(MOST_TRIES):
            try:
                await broker.store.transact(sorted(reads), decide)
            except Unread as unread:
                reads |= set(unread.keys)
            else:
                return
    raise contended(entity_id)


async def keep_forgetting_provided(
    broker: Broker, days: int, stop: asyncio.Event, pause_s: float = PAUSE_S
) -> None:
    """Until `stop` is set: forget what was provided more than so many days ago, then look again."""
    while not stop.is_set():
        with left_for_later():
            before = plus_seconds(broker.now(), -days * _DAY_S)
            for tenant in await broker.store.tenants():
                while not stop.is_set() and await forget_provided(broker, tenant, before):
                    continue
        await pause(stop, pause_s)


async def forget_provided(broker: Broker, tenant: str, before: Instant) -> int:
    """Forget some of what was written before a moment; of how many entities."""
    old = Find(tenant, KIND, Where(WRITTEN, "<", "time", before), exact=True, limit=PIECE)
    found = (await broker.store.find(old)).records
    for record in found:
        await change_provided(broker, tenant, record.key.id, lambda shelf: shelf.forget(before, PARTS))
    return len(found)
