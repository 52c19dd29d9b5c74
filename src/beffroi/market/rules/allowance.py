"""What a product has left of its rate and its quotas, and the words for it (RateLimit header fields for HTTP,
draft-ietf-httpapi-ratelimit-headers, as of version 09).

A rate is a bucket of tokens: it holds what comes in within a second, at least one. A quota counts by
calendar day or month in UTC.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from beffroi.kernel.grant import Grant, Quota
from beffroi.kernel.instant import Instant, datetime_of, seconds_between, shortened

Counters = dict[str, int]


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

    def add(self, counted: Mapping[str, int]) -> None:
        for metric, number in counted.items():
            self.by_day[metric] = self.by_day.get(metric, 0) + number
            self.by_month[metric] = self.by_month.get(metric, 0) + number

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
    stop = over(grant, spent, {"requests": 1}, now)
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
    spent.add({"requests": 1})
    return None


def over(grant: Grant, spent: Spent, more: Mapping[str, int], now: Instant) -> Stop | None:
    """The first quota that has no room for so much more; one that is spent has room for nothing."""
    for quota in grant.quotas:
        used, wanted = spent.used(quota), more.get(quota.metric, 0)
        if used + wanted > quota.amount or (quota.metric != "requests" and used >= quota.amount):
            end = ends(quota.period, now)
            left = max(quota.amount - used, 0)
            rest = "" if left == 0 else f" Only {left} are left; this answer needs {wanted}."
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
    policies: list[str] = []
    left: list[str] = []
    if grant.rate:
        most = max(grant.rate, 1.0)
        level = most if spent.bucket is None else spent.bucket
        policies.append(f'"rate";q={math.floor(most)};w={math.ceil(most / grant.rate)}')
        left.append(f'"rate";r={math.floor(level)};t={math.ceil((most - level) / grant.rate)}')
    for quota in grant.quotas:
        name, end = f"{quota.metric}-{quota.period}", ends(quota.period, now)
        unit = ';qu="content-bytes"' if quota.metric == "bytes" else ""
        policies.append(f'"{name}";q={quota.amount}{unit};w={_LENGTH[quota.period]}')
        remaining = max(quota.amount - spent.used(quota), 0)
        left.append(f'"{name}";r={remaining};t={max(0, math.ceil(seconds_between(now, end)))}')
    if not policies:
        return {}
    return {"ratelimit-policy": ", ".join(policies), "ratelimit": ", ".join(left)}


_LENGTH = {"day": 86_400, "month": 2_678_400}
"""Seconds of a window; of a month the longest."""
