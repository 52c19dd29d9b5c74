"""Fetch: how the sources reach the world, politely and within bounds (RFC 9110; RFC 9111 validators)."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlsplit

from beffroi.kernel.instant import Instant, datetime_of
from beffroi.kernel.problem import AddressRefused, Problem, SourceFailed
from beffroi.kernel.shown_url import shown_url
from beffroi.outbound.policy import Failed, Policy, Refused

AGENT = "beffroi/0.1 (open node of a city; harvests open data)"
ACCEPT = "application/geo+json, application/json;q=0.9, text/csv;q=0.8, */*;q=0.1"
BUSY = frozenset({429, 503})
PASSING = frozenset({500, 502, 504})


class Fetched(Protocol):
    """An answer; header names are lower case."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Fetch(Protocol):
    """GET a URL; `beffroi.outbound.Client.get` is one. Raises Refused or Failed, or a Problem."""

    def __call__(self, url: str, headers: Mapping[str, str]) -> Awaitable[Fetched]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may cost. `delay_s` lies between two requests to one host; a request under way is let go
    of, too, when `most_seconds` have passed."""

    most_requests: int = 2_000
    most_bytes: int = 500_000_000
    most_records: int = 500_000
    most_seconds: float = 1_800.0
    most_wait_s: float = 60.0
    attempts: int = 4
    delay_s: float = 0.1


def harvest_policy(*, allow_private: bool) -> Policy:
    """The policy of an outbound client that harvests: larger answers, more patience than for a webhook."""
    return Policy(allow_private=allow_private, timeout_s=60.0, most_bytes=64_000_000, agent=AGENT)


@dataclass(slots=True)
class World:
    """Time and hosts as one process sees them: one request at a time for each host, whoever asks.

    `now` is the wall clock, `seconds` a clock that never goes back, `pause` waits.
    """

    fetch: Fetch
    now: Callable[[], Instant]
    seconds: Callable[[], float]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])
    _last: dict[str, float] = field(default_factory=dict[str, float])

    @asynccontextmanager
    async def turn(self, url: str, delay_s: float) -> AsyncGenerator[None, None]:
        """Wait until this host may be asked again."""
        host = urlsplit(url).netloc.lower()
        async with self._turns.setdefault(host, asyncio.Lock()):
            wait = self._last.get(host, float("-inf")) + delay_s - self.seconds()
            if wait > 0:
                await self.pause(wait)
            try:
                yield
            finally:
                self._last[host] = self.seconds()


class Visit:
    """All requests of one run, counted and bounded. A file is read only at `home`, where the source stands:
    nothing that a source says leads to a file of this machine. `is_late` once its seconds have passed.
    """

    def __init__(self, world: World, limits: Limits, home: str = "") -> None:
        self.limits = limits
        self.requests = 0
        self.bytes = 0
        self.is_late = False
        self._home = home
        self._world = world
        self._start = world.seconds()

    @property
    def seconds(self) -> float:
        return self._world.seconds() - self._start

    async def get(self, url: str, conditions: Mapping[str, str] | None = None) -> Fetched:
        """A 200, or a 304 if conditions were given. Waits when it is asked to, tries again what may pass.

        Raises Problem(SourceFailed) or Problem(AddressRefused).
        """
        answer = await self.ask(url, conditions)
        if answer.status == 200 or (answer.status == 304 and conditions):
            return answer
        raise Problem(SourceFailed, f"'{shown(url)}' answers {answer.status}.")

    async def ask(self, url: str, conditions: Mapping[str, str] | None = None) -> Fetched:
        """The last answer, whatever its status."""
        headers = {"accept": ACCEPT, "user-agent": AGENT, **(conditions or {})}
        for attempt in range(1, self.limits.attempts + 1):
            last = attempt == self.limits.attempts
            usual = 2.0**attempt
            try:
                answer = await self._once(url, headers)
            except Failed as failure:
                if last or not self._has_time_for(usual):
                    raise Problem(SourceFailed, str(failure)) from failure
                await self._world.pause(usual)
                continue
            if last or answer.status not in BUSY | PASSING:
                return answer
            wait = self._asked_to_wait(answer, url, usual)
            if not self._has_time_for(wait):
                return answer
            await self._world.pause(wait)
        raise AssertionError  # the last attempt returns or raises

    def check_records(self, read: int) -> None:
        """Raise Problem(SourceFailed) when a run has read too many records."""
        if read > self.limits.most_records:
            raise Problem(SourceFailed, f"The source has more than {self.limits.most_records} records.")

    async def _once(self, url: str, headers: Mapping[str, str]) -> Fetched:
        self._check_bounds()
        if url != self._home and urlsplit(url).scheme == "file":
            raise Problem(
                AddressRefused, f"The source leads to the file '{shown(url)}', which is not its own."
            )
        try:
            async with asyncio.timeout(self.limits.most_seconds - self.seconds):
                answer = await self._in_turn(url, headers)
        except TimeoutError as failure:
            raise self._late() from failure
        except Refused as refusal:
            raise Problem(AddressRefused, str(refusal)) from refusal
        self.bytes += len(answer.body)
        self._check_bounds()
        return answer

    async def _in_turn(self, url: str, headers: Mapping[str, str]) -> Fetched:
        async with self._world.turn(url, self.limits.delay_s):
            self.requests += 1
            return await self._world.fetch(url, headers)

    def _check_bounds(self) -> None:
        limits = self.limits
        if self.requests >= limits.most_requests:
            raise Problem(
                SourceFailed, f"The run has made {limits.most_requests} requests, and may make no more."
            )
        if self.bytes > limits.most_bytes:
            raise Problem(SourceFailed, f"The source has sent more than {limits.most_bytes} bytes.")
        if self.seconds > limits.most_seconds:
            raise self._late()

    def _late(self) -> Problem:
        self.is_late = True
        seconds = f"{self.limits.most_seconds:g}"
        return Problem(SourceFailed, f"The source has taken more than {seconds} s, and is asked no more.")

    def _asked_to_wait(self, answer: Fetched, url: str, usual: float) -> float:
        wait = retry_after(answer.headers.get("retry-after", ""), self._world.now())
        if wait is None:
            return usual
        if wait > self.limits.most_wait_s or not self._has_time_for(wait):
            raise Problem(
                SourceFailed, f"'{shown(url)}' answers {answer.status} and asks to wait {wait:.0f} s."
            )
        return wait

    def _has_time_for(self, wait: float) -> bool:
        return self.seconds + wait <= self.limits.most_seconds


def retry_after(written: str, now: Instant) -> float | None:
    """Seconds that a Retry-After header asks for: a number or a date (RFC 9110, 10.2.3).

    >>> retry_after("120", Instant("2022-11-29T10:47:16.181000Z"))
    120.0
    """
    text = written.strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - datetime_of(now)).total_seconds())
    except (ValueError, TypeError):
        return None


def shown(url: str) -> str:
    """A URL short enough for a sentence, without its keys."""
    masked = shown_url(url)
    return masked if len(masked) <= 200 else f"{masked[:197]}…"
