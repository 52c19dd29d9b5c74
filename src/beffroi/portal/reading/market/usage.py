"""What a product was used for: counters and quotas as bars, and the days of a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import JsonObject
from beffroi.market.rules.access.allowance import Spent
from beffroi.market.rules.access.consumption import left_of, period_of
from beffroi.market.rules.access.meter import meter_key, spent_of
from beffroi.market.rules.access.usage_chain import METRICS, began
from beffroi.market.rules.prices.calendar import ONE_DAY, day_of, start_of
from beffroi.store.port import Store

NEAR: Final = 80
"""From this percentage on a quota is said to be near its end."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One counter. `limit` 0: no quota. `share` is what is used of it, in percent, at most 100."""

    metric: str
    period: str
    used: int
    limit: int = 0
    left: int = 0
    share: int = 0
    until: Instant = NO_INSTANT

    @property
    def is_near(self) -> bool:
        return self.limit > 0 and self.share >= NEAR and self.left > 0

    @property
    def is_spent(self) -> bool:
        return self.limit > 0 and self.left == 0


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """What was counted on one day (UTC)."""

    at: Instant
    requests: int
    entities: int
    bytes: int
    notifications: int


async def spent_by(store: Store, product: str, now: Instant) -> Spent:
    """What a product has used of this day and this month, as far as the journal was folded."""
    key = meter_key(product)
    spent = spent_of((await store.read([key])).get(key))
    spent.turn(now)
    return spent


def bars_of(quotas: Sequence[Quota], spent: Spent, now: Instant) -> list[Bar]:
    """The quotas first, then what was used this month of metrics without one; requests in any case."""
    bars = [_bar(quota, spent.used(quota), now) for quota in quotas]
    for metric in METRICS:
        used = spent.by_month.get(metric, 0)
        limited = any(quota.metric == metric for quota in quotas)
        if not limited and (used or metric == "requests"):
            bars.append(Bar(metric, "month", used))
    return bars


def _bar(quota: Quota, used: int, now: Instant) -> Bar:
    until = start_of(period_of(quota.period, now).last + ONE_DAY)
    share = 100 if used >= quota.amount else used * 100 // quota.amount
    return Bar(quota.metric, quota.period, used, quota.amount, left_of(quota, used), share, until)


def days_of(rows: Sequence[JsonObject], now: Instant) -> list[DayOfUse]:
    """Every day of the month up to now, the newest first, from the month's usage rows."""
    counts = dict[str, dict[str, int]]()
    for row in rows:
        meter = cast("dict[str, int]", row["meter"])
        sums = counts.setdefault(began(row)[:10], dict.fromkeys(METRICS, 0))
        for metric in METRICS:
            sums[metric] += meter[metric]
    days, day = list[DayOfUse](), day_of(now).replace(day=1)
    while day <= day_of(now):
        of = counts.get(day.isoformat(), {})
        days.append(DayOfUse(start_of(day), *(of.get(metric, 0) for metric in METRICS)))
        day += ONE_DAY
    return days[::-1]
