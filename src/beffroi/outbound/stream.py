"""An answer that is read piece by piece: bounded in bytes and in time, and let go at any moment."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import aiohttp

from beffroi.outbound.policy import CutShort, Late, TooLarge


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a streamed answer may cost: seconds to its head, seconds to each piece, seconds and bytes in
    all."""

    head_s: float
    piece_s: float
    whole_s: float
    most_bytes: int


class Stream:
    """Status and headers, with lower-case names, and the body as it comes, packed as the other side packed
    it. Every piece may raise Failed. It ends with its last piece or with `aclose`, which ends the connection
    where more would come."""

    def __init__(self, response: aiohttp.ClientResponse, headers: Mapping[str, str], pace: Pace) -> None:
        self.status, self.headers = response.status, headers
        self._response, self._pace = response, pace
        self._until = asyncio.get_running_loop().time() + pace.whole_s
        self._size = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            async with asyncio.timeout(min(self._pace.piece_s, self._left())):
                piece = await self._response.content.readany()
        except (aiohttp.ClientError, OSError) as failure:
            await self.aclose()
            if isinstance(failure, TimeoutError):
                raise Late("The answer does not come in time.") from failure
            raise CutShort("The answer breaks off.") from failure
        self._size += len(piece)
        if self._size > self._pace.most_bytes:
            await self.aclose()
            raise TooLarge(f"The answer has more than {self._pace.most_bytes} bytes.")
        if piece:
            return piece
        await self.aclose()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Let go; a connection whose answer is at its end can be used again."""
        self._response.release()

    def _left(self) -> float:
        return max(self._until - asyncio.get_running_loop().time(), 0.0)
