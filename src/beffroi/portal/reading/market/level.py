"""What others measured or said of an offer: its service level over time, and ratings of its holders."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from beffroi.kernel.instant import Instant
from beffroi.portal.reading.series import Series

Aspect: TypeAlias = Literal["availability", "freshness", "completeness"]


@dataclass(frozen=True, slots=True)
class Level:
    """One objective as it was measured on the real endpoint: `series` holds its numbers, the oldest first.

    `promised` and `measured` are in `unit` (UN/CEFACT: P1 percent, SEC seconds); None where nothing was
    promised or measured yet. `kept`: whether what was measured is what was promised.
    """

    aspect: Aspect
    unit: str
    promised: float | None
    measured: float | None
    kept: bool
    series: Series


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a holder of the product said: 1 to 5 stars, and a text that may be empty."""

    stars: int
    text: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Ratings:
    """All opinions of an offer; `mean` of so many stars, the newest texts first."""

    count: int
    mean: float
    newest: tuple[Opinion, ...]
