"""Deliver a message over HTTP (clause 6.3.8): any 2xx is a delivery, a redirect is not followed."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from beffroi.courier.patience import retry_after_s
from beffroi.kernel.instant import Instant, plus_seconds, seconds_between
from beffroi.outbound import Client, Failed, Refused

PAUSE_S = 1.0
MOST_REMEMBERED = 10_000
SLOW_S = 1.0
"""While a request to a URL is unanswered for longer, no other is sent there."""

MOST_AT_ONCE = 32
"""Requests to one URL that answers; a URL that is not known to answer gets one."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to whom. After a failure nothing is sent to the same URL for `cooldown_s`."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout_s: float
    cooldown_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """How it went. `sent` is false when nothing was tried: the endpoint had just failed, or is silent."""

    delivered: bool
    reason: str = ""
    wait_s: float | None = None
    sent: bool = True


Deliver: TypeAlias = Callable[[Message], Awaitable[Receipt]]


@dataclass(slots=True)
class _Under:
    """The requests to one URL that are under way: when each began (loop time), the oldest first."""

    begun: dict[object, float] = field(default_factory=dict[object, float])
    one_less: asyncio.Event = field(default_factory=asyncio.Event)


class HttpDelivery:
    """Sends messages; knows which endpoints failed a moment ago or do not answer now, and spares them.

    An endpoint that hangs costs one waiting request, however many lanes have something for it.
    """

    def __init__(self, client: Client, now: Callable[[], Instant]) -> None:
        self._client, self._now = client, now
        self._down_until: dict[str, Instant] = {}
        self._under: dict[str, _Under] = {}
        self._answering: set[str] = set()

    async def deliver(self, message: Message) -> Receipt:
        """Never raises: what goes wrong is in the receipt. Waits at most SLOW_S for its turn."""
        place = _place(message.url)
        has_turn = await self._turn(message.url)
        rest = self._rest_s(message.url)
        if rest > 0:
            return Receipt(False, f"'{place}' failed a moment ago.", rest, sent=False)
        if not has_turn:
            return Receipt(False, f"'{place}' is slow to answer.", SLOW_S, sent=False)
        with self._under_way(message.url):
            return await self._send(message, place)

    async def _send(self, message: Message, place: str) -> Receipt:
        try:
            answer = await self._client.send(
                "POST", message.url, message.headers, message.body, timeout_s=message.timeout_s
            )
        except Refused as refusal:
            return Receipt(False, str(refusal))
        except Failed as failure:
            self._answering.discard(message.url)
            self._mark_down(message.url, max(message.cooldown_s, PAUSE_S))
            return Receipt(False, str(failure))
        self._mark_answering(message.url)
        if 200 <= answer.status < 300:
            return Receipt(True)
        self._mark_down(message.url, message.cooldown_s)
        asked = retry_after_s(answer.headers.get("retry-after", ""), self._now())
        return Receipt(False, f"'{place}' answers with status {answer.status}.", asked)

    async def _turn(self, url: str) -> bool:
        """Wait until one more may be sent to this URL; False if it takes too long to answer."""
        clock = asyncio.get_running_loop().time
        latest = clock() + SLOW_S
        while under := self._under.get(url):
            oldest = next(iter(under.begun.values())) + SLOW_S
            left = min(latest, oldest) - clock()
            if left <= 0:
                return False
            if len(under.begun) < (MOST_AT_ONCE if url in self._answering else 1):
                return True
            try:
                async with asyncio.timeout(left):
                    await under.one_less.wait()
            except TimeoutError:
                return False
        return True

    @contextmanager
    def _under_way(self, url: str) -> Generator[None]:
        under, request = self._under.setdefault(url, _Under()), object()
        under.begun[request] = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            del under.begun[request]
            under.one_less.set()
            under.one_less = asyncio.Event()
            if not under.begun:
                del self._under[url]

    def _mark_answering(self, url: str) -> None:
        if len(self._answering) >= MOST_REMEMBERED:
            self._answering.clear()
        self._answering.add(url)

    def _rest_s(self, url: str) -> float:
        until = self._down_until.get(url)
        if until is None:
            return 0.0
        rest = seconds_between(self._now(), until)
        if rest <= 0 or rest > 86_400:  # over, or the clock was set back
            del self._down_until[url]
            return 0.0
        return rest

    def _mark_down(self, url: str, seconds: float) -> None:
        if seconds <= 0:
            return
        if len(self._down_until) >= MOST_REMEMBERED:
            self._down_until.clear()
        self._down_until[url] = plus_seconds(self._now(), seconds)


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
