"""Look again and again until what was to come has come."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from beffroi.demo.talk import Unexpected

LONGEST_S: Final = 60.0
BETWEEN_S: Final = 0.3
Found = TypeVar("Found")


async def heard(
    what: str,
    look: Callable[[], Awaitable[Found | None]],
    longest_s: float = LONGEST_S,
    between_s: float = BETWEEN_S,
) -> Found:
    """What `look` finds, as soon as it finds something. Raises Unexpected, which says `what` is wrong, if it
    finds nothing in time."""
    until = time.monotonic() + longest_s
    while time.monotonic() < until:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(between_s)
    raise Unexpected(f"After {longest_s:g} s: {what}.")
