"""The service level of an offer as everybody reads it: what is promised, and what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.levels import levels
from beffroi.market.rules.documents.visibility import Actor
from beffroi.market.rules.prices.calendar import Days, day_of
from beffroi.market.rules.service_level.promise import promise_of
from beffroi.portal.reading.market.offers import Offer
from beffroi.portal.reading.series import Point, Series
from beffroi.portal.services import Portal
from beffroi.portal.words.language import instant_or_none

CHARTED_DAYS: Final = 14
PERCENT: Final = "P1"


@dataclass(frozen=True, slots=True)
class Level:
    """One objective (`metric`), in percent: at least `promised`; `measured` in the month so far, None where
    nothing was. `within` is how old a fresh answer may be, in seconds, 0 where that is not asked.
    `series` has the hours of the last days."""

    metric: str
    promised: float
    measured: float | None
    within: float
    series: Series

    @property
    def kept(self) -> bool:
        return self.measured is not None and self.measured >= self.promised


async def month_of(portal: Portal, offer: Offer, actor: Actor) -> tuple[Level, ...]:
    """The objectives with the month so far, without a series worth drawing."""
    return await _levels(portal, offer, actor, 1)


async def charted(portal: Portal, offer: Offer, actor: Actor) -> tuple[Level, ...]:
    """The objectives with the hours of the last CHARTED_DAYS."""
    return await _levels(portal, offer, actor, CHARTED_DAYS)


async def _levels(portal: Portal, offer: Offer, actor: Actor, days: int) -> tuple[Level, ...]:
    """Nothing for an offer that promises nothing, or whose promise cannot be read."""
    today = day_of(portal.market.now())
    try:
        if promise_of(offer.document) is None:
            return ()
        found = await levels(portal.market, offer.id, Days(today - timedelta(days=days - 1), today), actor)
    except Problem:
        return ()
    return tuple(_level(each, found.hours) for each in found.objectives)


def _level(objective: JsonObject, hours: Sequence[JsonObject]) -> Level:
    metric = str(objective["metric"])
    points = [point for hour in hours if (point := _point(hour, metric)) is not None]
    return Level(
        metric=metric,
        promised=_number(objective.get("target")) or 0.0,
        measured=_number(objective.get("measured")),
        within=_number(objective.get("withinSeconds")) or 0.0,
        series=Series(metric, PERCENT, points),
    )


def _point(hour: JsonObject, metric: str) -> Point | None:
    measured, at = hour.get("measured"), instant_or_none(hour.get("hour"))
    number = _number(measured.get(metric)) if isinstance(measured, dict) else None
    return Point(at, number) if at is not None and number is not None else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
