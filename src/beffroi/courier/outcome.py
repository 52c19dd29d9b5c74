"""What handlers of outbox events get and give back, and the facts that the courier tells."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from beffroi.kernel.instant import Instant
from beffroi.kernel.record import Commit, Key, Record
from beffroi.store.port import Decide, Pending


def nothing(_: Mapping[Key, Record]) -> Commit:
    """Note nothing."""
    return Commit()


@dataclass(frozen=True, slots=True)
class Done:
    """The events leave the outbox in one commit with what `note` returns (counters, further events).

    `handled` says how many of the first ones, if not all.
    """

    reads: tuple[Key, ...] = ()
    note: Decide = nothing
    handled: int | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """The events stay and are tried again, no earlier than after `wait_s`; `note` is stored all the same.

    Of several events the first `handled` are done. `tried` is false when the next one was held back and
    nothing was sent: that is no attempt, and the wait does not grow.
    """

    reason: str
    wait_s: float | None = None
    reads: tuple[Key, ...] = ()
    note: Decide = nothing
    handled: int = 0
    tried: bool = True


Outcome: TypeAlias = Done | Again
Handler: TypeAlias = Callable[[Sequence[Pending]], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Post:
    """Who handles the lanes that start with `prefix`, and how many events of one lane at a time.

    The body of an event is a JSON object; `tenant` and `since` (or `at`), if it has them, say whose it is
    and from when on it counts as late.
    """

    prefix: str
    handler: Handler
    batch: int = 1


@dataclass(frozen=True, slots=True)
class Delivered:
    lane: str
    events: int


@dataclass(frozen=True, slots=True)
class Postponed:
    lane: str
    number: int
    attempts: int
    reason: str
    due: Instant


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The event is a dead letter now: it can be read and replayed, and nothing tries it by itself."""

    lane: str
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class StoreFailed:
    reason: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """A handler raised what it should not: an error of ours."""

    lane: str
    failure: Exception


Fact: TypeAlias = Delivered | Postponed | GivenUp | StoreFailed | Crashed
Tell: TypeAlias = Callable[[Fact], None]
