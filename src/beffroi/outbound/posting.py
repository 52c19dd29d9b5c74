"""A body that is sent on as it comes: the other side has its time to answer once it has a piece."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Posted:
    """Pieces of a body, and how many bytes they have in all; None where that is not known. What the pieces
    raise breaks the request off; whoever makes them keeps what it was."""

    pieces: AsyncIterator[bytes]
    length: int | None = None


class Paced:
    """The pieces of a body. `limit` runs while the other side is waited for: it has `seconds` to take each
    piece and to begin its answer after the last one."""

    def __init__(self, pieces: AsyncIterator[bytes], limit: asyncio.Timeout, seconds: float) -> None:
        self._pieces, self._seconds = pieces, seconds
        self._limit: asyncio.Timeout | None = limit

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self._allow(None)
        try:
            return await anext(self._pieces)
        finally:
            self._allow(self._seconds)

    def answered(self) -> None:
        """The answer has begun: the limit is over."""
        self._limit = None

    def _allow(self, seconds: float | None) -> None:
        if self._limit is not None:
            loop = asyncio.get_running_loop()
            self._limit.reschedule(None if seconds is None else loop.time() + seconds)
