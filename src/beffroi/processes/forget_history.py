"""Forget history that is older than the city wants to keep, a piece at a time, while the node runs."""

import asyncio
from collections.abc import Callable

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.store.port import Store
from beffroi.web.pause import pause

PIECE = 1_000
BREATH_S = 0.05
"""Between two pieces, so that who writes has to wait for one of them at most."""
PAUSE_S = 600.0
DAY_S = 86_400


async def keep_forgetting(
    store: Store, days: int, now: Callable[[], Instant], stop: asyncio.Event, pause_s: float = PAUSE_S
) -> None:
    """Until `stop` is set: delete what is older than `days`, then look again after a pause."""
    while not stop.is_set():
        await forget_older(store, plus_seconds(now(), -days * DAY_S), stop)
        await pause(stop, pause_s)


async def forget_older(store: Store, before: Instant, stop: asyncio.Event) -> int:
    """Delete all traces from before this moment but the newest of all; how many."""
    count = 0
    while not stop.is_set():
        gone = await store.forget_traces(before, PIECE)
        count += gone
        if gone == 0:
            break
        await asyncio.sleep(BREATH_S)
    return count
