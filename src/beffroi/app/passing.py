"""What a buyer posts to an outside service, piece by piece: bounded, and counted as it passes.

Each piece is taken from the quotas before it goes out. What has passed of a request that comes to nothing is
given back.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Self

from beffroi.kernel.grant import Grant
from beffroi.kernel.problem import Problem, TooManyRequests
from beffroi.market.rules.access.allowance import Stop
from beffroi.market.rules.access.journal_line import Counted, Counts
from beffroi.processes.holders import ProductHolders
from beffroi.web.body import Incoming


@dataclass(slots=True)
class Passed:
    """The bytes of one request that have gone out. `limited` says whether its product has quotas."""

    holders: ProductHolders
    grant: Grant
    limited: bool
    size: int = 0
    _noted: int = field(default=0, init=False)

    def check(self, size: int) -> None:
        """Raise Problem(TooManyRequests) where the quotas have no room for so many bytes more."""
        if self.limited:
            self._check(self.holders.stopped(self.grant, Counted(bytes=size), self.holders.now()))

    def take(self, size: int) -> None:
        """Count so many bytes more. Raises Problem(TooManyRequests) where the quotas have no room."""
        if self.limited:
            self._check(self.holders.settle(self.grant, Counted(bytes=size), self.holders.now()))
        self.size += size

    def counted_with(self, counted: Counts) -> Counts:
        """What an answer counts, and the bytes that have passed since this was asked before."""
        before, self._noted = self._noted, self.size
        requests, entities, size, notifications = counted
        return (requests, entities, size + self.size - before, notifications)

    @staticmethod
    def _check(stop: Stop | None) -> None:
        if stop is not None:
            raise Problem(TooManyRequests, stop.sentence, {"retry-after": str(stop.wait_s)})


class Passing:
    """The pieces of a body on their way to a service; `failure` is why they have broken off."""

    def __init__(self, incoming: Incoming, passed: Passed, seconds: float) -> None:
        self._incoming, self._passed = incoming, passed
        self._until = asyncio.get_running_loop().time() + seconds
        self.failure: Problem | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await self._incoming.piece(self._until)
            if piece:
                self._passed.take(len(piece))
        except Problem as problem:
            self.failure = problem
            raise
        if not piece:
            raise StopAsyncIteration
        return piece
