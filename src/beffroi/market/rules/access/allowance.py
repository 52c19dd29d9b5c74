"""What a product has left of its rate and its quotas, and the words for it (RateLimit header fields for HTTP,
draft-ietf-httpapi-ratelimit-headers, as of version 09).

A rate is a bucket of tokens: it holds what comes in within a second, at least one. A quota counts by
calendar day or month in UTC.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from beffroi.kernel.grant import Grant, Quota
from beffroi.kernel.instant import Instant, datetime_of, seconds_between, shortened
from beffroi.market.rules.access.journal_line import Counted, Counts

Counters = dict[str, int]
ONE_REQUEST: Final = Counted(1)


@dataclass(slots=True)
class Spent:
    """What one product has used: counters of this day and this month, and its bucket.

    `bucket` are requests that may come at once, as it was at the moment `filled` of a clock that only goes
    forward; None before the first.
    """

    day: str = ""
    month: str = ""
    by_day: Counters = field(default_factory=dict[str, int])
    by_month: Counters = field(default_factory=dict[str, int])
    bucket: float | None = None
    filled: float = 0.0

    def turn(self, now: Instant) -> None:
        """Begin the day and the month that it is. A clock that was set back begins nothing again."""
        if now[:10] > self.day:
            self.day, self.by_day = now[:10], {}
        if now[:7] > self.month:
            self.month, self.by_month = now[:7], {}

    def add(self, counted: Counts) -> None:
        requests, entities, size, notifications = counted
        for used in (self.by_day, self.by_month):
            if requests:
                used["requests"] = used.get("requests", 0) + requests
            if entities:
                used["entities"] = used.get("entities", 0) + entities
            if size:
                used["bytes"] = used.get("bytes", 0) + size
            if notifications:
                used["notifications"] = used.get("notifications", 0) + notifications

    def used(self, quota: Quota) -> int:
        return (self.by_day if quota.period == "day" else self.by_month).get(quota.metric, 0)


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a request is refused, and after how many seconds it makes sense to come again."""

    sentence: str
    wait_s: int


def take(grant: Grant, spent: Spent, now: Instant, clock: float) -> Stop | None:
    """Take one request from rate and quotas, or say why not; then nothing is taken.

    `clock` are seconds of a clock that only goes forward.
    """
    spent.turn(now)
    stop = over(grant, spent, ONE_REQUEST, now)
    if stop is not None:
        return stop
    if grant.rate:
        most = max(grant.rate, 1.0)
        level = most if spent.bucket is None else spent.bucket + (clock - spent.filled) * grant.rate
        level = min(level, most)
        spent.bucket, spent.filled = level, clock
        if level < 1.0:
            wait = max(1, math.ceil((1.0 - level) / grant.rate))
            return Stop(f"No more than {grant.rate:g} requests in a second were bought.", wait)
        spent.bucket = level - 1.0
    spent.add(ONE_REQUEST)
    return None


def over(grant: Grant, spent: Spent, more: Counts, now: Instant) -> Stop | None:
    """The first quota that has no room for so much more; one that is spent has room for nothing."""
    for quota in grant.quotas:
        used, wanted = spent.used(quota), more[_PLACE[quota.metric]]
        if used + wanted > quota.amount or (quota.metric != "requests" and used >= quota.amount):
            end = ends(quota.period, now)
            left = max(quota.amount - used, 0)
            rest = "" if left == 0 else f" Only {left} are left; this needs {wanted}."
            sentence = (
                f"The quota of {quota.amount} {quota.metric} in a {quota.period} is spent until "
                f"{shortened(end)}.{rest}"
            )
            return Stop(sentence, max(1, math.ceil(seconds_between(now, end))))
    return None


def ends(period: str, now: Instant) -> Instant:
    """When the calendar period (`day`, `month`) of a moment ends.

    >>> ends("month", Instant("2026-12-22T13:49:00.000000Z"))
    '2027-01-01T00:00:00.000000Z'
    """
    if period == "month":
        year, month = int(now[:4]), int(now[5:7])
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return Instant(f"{year:04}-{month:02}-01T00:00:00.000000Z")
    midnight = datetime_of(Instant(f"{now[:10]}T00:00:00.000000Z"))
    return Instant(f"{midnight.fromordinal(midnight.toordinal() + 1):%Y-%m-%d}T00:00:00.000000Z")


def rate_headers(grant: Grant, spent: Spent, now: Instant) -> dict[str, str]:
    """`RateLimit-Policy` and `RateLimit` for what was bought; nothing where nothing is limited."""
    left: list[str] = []
    if grant.rate:
        most = max(grant.rate, 1.0)
        level = most if spent.bucket is None else spent.bucket
        left.append(f'"rate";r={math.floor(level)};t={math.ceil((most - level) / grant.rate)}')
    for quota in grant.quotas:
        remaining = max(quota.amount - spent.used(quota), 0)
        left.append(
            f'"{quota.metric}-{quota.period}";r={remaining};t={_seconds_left(quota.period, now[:19])}'
        )
    if not left:
        return {}
    return {"ratelimit-policy": _policy(grant.rate, grant.quotas), "ratelimit": ", ".join(left)}


@lru_cache(maxsize=1_024)
def _policy(rate: float, quotas: tuple[Quota, ...]) -> str:
    policies: list[str] = []
    if rate:
        most = max(rate, 1.0)
        policies.append(f'"rate";q={math.floor(most)};w={math.ceil(most / rate)}')
    for quota in quotas:
        unit = ';qu="content-bytes"' if quota.metric == "bytes" else ""
        policies.append(f'"{quota.metric}-{quota.period}";q={quota.amount}{unit};w={_LENGTH[quota.period]}')
    return ", ".join(policies)


@lru_cache(maxsize=8)
def _seconds_left(period: str, second: str) -> int:
    """Seconds until a period ends, within this second: `2026-11-22T13:49:00`."""
    now = Instant(f"{second}.000000Z")
    return max(0, math.ceil(seconds_between(now, ends(period, now))))


_PLACE: Final = {metric: place for place, metric in enumerate(Counted._fields)}

_LENGTH = {"day": 86_400, "month": 2_678_400}
"""Seconds of a window; of a month the longest."""
