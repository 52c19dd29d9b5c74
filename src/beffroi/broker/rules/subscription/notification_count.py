"""Count notifications (clauses 5.2.14.2, 5.8.6): every attempt is one that was sent."""

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject


def sent(counts: JsonObject, now: Instant) -> JsonObject:
    """The counters after a delivery.

    >>> sent({}, Instant("2026-11-22T13:49:00.000000Z"))["timesSent"]
    1
    """
    return {**_attempted(counts, now), "lastSuccess": now, "status": "ok"}


def failed(counts: JsonObject, now: Instant) -> JsonObject:
    """The counters after an attempt that failed."""
    times = _number(counts, "timesFailed") + 1
    return {**_attempted(counts, now), "lastFailure": now, "status": "failed", "timesFailed": times}


def throttle(counts: JsonObject, at: Instant) -> JsonObject:
    """The counters when a notification of a throttled subscription is on its way."""
    return {**counts, "throttledFrom": at}


def _attempted(counts: JsonObject, now: Instant) -> JsonObject:
    return {**counts, "lastNotification": now, "timesSent": _number(counts, "timesSent") + 1}


def _number(counts: JsonObject, member: str) -> int:
    value = counts.get(member, 0)
    return value if isinstance(value, int) else 0
