"""Do a work that may take long, let go of it when the node is asked to end, and say what went wrong in it."""

import asyncio
from collections.abc import Coroutine

from beffroi.kernel.problem import Problem


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


def first_problem(problems: "BaseExceptionGroup[Problem]") -> Problem:
    """One of the problems in a group, for who can say only one."""
    found = problems.exceptions[0]
    return found if isinstance(found, Problem) else first_problem(found)
