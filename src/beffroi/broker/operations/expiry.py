"""Remove what has expired, in the background and in pieces (clause 4.22).

Readers and writers do not see what has expired (`rules/entity/expiry.py`); here it leaves the store, with a
history and events as if somebody had deleted it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from beffroi.broker.operations.lasting_store import LastingStore
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.entity.entity import KIND
from beffroi.broker.rules.entity.expiry import lasting_record
from beffroi.broker.rules.entity.trace import lapse_of
from beffroi.broker.rules.query.facets import EXPIRES
from beffroi.broker.rules.subscription.audience import audience_key
from beffroi.kernel.problem import left_for_later
from beffroi.kernel.record import Commit, Key, Record
from beffroi.store.port import Find, Where
from beffroi.web.pause import pause

MOST_AT_ONCE = 200
SHORTEST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
SHARE = 20
"""A pause is so many times as long as the round before it took."""


async def keep_removing_expired(broker: Broker, stop: asyncio.Event) -> None:
    """Until `stop` is set. While the store is full or does not answer, removing waits."""
    clock = asyncio.get_running_loop().time
    while not stop.is_set():
        begun = clock()
        with left_for_later():
            for tenant in await broker.store.tenants():
                while not stop.is_set() and await remove_expired(broker, tenant) == MOST_AT_ONCE:
                    continue
        await pause(stop, min(max(SHORTEST_PAUSE_S, SHARE * (clock() - begun)), LONGEST_PAUSE_S))


def lasting(broker: Broker) -> Broker:
    """The same services on a store in which nothing is that has expired."""

    async def remove(tenant: str) -> bool:
        return await remove_expired(broker, tenant) == MOST_AT_ONCE

    return replace(broker, store=LastingStore(broker.store, broker.now, remove))


async def remove_expired(broker: Broker, tenant: str) -> int:
    """Remove what has expired of at most MOST_AT_ONCE entities; how many that were."""
    now = broker.now()
    expired = Find(
        tenant,
        KIND,
        Where(EXPIRES, "<=", "time", now),
        keep=lambda record: lasting_record(record, now) is not record,
        exact=True,
        limit=MOST_AT_ONCE,
    )
    keys = [record.key for record in (await broker.store.find(expired)).records]
    if not keys:
        return 0
    ears = audience_key(tenant)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        lapses = [lapse_of(tenant, stored[key], stored.get(ears), now)[1] for key in keys if key in stored]
        return Commit(
            tuple(change for lapse in lapses for change in lapse.changes),
            tuple(event for lapse in lapses for event in lapse.events),
            at=now,
        )

    await broker.store.transact([*keys, ears], decide)
    return len(keys)
