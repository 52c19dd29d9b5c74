"""Settle a month: what each objective came to while a product ran, and the credits that follow.

**Credit rule.** Of each objective the tier with the lowest `below` that the measured percentage is below
gives its `percent`. All objectives together give at most `greatestCredit`; what is above is cut from the
last ones. The percentage is of what the product was billed for the month (`bills/credit.py`). The month of a
product is the hours in which it ran; suspended hours count as the others do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.bills.account import CHARGED_STATES
from beffroi.market.rules.bills.credit import Missed, credit, missed_document
from beffroi.market.rules.orders.agreed_end import agreed_end
from beffroi.market.rules.prices.calendar import ONE_DAY, Days, month_name, start_of
from beffroi.market.rules.service_level.breach import ended, measured, opened
from beffroi.market.rules.service_level.promise import Objective, Promise
from beffroi.market.rules.service_level.rollup import Tally, percent_of, summed


@dataclass(frozen=True, slots=True)
class Owed:
    """What one objective came to in a month, and the percentage that is owed for it (0 for none)."""

    objective: Objective
    tally: Tally
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Month:
    """What was measured of an offering: the records of its days (`level`) in order, and by metric the id of
    the first breach and the last probes that missed."""

    days: Days
    levels: Sequence[JsonObject]
    breaches: Mapping[str, str]
    samples: Mapping[str, Sequence[JsonObject]]

    @property
    def name(self) -> str:
        return month_name(self.days)


def owed(promise: Promise, tallies: Mapping[str, Tally]) -> list[Owed]:
    """What each objective is owed for these counts, all together at most the greatest credit.

    >>> from beffroi.market.rules.service_level.promise import read_promise
    >>> tiers = [{"below": 99.5, "percent": 5}, {"below": 99, "percent": 20}]
    >>> promise = read_promise({"objective": [{"metric": "availability", "target": 99.5, "credit": tiers}]})
    >>> [owed(promise, {"availability": Tally(met, 1000 - met)})[0].percent for met in (995, 994, 989)]
    [Decimal('0'), Decimal('5'), Decimal('20')]
    """
    left, found = promise.most, list[Owed]()
    for objective in promise.objectives:
        tally = tallies.get(objective.metric, Tally())
        percent = min(_tier(objective, tally), left)
        left -= percent
        found.append(Owed(objective, tally, percent))
    return found


def credits_of(promise: Promise, product: JsonObject, month: Month) -> list[JsonObject]:
    """The credits of one product for one month. Their ids are the same however often one asks."""
    since, until = life_of(product)
    if not _is_charged(product) or since is None or not promise.objectives:
        return []
    found = list[JsonObject]()
    for one in owed(promise, summed(hours_between(month.levels, since, until))):
        breach = month.breaches.get(one.objective.metric)
        if one.percent and breach is not None:
            found.append(_credit(product, month, one, breach))
    return found


def hours_between(
    levels: Iterable[Mapping[str, Json]], since: Instant, until: Instant | None
) -> list[JsonObject]:
    """The hours of these days from the one that holds `since` to the one that holds `until`."""
    first, last = since[:13], until[:13] if until else "~"
    return [
        hour
        for level in levels
        for name, hour in cast("dict[str, JsonObject]", level["hours"]).items()
        if first <= f"{level['day']}T{name}" <= last
    ]


def whole_month_breaches(offering: JsonObject, promise: Promise, month: Month) -> list[JsonObject]:
    """A breach of the whole month for each objective that was missed without any run of probes; its evidence
    is the last probes that missed."""
    sums = summed(hours_in(month))
    found = list[JsonObject]()
    for objective in promise.objectives:
        tally, probes = sums.get(objective.metric, Tally()), tuple(month.samples.get(objective.metric, ()))
        if objective.metric in month.breaches or not tally.is_below(objective.target) or not probes:
            continue
        body = measured(opened(offering, objective, probes), tally)
        since, until = start_of(month.days.first), start_of(month.days.last + ONE_DAY)
        body = {**body, "id": f"{body['offering']}:{objective.metric}:{month.name}", "from": since}
        found.append(ended(body, until, "The month as a whole missed the objective."))
    return found


def hours_in(month: Month) -> list[JsonObject]:
    """All hours of a month in which something was measured."""
    return hours_between(month.levels, start_of(month.days.first), None)


def credit_id(product: str, month: str, metric: str) -> str:
    """The id that the credit of a product for a month has, if there is one."""
    return f"{month}-{product}-{metric}"


def life_of(product: Mapping[str, Json]) -> tuple[Instant | None, Instant | None]:
    """When a product began and ended."""
    return parse_instant(str(product.get("startDate") or "")), agreed_end(product) or None


def _credit(product: JsonObject, month: Month, one: Owed, breach: str) -> JsonObject:
    since, until = start_of(month.days.first), start_of(month.days.last + ONE_DAY)
    id, percent = str(product["id"]), percent_of(one.tally)
    reason = (
        f"Service level of {month.name}: {one.objective.metric} {percent:f} %, "
        f"promised {one.objective.target:f} %"
    )
    name = credit_id(id, month.name, one.objective.metric)
    missed = Missed(one.objective.metric, month.name, percent or Decimal(0), one.objective.target)
    made = credit(name, id, since, until, one.percent, reason, breach)
    return {**made, "level": missed_document(missed)}


def _tier(objective: Objective, tally: Tally) -> Decimal:
    return max((tier.percent for tier in objective.tiers if tally.is_below(tier.below)), default=Decimal(0))


def _is_charged(product: Mapping[str, Json]) -> bool:
    return product.get("status") in CHARGED_STATES and bool(product.get("productPrice"))
