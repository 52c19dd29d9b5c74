"""Send the requests of a check through the guarded client, one after another and with pauses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from beffroi.outbound.client import Client
from beffroi.outbound.policy import CutShort, Failed, Late, NotHttp, Policy, Refused, TooLarge, Unended
from beffroi.proof.exchange import Answer, Failure, Fetch

PUBLIC = Policy(timeout_s=15.0, connect_s=5.0, agent="beffroi-check (read-only)")
LOCAL = Policy(allow_private=True, timeout_s=15.0, connect_s=5.0, agent="beffroi-check (read-only)")

MOST_HEADERS = 64
LONGEST_HEADER = 4_000
_NOT_KEPT = frozenset({"set-cookie"})
_KINDS: tuple[tuple[type[Failed], Failure], ...] = (
    (Late, "timeout"),
    (Unended, "unended"),
    (CutShort, "cut-short"),
    (TooLarge, "too-large"),
    (NotHttp, "bad-answer"),
    (Failed, "network"),
)


@asynccontextmanager
async def guarded_fetch(policy: Policy = PUBLIC, pause_s: float = 0.1) -> AsyncGenerator[Fetch]:
    """A fetcher for checks. `PUBLIC` refuses private addresses; `LOCAL` allows the own network.

    `pause_s` is the rest between two requests.
    """
    async with Client(policy) as client:
        yield _Fetcher(client, pause_s)


class _Fetcher:
    def __init__(self, client: Client, pause_s: float) -> None:
        self._client, self._pause_s, self._sent = client, pause_s, 0

    async def __call__(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        if method not in {"GET", "HEAD"}:
            raise ValueError(f"A check sends GET and HEAD only, not '{method}'.")
        if self._sent:
            await asyncio.sleep(self._pause_s)
        self._sent += 1
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            answer = await self._client.request(method, url, headers)
        except Refused:
            return _failed("refused-address", clock() - started)
        except Failed as failure:
            return _failed(
                next(name for kind, name in _KINDS if isinstance(failure, kind)), clock() - started
            )
        return Answer(
            answer.status, bounded_headers(answer.headers), answer.body, round(1000 * (clock() - started))
        )


def bounded_headers(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers that go into the evidence: no cookies, and bounded in number and length."""
    kept = [(name, value[:LONGEST_HEADER]) for name, value in headers.items() if name not in _NOT_KEPT]
    return tuple(kept[:MOST_HEADERS])


def _failed(failure: Failure, seconds: float) -> Answer:
    return Answer(0, elapsed_ms=round(1000 * seconds), failure=failure)
