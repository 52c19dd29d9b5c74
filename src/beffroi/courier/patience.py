"""When to try again (exponential back-off with jitter; Retry-After, RFC 9110 section 10.2.3)."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from beffroi.kernel.instant import Instant, instant_of, seconds_between

LONGEST_ASKED_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits double from `first_s` to `most_s`; an event older than `window_s` becomes a dead letter."""

    first_s: float = 1.0
    most_s: float = 300.0
    window_s: float = 86_400.0
    most_crashes: int = 5


DEFAULT_PATIENCE = Patience()


def wait_s(attempts: int, chance: float, patience: Patience, asked_s: float | None = None) -> float:
    """Seconds until the next try after `attempts` earlier ones; `chance` from 0 to 1 spreads them.

    >>> [wait_s(n, 1.0, Patience()) for n in (0, 1, 2, 20)]
    [1.0, 2.0, 4.0, 300.0]
    >>> wait_s(0, 0.0, Patience()), wait_s(0, 0.0, Patience(), asked_s=30)
    (0.5, 30)
    """
    longest: float = min(patience.first_s * 2.0 ** min(attempts, 40), patience.most_s)
    return max(longest * (0.5 + chance / 2), min(asked_s or 0.0, LONGEST_ASKED_S))


def retry_after_s(header: str, now: Instant) -> float | None:
    """What a Retry-After header asks for, in seconds from now; None if it says nothing readable.

    >>> retry_after_s("120", Instant("2026-11-22T13:49:00.000000Z"))
    120.0
    >>> retry_after_s("Sun, 22 Nov 2026 13:49:30 GMT", Instant("2026-11-22T13:49:00.000000Z"))
    30.0
    """
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) < 12:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, seconds_between(now, instant_of(moment))) if moment.tzinfo is not None else None
