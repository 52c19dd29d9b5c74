"""Check one address: send what the probes ask for within limits, record it, judge the recording."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

from beffroi.proof.examine import Examination, examine
from beffroi.proof.exchange import NOT_ASKED, Area, Exchange, Fetch, Recording, Request, Sightings
from beffroi.proof.judge import judge
from beffroi.proof.keys import with_keys, without_keys
from beffroi.proof.probes.asking import Asking
from beffroi.proof.register import load_register
from beffroi.proof.verdict import Report

MOST_REQUESTS = 60
MOST_SECONDS = 240.0
MOST_KEPT = 4_000_000
MOST_KEPT_IN_ALL = 40_000_000
MOST_FAILURES = 3
MOST_REFUSALS = 2
_NO_ANSWER = frozenset(
    {"network", "timeout", "unended", "cut-short", "too-large", "refused-address", "bad-answer"}
)

Now: TypeAlias = Callable[[], datetime]
Progress: TypeAlias = Callable[[int, Request], None]


async def check(
    url: str,
    *,
    fetch: Fetch,
    area: Area | None = None,
    now: Now,
    on_progress: Progress | None = None,
    earlier: Sightings | None = None,
) -> Report:
    """Check an address and return the report with its evidence.

    `fetch` sends one request and guards it; `now` gives the time with its zone; `on_progress` hears
    the number and the request before each one is sent. GET only, at most 60 requests, four minutes.
    `earlier` is what a visit at least a day ago saw (`sightings`), to judge whether identifiers last.
    A key in the query of the URL is sent to its server and left out of the report.
    Raises ValueError when the URL is no http(s) address.
    """
    stored, keys = without_keys(clean_url(url))
    recording = await record(
        stored, fetch=with_keys(fetch, keys), area=area, now=now, on_progress=on_progress
    )
    return await asyncio.to_thread(judge, load_register(), replace(recording, earlier=earlier))


async def record(
    url: str, *, fetch: Fetch, area: Area | None, now: Now, on_progress: Progress | None = None
) -> Recording:
    """Send what the probes ask for until they have seen enough or a limit is reached."""
    limits = _Limits(now(), urlsplit(url).netloc)
    probes = examine(url, area)
    request = await asyncio.to_thread(_step, probes, None)
    while request is not None:
        if limits.stopped:
            exchange = Exchange(0, request, NOT_ASKED)
        else:
            if on_progress:
                on_progress(len(limits.exchanges) + 1, request)
            sent = now()
            answer = await fetch(request.method, request.url, dict(request.headers))
            exchange = limits.kept(Exchange(len(limits.exchanges) + 1, request, answer, _utc(sent)))
            limits.watch(exchange, now())
        request = await asyncio.to_thread(_step, probes, exchange)
    return Recording(url, area, _utc(limits.started), _utc(now()), limits.stopped, tuple(limits.exchanges))


def _step(probes: Asking[Examination], exchange: Exchange | None) -> Request | None:
    """The next request of the probes, or None when they have seen enough."""
    try:
        return next(probes) if exchange is None else probes.send(exchange)
    except StopIteration:
        return None


def clean_url(url: str) -> str:
    """An http(s) address without fragment; a name and password in it are refused, not stored."""
    given = url.strip() if "://" in url else f"https://{url.strip()}"
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"URL '{url}' cannot be read.") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"URL '{url}' is no http or https address.")
    if parts.username or parts.password:
        raise ValueError("A URL with a name or password is not checked: it would end up in the evidence.")
    return urlunsplit(parts._replace(fragment=""))


@dataclass(slots=True)
class _Limits:
    """What has been seen so far, and why to stop."""

    started: datetime
    host: str
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    stopped: str = ""
    bytes_kept: int = 0
    failures: int = 0
    refusals: int = 0

    def kept(self, exchange: Exchange) -> Exchange:
        """Cut the body to what goes into the evidence: the probes see no more than it holds."""
        room = min(MOST_KEPT, MOST_KEPT_IN_ALL - self.bytes_kept)
        answer = exchange.answer
        if len(answer.body) > room:
            answer = replace(answer, body=answer.body[:room], truncated=True)
        self.bytes_kept += len(answer.body)
        return replace(exchange, answer=answer)

    def watch(self, exchange: Exchange, now: datetime) -> None:
        """Count what the checked server itself does; a dead context elsewhere stops nothing."""
        self.exchanges.append(exchange)
        if urlsplit(exchange.request.url).netloc == self.host:
            failed = exchange.answer.failure in _NO_ANSWER
            self.failures = self.failures + 1 if failed else 0
            self.refusals += exchange.answer.status == 429
        reasons = {
            "requests": len(self.exchanges) >= MOST_REQUESTS
            or exchange.answer.failure == "too-many-requests",
            "time": (now - self.started).total_seconds() > MOST_SECONDS,
            "bytes": self.bytes_kept >= MOST_KEPT_IN_ALL,
            "unreachable": self.failures >= MOST_FAILURES,
            "rate-limited": self.refusals >= MOST_REFUSALS,
        }
        self.stopped = next((reason for reason, met in reasons.items() if met), "")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
