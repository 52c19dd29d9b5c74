"""Do a work that may take long, and let go of it when the node is asked to end."""

import asyncio
from collections.abc import Coroutine

from beffroi.kernel.problem import Problem
from beffroi.processes.harvest_due import first_problem


async def unless_stopped(stopped: asyncio.Event, work: Coroutine[None, None, float]) -> float:
    """What a work returns; 0 if it was let go because `stopped` was set before its end."""
    try:
        async with asyncio.TaskGroup() as group:
            ending, working = group.create_task(stopped.wait()), group.create_task(work)
            await asyncio.wait({ending, working}, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            working.cancel()
    except* Problem as problems:
        raise first_problem(problems) from problems
    return 0.0 if working.cancelled() else working.result()
