"""Turns: what is dear to answer is done for so many at once; so many more wait, and all others come again."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from beffroi.kernel.problem import Problem


@dataclass(slots=True)
class Turns:
    """`at_once` have their turn at once, and `waiting` more wait for one."""

    at_once: int
    waiting: int
    _inside: int = 0
    _room: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.at_once)

    @asynccontextmanager
    async def turn(self, otherwise: Problem) -> AsyncGenerator[None, None]:
        """Have a turn while the block runs. Raises `otherwise` where too many wait already."""
        if self._inside >= self.at_once + self.waiting:
            raise otherwise
        self._inside += 1
        try:
            async with self._room:
                yield
        finally:
            self._inside -= 1
