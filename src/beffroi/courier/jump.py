"""What to do when the clock was set back: retries and periods must not stand still until it catches up."""

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.record import Commit, Postponement
from beffroi.store.port import Store

FARTHEST_S = 30 * 86_400.0
MOST_LANES = 100_000


async def pull_forward(store: Store, step_s: float, now: Instant) -> None:
    """Let the first event of every lane that waits wait `step_s` seconds less."""
    waiting = list[Postponement]()
    for lane in await store.lanes(plus_seconds(now, step_s + FARTHEST_S), MOST_LANES):
        for event in await store.pending(lane, 1):
            if event.due > now:
                due = max(plus_seconds(event.due, -step_s), now)
                waiting.append(Postponement(event.number, due, event.body))
    if waiting:
        await store.transact([], lambda _: Commit(postponed=tuple(waiting)))
