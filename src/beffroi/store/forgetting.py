"""Forget the oldest traces between two batches, through the connection of the writer."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem, Unavailable


class Forgetting:
    """What was asked waits here for the batching loop; `forget` deletes in a transaction of its own."""

    def __init__(self, forget: Callable[[Instant, int], Awaitable[int]]) -> None:
        self._forget = forget
        self._asked: deque[tuple[Instant, int, asyncio.Future[int]]] = deque()
        self._closed = False

    async def ask(self, before: Instant, limit: int, wake: Callable[[], None]) -> int:
        """How many traces are forgotten, once it is done. Raises Problem."""
        if self._closed:
            raise Problem(Unavailable, "The store is closed.")
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._asked.append((before, limit, done))
        wake()
        return await done

    async def step(self) -> bool:
        """Do one thing that was asked; whether there was one."""
        if not self._asked:
            return False
        before, limit, done = self._asked.popleft()
        if done.cancelled():
            return True
        try:
            count = await self._forget(before, limit)
        except Exception as failure:  # noqa: BLE001 - it belongs to who asked
            if not done.done():
                done.set_exception(failure)
        else:
            if not done.done():
                done.set_result(count)
        return True

    def close(self) -> None:
        """Tell who still waits that it will not be done."""
        self._closed = True
        for _, _, done in self._asked:
            if not done.done():
                done.set_exception(Problem(Unavailable, "The store is closed."))
        self._asked.clear()
