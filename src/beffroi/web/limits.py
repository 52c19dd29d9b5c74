"""The limits of the HTTP edge: bytes, numbers and seconds."""

from dataclasses import dataclass
from typing import Final

BODY_LIMIT: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How large requests may be and how long they may take.

    `most_held` bounds the bytes of all bodies that are held at once; the first `small` bytes of each do not
    count, so that large bodies cannot keep small ones out. After an answer that did not wait for the body,
    what still comes is read and forgotten for `drain_seconds`: to close at once would take the answer away
    from a client that is still sending. A client that takes nothing of an answer for `send_seconds`, or asks
    nothing for `idle_seconds`, is dropped. When the server is asked to stop, bodies that still come and
    streams without end have `stopping_seconds` left. A client that sends no more is told every so many
    `probe_seconds` that its answer is under way, which finds out whether it is still there.
    """

    most_connections: int = 10_000
    most_target: int = 64 * 1024
    most_head: int = 64 * 1024
    most_fields: int = 128
    most_bytes: int = BODY_LIMIT
    most_held: int = 8 * BODY_LIMIT
    small: int = 1024 * 1024
    header_seconds: float = 15.0
    body_seconds: float = 30.0
    drain_seconds: float = 5.0
    send_seconds: float = 30.0
    idle_seconds: float = 75.0
    stopping_seconds: float = 1.0
    probe_seconds: float = 0.5


DEFAULT_LIMITS: Final = Limits()
