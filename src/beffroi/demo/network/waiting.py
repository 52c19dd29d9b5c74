"""Wait until another node has heard what was said."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from beffroi.demo.talk import Unexpected

LONGEST_S: Final = 60.0
BETWEEN_S: Final = 0.3
Found = TypeVar("Found")


async def heard(what: str, look: Callable[[], Awaitable[Found | None]]) -> Found:
    """What `look` finds, as soon as it finds something. Raises Unexpected after LONGEST_S."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_S
    while loop.time() < until:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(BETWEEN_S)
    raise Unexpected(f"After {LONGEST_S:.0f} s: {what}.")
