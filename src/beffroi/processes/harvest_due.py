"""Harvest by itself: inside a node, every source whose interval has passed, hosts beside each other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from beffroi.kernel.instant import Instant, seconds_between
from beffroi.kernel.problem import Conflict, Problem, ResourceNotFound, left_for_later
from beffroi.processes.harvest import Harvester, Progress, harvest, silent
from beffroi.processes.stopping import told_alone
from beffroi.sources.operations.registry import list_sources
from beffroi.sources.rules.run import Run
from beffroi.sources.rules.source import Source
from beffroi.store.port import Store
from beffroi.web.pause import pause

LONGEST_SLEEP_S = 30.0
SHORTEST_SLEEP_S = 0.5
PASSING = (Conflict, ResourceNotFound)
"""Somebody else harvests a source, or has removed it, since it was found to be due."""


async def run_due(
    node: Harvester, tenants: Sequence[str] = ("",), on_progress: Callable[[Progress], None] = silent
) -> list[Run]:
    """Harvest every source that is due: one after another on one host, hosts at the same time."""
    due = [
        (tenant, source)
        for tenant in tenants
        for source in await list_sources(node.store, tenant)
        if is_due(source, node.world.now())
    ]
    hosts = dict[str, list[tuple[str, Source]]]()
    for tenant, source in due:
        hosts.setdefault(urlsplit(source.url).netloc, []).append((tenant, source))
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_one_by_one(node, queue, on_progress)) for queue in hosts.values()]
    except BaseExceptionGroup as failures:
        raise told_alone(failures) from None
    return [run for task in tasks for run in task.result()]


async def keep_harvesting(
    node: Harvester,
    stop: asyncio.Event,
    tenants: Callable[[], Awaitable[Sequence[str]]],
    on_run: Callable[[Run], None] = lambda _: None,
) -> None:
    """Until `stop` is set: harvest what is due, then sleep until something is, or may be.

    While the store is full or does not answer, harvesting waits; sources are read again when it does.
    """
    while not stop.is_set():
        mark = node.store.mark()
        seconds = LONGEST_SLEEP_S
        with left_for_later():
            known = await tenants()
            for run in await run_due(node, known):
                on_run(run)
            seconds = await _seconds_to_next(node, known)
        await _rest(node.store, mark, stop, seconds)


async def _rest(store: Store, mark: int, stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until something was committed: it may be a new source, by whatever process."""
    while seconds > 0 and not stop.is_set():
        await pause(stop, min(SHORTEST_SLEEP_S, seconds))
        seconds = seconds - SHORTEST_SLEEP_S if store.mark() == mark else 0.0


def is_due(source: Source, now: Instant) -> bool:
    """Whether a source should be read now."""
    return not source.paused and source.due_at <= now


async def _one_by_one(
    node: Harvester, queue: Sequence[tuple[str, Source]], on_progress: Callable[[Progress], None]
) -> list[Run]:
    runs = list[Run]()
    for tenant, source in queue:
        try:
            runs.append(await harvest(node, tenant, source.name, on_progress))
        except Problem as problem:
            if problem.kind not in PASSING:
                raise
    return runs


async def _seconds_to_next(node: Harvester, tenants: Sequence[str]) -> float:
    now = node.world.now()
    sources = [each for tenant in tenants for each in await list_sources(node.store, tenant)]
    waits = [
        seconds_between(now, each.due_at) if each.due_at > now else 0.0 for each in sources if not each.paused
    ]
    return min(LONGEST_SLEEP_S, max(SHORTEST_SLEEP_S, min(waits, default=LONGEST_SLEEP_S)))
