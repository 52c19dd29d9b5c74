"""Run a program on the fastest event loop that there is."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

Result = TypeVar("Result")


def run(work: Coroutine[None, None, Result]) -> Result:
    """Like asyncio.run; on uvloop where it is installed (it does not exist for Windows)."""
    with asyncio.Runner(loop_factory=_factory()) as runner:
        return runner.run(work)


def _factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
