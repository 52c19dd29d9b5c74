"""Policy: what a guarded connection may reach, and how much it may cost; and how it says no."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """`allow_private` opens loopback and private networks, for a node that listens on loopback only.

    Seconds count from the call to the last byte of the answer, redirects included. Bytes count after
    decompression.
    """

    allow_private: bool = False
    timeout_s: float = 30.0
    connect_s: float = 10.0
    most_bytes: int = 10_000_000
    most_redirects: int = 5
    most_connections: int = 200
    agent: str = "beffroi"


class Refused(Exception):
    """The address or a header is not allowed; nothing was sent to it."""


class Failed(Exception):
    """The other side does not answer, or not as it should; of a kind below where more is known of it."""


class Late(Failed):
    """Nothing was answered in time."""


class Unended(Failed):
    """An answer began in time, and did not end in time."""


class TooLarge(Failed):
    """An answer has more bytes than are read."""


class CutShort(Failed):
    """An answer ends before it is whole."""


class NotHttp(Failed):
    """What is answered cannot be read as HTTP."""
