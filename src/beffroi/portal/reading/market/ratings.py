"""Ratings of an offer by those who hold the product."""

from dataclasses import dataclass

from beffroi.kernel.instant import Instant


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
