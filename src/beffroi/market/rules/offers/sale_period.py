"""When an offering is on sale: within its `validFor` (TMF620), beside what its lifecycleStatus says."""

from dataclasses import dataclass

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import JsonObject


@dataclass(frozen=True, slots=True)
class SalePeriod:
    """From `since` to `until`, both moments included; NO_INSTANT is no bound."""

    since: Instant = NO_INSTANT
    until: Instant = NO_INSTANT

    def is_to_come(self, now: Instant) -> bool:
        return bool(self.since) and now < self.since

    def is_over(self, now: Instant) -> bool:
        return bool(self.until) and self.until < now

    def holds(self, now: Instant) -> bool:
        return not self.is_to_come(now) and not self.is_over(now)


def sale_period(offering: JsonObject) -> SalePeriod:
    """The period in which an offering is valid.

    >>> sale_period({"validFor": {"endDateTime": "2021-12-31T23:00:00Z"}}).until
    '2021-12-31T23:00:00.000000Z'
    """
    period = offering.get("validFor")
    if not isinstance(period, dict):
        return SalePeriod()
    since, until = (parse_instant(str(period.get(name))) for name in ("startDateTime", "endDateTime"))
    return SalePeriod(since or NO_INSTANT, until or NO_INSTANT)
