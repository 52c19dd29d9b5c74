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
    except BaseExceptionGroup as failures:
        raise told_alone(failures) from None
    return 0.0 if working.cancelled() else working.result()


def told_alone(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """What to raise for what went wrong in several works: one problem, for who can say only one, or all of it
    where something else failed, too.

    (`except*` would hand on a problem in a group with Python 3.11.2, Debian's, and alone with later ones.)
    """
    problems, others = failures.split(Problem)
    return failures if problems is None or others is not None else _first(problems)


def _first(problems: BaseExceptionGroup[Problem]) -> Problem:
    found = problems.exceptions[0]
    return found if isinstance(found, Problem) else _first(found)
