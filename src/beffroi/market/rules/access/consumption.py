"""How much of its quotas a product has used: the usageConsumption of TMF677, one bucket for each quota.

A bucket says what is left and what was used since its period began; of a metric without a quota there is a
bucket with the counter of the month alone.
"""

from collections.abc import Mapping, Sequence

from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.market.rules.access.usage_chain import METRICS
from beffroi.market.rules.prices.calendar import ONE_DAY, Days, day_of, month_of, start_of

UNITS = {"requests": "request", "entities": "entity", "bytes": "byte", "notifications": "notification"}


def period_of(quota: str, now: Instant) -> Days:
    """The days of the `day` or `month` (UTC) of a quota that hold a moment.

    >>> period_of("month", Instant("2026-11-22T13:49:00.000000Z")).first.isoformat()
    '2026-11-01'
    """
    return Days(day_of(now), day_of(now)) if quota == "day" else month_of(now[:7])


def left_of(quota: Quota, used: int) -> int:
    """What is left of a quota; never below zero.

    >>> left_of(Quota("requests", 1000, "month"), 1200)
    0
    """
    return max(quota.amount - used, 0)


def consumption(
    product: str, name: str, quotas: Sequence[Quota], used: Mapping[str, Mapping[str, int]], now: Instant
) -> JsonObject:
    """The usageConsumption. `used` is what was counted by metric in the `day` and the `month` of `now`."""
    limited = {quota.metric for quota in quotas}
    buckets = [
        _bucket(product, quota, used.get(quota.period, {}).get(quota.metric, 0), now) for quota in quotas
    ]
    for metric in METRICS:
        if metric not in limited:
            counted = used.get("month", {}).get(metric, 0)
            buckets.append(_counter(product, metric, "month", counted, now))
    return {
        "@type": "UsageConsumption",
        "id": product,
        "creationDate": now,
        "state": "done",
        "product": [{"id": product, "name": name, "@referredType": "Product"}],
        "bucketRefOrValue": [*buckets],
    }


def _bucket(product: str, quota: Quota, used: int, now: Instant) -> JsonObject:
    left = left_of(quota, used)
    return {
        **_counter(product, quota.metric, quota.period, used, now),
        "remainingValue": {"amount": left, "units": UNITS[quota.metric]},
        "remainingValueName": f"{left} of {quota.amount} {quota.metric}",
        "status": "active" if left else "used up",
    }


def _counter(product: str, metric: str, period: str, used: int, now: Instant) -> JsonObject:
    days = period_of(period, now)
    valid: JsonObject = {
        "startDateTime": start_of(days.first),
        "endDateTime": start_of(days.last + ONE_DAY),
    }
    return {
        "id": f"{product}:{metric}:{period}",
        "name": f"{metric} in a {period}",
        "usageType": metric,
        "isShared": False,
        "validFor": valid,
        "product": [{"id": product, "@referredType": "Product"}],
        "bucketCounter": [
            {
                "counterType": "used",
                "level": "global",
                "value": {"amount": used, "units": UNITS[metric]},
                "valueName": f"{used} {metric}",
                "consumptionPeriod": {"startDateTime": valid["startDateTime"], "endDateTime": now},
            }
        ],
    }
