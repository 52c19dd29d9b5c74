"""What regular expressions and comparisons of geometries may cost one question."""

from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

from beffroi.kernel.problem import Problem, TooComplexQuery

MOST_STEPS: Final = 8_000_000
"""Steps of the programs of patterns times bytes of the texts that they are tested on, for one document: some
110 ms at most."""

MOST_SECONDS: Final = 5.0
"""Processor time for all documents of a question: two million short texts, or 40,000 buildings' distances."""

Clock: TypeAlias = Callable[[], float]
"""Seconds of processor time of the thread that asks."""

T = TypeVar("T")
R = TypeVar("R")


class Effort:
    """What is left of it. Without a `clock` only the texts of each document are bounded: that is for who
    asks about one document at a time."""

    __slots__ = ("_clock", "_seconds", "steps")

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock
        self._seconds = MOST_SECONDS
        self.steps = MOST_STEPS

    def renew(self) -> None:
        """Begin with another document."""
        self.steps = MOST_STEPS

    def timed(self, work: Callable[[T], R]) -> Callable[[T], R]:
        """The same work, which raises Problem(TooComplexQuery) once it has taken too long in all."""
        if self._clock is None:
            return work
        return lambda on: self.pay(work, on)

    def pay(self, work: Callable[[T], R], on: T) -> R:
        """Do the work. Raises Problem(TooComplexQuery) where what was done before took too long in all."""
        clock = self._clock
        if clock is None:
            return work(on)
        if self._seconds < 0:
            raise _too_long()
        begun = clock()
        try:
            return work(on)
        finally:
            self._seconds -= clock() - begun


def _too_long() -> Problem:
    return Problem(
        TooComplexQuery,
        f"Regular expressions or geometries were compared for {MOST_SECONDS:g} seconds of processor time; one"
        " query has no more. Narrow it by a type, an area or the value of an attribute, ask for a page"
        " without the count, or look for plain words and with a simpler geometry.",
    )
