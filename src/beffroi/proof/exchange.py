"""What a server was asked and what it answered: the only facts that a verdict may rest on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

Failure: TypeAlias = Literal[
    "not-asked",
    "network",
    "timeout",
    "unended",
    "cut-short",
    "too-large",
    "refused-address",
    "bad-url",
    "bad-answer",
    "too-many-requests",
]
"""Why there is no answer: `timeout` nothing came in time, `unended` it began and did not end in time,
`cut-short` it ended before it was whole, `too-large` it has more bytes than are read, `bad-answer` it is not
HTTP, `network` everything else that stands between."""


@dataclass(frozen=True, slots=True)
class Request:
    """One GET or HEAD with the headers that decide what comes back."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer as received; `failure` says why there is none, and then `status` is 0.

    Header names are lower case. `truncated` is true when the body went over a limit and was cut.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    elapsed_ms: int = 0
    truncated: bool = False
    failure: Failure | None = None

    def header(self, name: str) -> str:
        """The values of a header joined as RFC 9110 allows, or an empty text."""
        return ", ".join(value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, its answer and the moment (UTC, ISO 8601); `number` is its place in the recording.

    `number` is 0 for a request that was never sent because the check had to stop.
    """

    number: int
    request: Request
    answer: Answer
    at: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.answer.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Area:
    """A box in degrees, WGS 84: west, south, east, north. `west > east` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """
        >>> Area(2.8, 50.5, 3.3, 50.8).holds(3.06, 50.63)
        True
        """
        if not self.south <= lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= lon <= self.east
        return lon >= self.west or lon <= self.east

    def widened(self, degrees: float) -> Area:
        return Area(
            max(self.west - degrees, -180.0),
            max(self.south - degrees, -90.0),
            min(self.east + degrees, 180.0),
            min(self.north + degrees, 90.0),
        )


@dataclass(frozen=True, slots=True)
class Sightings:
    """The identifiers that an earlier visit saw, by a mark of the thing that carried them."""

    at: str
    ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything that one check saw. A verdict is a function of a register and a recording.

    `stopped` says why no further request was sent: `requests`, `time`, `bytes`, `rate-limited`,
    `unreachable`, or nothing.
    """

    url: str
    area: Area | None
    started: str
    finished: str
    stopped: str
    exchanges: tuple[Exchange, ...]
    earlier: Sightings | None = None

    @property
    def silence(self) -> Failure | None:
        """Why the first request had no answer, where none had one; None where anything was answered."""
        if any(one.answer.failure is None for one in self.exchanges):
            return None
        return self.exchanges[0].answer.failure if self.exchanges else "not-asked"


class Fetch(Protocol):
    """Sends one request and follows no redirect. Every failure comes back as an `Answer`.

    Whoever implements it guards it: which addresses may be called, how many bytes, how long.
    """

    async def __call__(self, method: str, url: str, headers: Mapping[str, str]) -> Answer: ...


NOT_ASKED = Answer(0, failure="not-asked")


def area_of_text(text: str) -> Area:
    """Read `W,S,E,N` in degrees.

    >>> area_of_text("2.8,50.5,3.3,50.8").north
    50.8

    Raises ValueError with a sentence when the text is no box.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"Area '{text}' is not four numbers W,S,E,N.") from error
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90):
        raise ValueError(f"Area '{text}' is no box in degrees: W,S,E,N with S below N.")
    return Area(west, south, east, north)
