"""Legend: which colour stands for which value, so that map and list say the same.

Numbers fall into at most five classes with round limits and about as many things in each; words get a
colour each, the rarest share the last one. The colours themselves stand in the style sheet.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10
from typing import Final

from beffroi.portal.reading.survey import Spread

CLASSES: Final = 5
MOST_WORDS: Final = 7


@dataclass(frozen=True, slots=True)
class Class:
    """One line of a legend. `low` is included, `high` is not; for words, `word` is the value."""

    count: int
    low: float | None = None
    high: float | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """The classes of one attribute in order. `sequence` tells numbers (a ramp) from words (hues)."""

    attribute: str
    unit: str
    sequence: bool
    classes: tuple[Class, ...]

    @property
    def limits(self) -> list[float]:
        """Where one class of numbers ends and the next one begins."""
        return [one.low for one in self.classes[1:] if one.low is not None] if self.sequence else []

    def colour(self, place: int) -> str:
        """The style sheet's name for the colour of the class at this place, as the map has it too."""
        if self.sequence:
            return f"seq-{place + CLASSES - len(self.classes) if len(self.classes) > 1 else 2}"
        return f"hue-{place}"

    @property
    def words(self) -> list[str]:
        return [] if self.sequence else [one.word for one in self.classes if one.word]


def legend_of(spread: Spread) -> Legend | None:
    """The legend of an attribute; None where its values are neither numbers nor few words."""
    if spread.numeric and spread.numbers:
        return Legend(spread.uri, spread.unit, sequence=True, classes=_classes(sorted(spread.numbers)))
    if spread.worded and spread.words:
        return Legend(spread.uri, "", sequence=False, classes=_words(spread))
    return None


def _classes(ordered: list[float]) -> tuple[Class, ...]:
    limits = _limits(ordered)
    edges = [None, *limits, None]
    made = list[Class]()
    for low, high in pairwise(edges):
        count = sum((low is None or n >= low) and (high is None or n < high) for n in ordered)
        made.append(Class(count, low, high))
    return tuple(made)


def _limits(ordered: list[float]) -> list[float]:
    """Limits near the quantiles, rounded to the step that the range of values suggests.

    >>> _limits([float(n) for n in range(101)])
    [20.0, 40.0, 60.0, 80.0]
    >>> _limits([3.0, 3.0, 3.0])
    []
    """
    low, high = ordered[0], ordered[-1]
    if high <= low:
        return []
    step = nice_step((high - low) / 20)
    found = list[float]()
    for part in range(1, CLASSES):
        at = ordered[min(len(ordered) - 1, len(ordered) * part // CLASSES)]
        limit = round(round(at / step) * step, 10)
        if low < limit <= high and limit not in found:
            found.append(limit)
    return sorted(found)


def nice_step(size: float) -> float:
    """The next of 1, 2, 5 times a power of ten.

    >>> nice_step(0.3), nice_step(5.0), nice_step(70.0)
    (0.5, 5.0, 100.0)
    """
    power = 10.0 ** floor(log10(size))
    for times in (1.0, 2.0, 5.0):
        if size <= times * power * 1.000001:
            return times * power
    return 10.0 * power


def _words(spread: Spread) -> tuple[Class, ...]:
    ranked = sorted(spread.words.items(), key=lambda pair: (-pair[1], pair[0]))
    kept, rest = ranked[:MOST_WORDS], ranked[MOST_WORDS:]
    made = [Class(count, word=word) for word, count in kept]
    if rest:
        made.append(Class(sum(count for _, count in rest)))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram: how many values lie in `low` to `high`."""

    low: float
    high: float
    count: int


def histogram(numbers: list[float]) -> list[Bar]:
    """Bars of equal, round width, at most 24.

    >>> [bar.count for bar in histogram([1.0, 1.0, 2.0, 9.0])][:2]
    [2, 1]
    """
    if not numbers:
        return []
    low, high = min(numbers), max(numbers)
    step = nice_step((high - low) / 16) if high > low else nice_step(abs(high) or 1.0)
    if all(number == int(number) for number in numbers):
        step = max(step, 1.0)
    first, last = floor(low / step), floor(high / step)
    counts = [0] * (last - first + 1)
    for number in numbers:
        counts[min(max(floor(number / step) - first, 0), len(counts) - 1)] += 1
    return [Bar((first + n) * step, (first + n + 1) * step, count) for n, count in enumerate(counts)]
