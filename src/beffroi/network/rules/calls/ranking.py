"""Ranking of applications by weighted means, in exact fractions, with all that explains it.

For each criterion the mean of the points (0 to 10) of those jurors who have no conflict and scored it; a
total is the sum of weight × mean / 10 over the criteria, so 100 is the most. A criterion that nobody scored
adds nothing and leaves the application incomplete. Equal totals are told apart by the mean of the weightiest
criterion, then of the next (criteria of equal weight in the order of the call), then by the earlier receipt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final

TIE_RULE: Final = (
    "Equal totals are told apart by the mean of the weightiest criterion, then of the next; then by the "
    "earlier receipt."
)


@dataclass(frozen=True, slots=True)
class Applied:
    """An application as far as it matters here; `received` is the moment of its last receipt."""

    id: str
    received: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one juror said of one application: points by criterion."""

    juror: str
    application: str
    conflict: bool
    points: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion of one application: the points that count, their mean, and highest less lowest."""

    criterion: str
    weight: int
    points: Mapping[str, int]

    @property
    def mean(self) -> Fraction | None:
        return Fraction(sum(self.points.values()), len(self.points)) if self.points else None

    @property
    def spread(self) -> int:
        return max(self.points.values(), default=0) - min(self.points.values(), default=0)

    @property
    def worth(self) -> Fraction:
        """What the criterion adds to the total."""
        return Fraction(self.weight, 10) * (self.mean or Fraction(0))


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place in the ranking.

    `jurors` are the totals of those who scored every criterion, `spread` their highest less lowest; `missing`
    are points not given yet, as juror and criterion; `conflicts` who gives none; `tie` says what told it from
    the application before it where the totals are equal.
    """

    rank: int
    application: str
    total: Fraction
    criteria: tuple[Judged, ...]
    jurors: Mapping[str, Fraction]
    missing: tuple[tuple[str, str], ...]
    conflicts: tuple[str, ...]
    tie: str = ""

    @property
    def is_complete(self) -> bool:
        return not self.missing and all(judged.points for judged in self.criteria)

    @property
    def spread(self) -> Fraction:
        return max(self.jurors.values(), default=Fraction(0)) - min(self.jurors.values(), default=Fraction(0))


def ranking(
    criteria: Mapping[str, int],
    applications: Sequence[Applied],
    jurors: Sequence[str],
    sheets: Sequence[Sheet],
) -> list[Ranked]:
    """All applications, the best first. Sheets of others than `jurors` do not count."""
    by_both = {(sheet.application, sheet.juror): sheet for sheet in sheets}
    weighty = sorted(criteria, key=lambda name: -criteria[name])
    rows: list[tuple[_Order, Ranked]] = []
    for applied in applications:
        own = [by_both.get((applied.id, juror)) or Sheet(juror, applied.id, False, {}) for juror in jurors]
        ranked = _judged(criteria, applied, own)
        means = {judged.criterion: judged.mean or Fraction(0) for judged in ranked.criteria}
        order = _Order(ranked.total, tuple((name, means[name]) for name in weighty), applied)
        rows.append((order, ranked))
    rows.sort(key=lambda row: row[0].key)
    return [*_placed(rows)]


def decimal(value: Fraction) -> str:
    """A fraction of nought or more with two decimals, half up.

    >>> decimal(Fraction(200, 3)), decimal(Fraction(1, 200))
    ('66.67', '0.01')
    """
    return str(Decimal(floor(value * 100 + Fraction(1, 2))).scaleb(-2))


@dataclass(frozen=True, slots=True)
class _Order:
    total: Fraction
    means: tuple[tuple[str, Fraction], ...]
    applied: Applied

    @property
    def key(self) -> tuple[Fraction, tuple[Fraction, ...], str, str]:
        return -self.total, tuple(-mean for _, mean in self.means), self.applied.received, self.applied.id

    def told_from(self, before: "_Order") -> str:
        """What puts this one behind the one before it, where the totals are equal."""
        if self.total != before.total:
            return ""
        for (name, mean), (_, other) in zip(self.means, before.means, strict=True):
            if mean != other:
                return f"The totals are equal; the mean of '{name}' is lower."
        return "The totals and all means are equal; it was received later."


def _judged(criteria: Mapping[str, int], applied: Applied, sheets: Sequence[Sheet]) -> Ranked:
    free = [sheet for sheet in sheets if not sheet.conflict]
    judged = tuple(
        Judged(name, weight, {sheet.juror: sheet.points[name] for sheet in free if name in sheet.points})
        for name, weight in criteria.items()
    )
    totals = {
        sheet.juror: sum(
            (Fraction(weight * sheet.points[name], 10) for name, weight in criteria.items()), Fraction(0)
        )
        for sheet in free
        if all(name in sheet.points for name in criteria)
    }
    missing = tuple((sheet.juror, name) for sheet in free for name in criteria if name not in sheet.points)
    conflicts = tuple(sheet.juror for sheet in sheets if sheet.conflict)
    total = sum((each.worth for each in judged), Fraction(0))
    return Ranked(0, applied.id, total, judged, totals, missing, conflicts)


def _placed(rows: Sequence[tuple[_Order, Ranked]]) -> Iterator[Ranked]:
    for place, (order, ranked) in enumerate(rows):
        tie = order.told_from(rows[place - 1][0]) if place else ""
        yield replace(ranked, rank=place + 1, tie=tie)
