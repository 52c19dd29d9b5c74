"""End the products whose agreed time is over, one commit each, as a termination by hand does it.

What is over while no node runs ends when one does. An index holds when the products that last have to end, so
that a round of a node with many products looks at none that has time left.
"""

import asyncio
import logging
from functools import partial
from typing import Final

from beffroi.kernel.problem import is_of_the_store, left_for_later
from beffroi.kernel.record import Record
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import act_as_node
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.resource import TENANT
from beffroi.market.rules.orders.agreed_time import RUNS_OUT, ended, has_to_end, needs_of, why_ended
from beffroi.store.port import Find, Where
from beffroi.web.pause import pause

LOG: Final = logging.getLogger("beffroi")
MOST_AT_ONCE: Final = 100
PAUSE_S: Final = 2.0
PAUSE_AFTER_FAILURE_S: Final = 60.0


async def keep_ending_products(market: Market, stopped: asyncio.Event) -> None:
    """Round after round until `stopped` is set. While the store is full or does not answer, ends wait."""
    while not stopped.is_set():
        failed = 0
        with left_for_later():
            _, failed = await end_products(market, stopped)
        await pause(stopped, PAUSE_AFTER_FAILURE_S if failed else PAUSE_S)


async def end_products(market: Market, stopped: asyncio.Event) -> tuple[int, int]:
    """End what is over now, as far as `stopped` is not set; how many were looked at, and how many failed.

    One that fails keeps no other from its end; it is tried again in the next round.
    """
    now, after, looked_at, failed = market.now(), 0, 0, 0
    while True:
        over = Find(
            TENANT,
            PRODUCT.kind,
            Where(RUNS_OUT, "<=", "time", now),
            keep=lambda record: has_to_end(record.shared, now),
            exact=True,
            after=after,
            limit=MOST_AT_ONCE,
        )
        found = await market.store.find(over)
        for record in found.records:
            if stopped.is_set():
                return looked_at, failed
            looked_at += 1
            failed += not await _end(market, record)
            after = record.number
        if not found.more:
            return looked_at, failed


async def _end(market: Market, record: Record) -> bool:
    """Whether it went well."""
    key = record.key
    try:
        await act_as_node(
            market, lambda seen: needs_of(key, seen.records), partial(ended, key), why_ended(record.shared)
        )
    except Exception as failure:
        if is_of_the_store(failure):
            raise
        LOG.exception("The product %s, whose agreed time is over, could not be ended", key.id)
        return False
    return True
