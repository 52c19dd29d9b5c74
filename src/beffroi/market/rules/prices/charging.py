"""Charges: what a product costs in one month by its plans and its usage; bills and previews alike.

**Days.** A product is charged for whole days (UTC): one on which it was active at any moment counts, one on
which it was suspended from beginning to end does not, nor do days of a trial. The day of its end does not
count if it ends then no later in the day than it began: its first day was charged whole, so that a month
from the order on has the days of one month.

**Part of a period.** Its price times the charged days, by the days of the period. A *postpaid* period is
charged in the month of its last day, or of the product's last day in it. A *prepaid* period is charged in
the month of its first charged day, from that day to its end, and what is paid stays paid when the product
ends or is suspended meanwhile.

**Usage** is charged in the month in which it was counted. **Discounts** are taken off each charge, one
after another, each rounded like the charge.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.market.rules.prices.calendar import ONE_DAY, Days, day_of, month_name, periods, start_of
from beffroi.market.rules.prices.money import EXACT, Money, total, zero
from beffroi.market.rules.prices.pricing import (
    DISCOUNT,
    FREE,
    ONE_TIME,
    POSTPAID,
    PREPAID,
    USAGE,
    Plan,
    Tier,
    Unit,
)
from beffroi.market.rules.prices.tax import Tax


@dataclass(frozen=True, slots=True)
class Subscription:
    """A product as far as charges go. `until` is the moment of its end, NO_INSTANT while it goes on; `names`
    are what it is called by language."""

    product: str
    name: str
    plans: tuple[Plan, ...]
    since: Instant
    until: Instant = NO_INSTANT
    suspended: tuple[tuple[Instant, Instant], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the gate counted in one piece of time: its beginning, and the metrics."""

    since: Instant
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Usage:
    """Usage of one product in one month, and its totals before that month."""

    rows: Sequence[Counted] = ()
    before: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """One line: `price` for each `base` of `unit`, times `quantity`, is `gross`; `allowance` is taken off.

    `key` names what is charged, so that it is charged once. `names` are what it is called by language, where
    that is known; `name` is for all others.
    """

    key: str
    product: str
    name: str
    kind: str
    plan: str
    days: Days
    quantity: Decimal
    unit: str
    base: Decimal
    price: Money
    gross: Money
    allowance: Money
    tax: Tax
    names: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)

    @property
    def net(self) -> Money:
        return self.gross - self.allowance


def charges(subscription: Subscription, usage: Usage, month: Days, now: Instant) -> list[Charge]:
    """All charges of a product in a month, as far as they are due at `now`. Amounts are rounded."""
    discounts = [plan for plan in subscription.plans if plan.kind == DISCOUNT]
    found: list[Charge] = []
    for plan in subscription.plans:
        for charge in _CHARGED[plan.kind](subscription, plan, usage, month, now):
            found.append(_discounted(charge, discounts))
    return found


def remaining(charge: Charge, charged: tuple[Decimal, Money, Money] | None) -> Charge | None:
    """What of a charge was not billed yet: `charged` is quantity, gross and allowance that were."""
    if charged is None:
        return charge
    quantity, gross, allowance = charged
    if charge.quantity <= quantity and charge.gross <= gross:
        return None
    return replace(
        charge,
        quantity=charge.quantity - quantity,
        gross=charge.gross - gross,
        allowance=charge.allowance - allowance,
    )


def _discounted(charge: Charge, discounts: Sequence[Plan]) -> Charge:
    begun = start_of(charge.days.first)
    for discount in discounts:
        if discount.since <= begun and (not discount.until or begun < discount.until):
            off = charge.net.times(discount.percentage, 100).rounded()
            charge = replace(charge, allowance=charge.allowance + off)
    return charge


def _nothing(*_: object) -> Iterator[Charge]:
    return iter(())


def _once(of: Subscription, plan: Plan, _: Usage, month: Days, now: Instant) -> Iterator[Charge]:
    begin = day_of(of.since)
    if begin in month and of.since <= now:
        yield _charge(of, plan, "once", Days(begin, begin), (Decimal(1), "one", Decimal(1)), plan.price)


def _prepaid(of: Subscription, plan: Plan, _: Usage, month: Days, now: Instant) -> Iterator[Charge]:
    today, whole = day_of(now), _bounds(of, plan)
    for period in periods(day_of(of.since), plan.months, plan.days, month):
        first = next((day for day in _within(period, whole) if _is_charged(of, day)), None)
        if first is None or first not in month or first > today:
            continue
        yield _part(of, plan, period, Days(first, period.last), len(Days(first, period.last)))


def _postpaid(of: Subscription, plan: Plan, _: Usage, month: Days, now: Instant) -> Iterator[Charge]:
    today, whole = day_of(now), _bounds(of, plan)
    for period in periods(day_of(of.since), plan.months, plan.days, month):
        held = _within(period, whole)
        if not held or held.last not in month:
            continue
        is_over = held.last < today or (bool(of.until) and of.until <= now)
        days = sum(_is_charged(of, day) for day in held)
        if days and is_over:
            yield _part(of, plan, period, held, days)


def _used(of: Subscription, plan: Plan, usage: Usage, month: Days, now: Instant) -> Iterator[Charge]:
    unit = plan.unit
    if unit is None:
        return
    since = _paid_from(of, plan)
    counted = sum(row.counts.get(unit.metric, 0) for row in usage.rows if since <= row.since <= now)
    quantity = _paid_quantity(plan, unit, usage.before, counted)
    span = Days(max(month.first, day_of(of.since)), month.last)
    for number, (tier, within) in enumerate(graduated(plan.tiers, quantity), 1):
        if within:
            what = f"{month_name(month)}:{number}"
            yield _charge(of, plan, what, span, (within, unit.name, unit.amount), tier.price)


def priced(
    of: Subscription, plan: Plan, before: Mapping[str, int] | None, counted: int, row: Counted
) -> tuple[Money, int]:
    """What a usage plan asks, exactly, for `counted` of a month and one more row; and the count with it."""
    unit = plan.unit
    if unit is None or row.since < _paid_from(of, plan):
        return zero(plan.tiers[0].price.currency), counted
    counted += row.counts.get(unit.metric, 0)
    parts = graduated(plan.tiers, _paid_quantity(plan, unit, before, counted))
    costs = (tier.price.times(within, unit.amount) for tier, within in parts if within)
    return total(costs, plan.tiers[0].price.currency), counted


def _paid_from(of: Subscription, plan: Plan) -> Instant:
    """The moment from which usage is paid for: after a trial of days."""
    return start_of(day_of(of.since) + timedelta(days=plan.trial_days)) if plan.trial_days else NO_INSTANT


def _paid_quantity(plan: Plan, unit: Unit, before: Mapping[str, int] | None, counted: int) -> Decimal:
    """What is paid for of what was counted in the month, in units: all that a trial does not cover."""
    free = max(int(plan.trial_units) - (before or {}).get(unit.metric, 0), 0)
    return EXACT.divide(Decimal(max(counted - free, 0)), Decimal(unit.size))


def graduated(tiers: Sequence[Tier], quantity: Decimal) -> list[tuple[Tier, Decimal]]:
    """How much of a quantity lies within each tier."""
    parts: list[tuple[Tier, Decimal]] = []
    floor = Decimal(0)
    for tier in tiers:
        end = quantity if tier.up_to is None else min(quantity, tier.up_to)
        parts.append((tier, max(end - floor, Decimal(0))))
        floor = max(end, floor)
    return parts


def _part(of: Subscription, plan: Plan, period: Days, span: Days, days: int) -> Charge:
    measure = (Decimal(days), "day", Decimal(len(period)))
    return _charge(of, plan, period.first.isoformat(), span, measure, plan.price)


def _charge(
    of: Subscription,
    plan: Plan,
    what: str,
    span: Days,
    measure: tuple[Decimal, str, Decimal],
    price: Money | None,
) -> Charge:
    quantity, unit, base = measure
    price = price or zero("EUR")
    gross = price.times(quantity, base).rounded()
    key = f"{of.product}|{plan.id}|{what}"
    none = zero(price.currency)
    return Charge(
        key, of.product, line_name(of.name, plan.name), plan.kind, plan.id, span, quantity, unit, base, price,
        gross, none, plan.tax, _names(of, plan),
    )  # fmt: skip


def line_name(product: str, price: str, code: str = "en") -> str:
    """What a line is called after its product and its price; once where both have one name.

    >>> line_name("Bikes", "Requests"), line_name("Bikes", "Bikes"), line_name("", "Requests")
    ('Bikes: Requests', 'Bikes', 'Requests')
    """
    joint = "\N{NO-BREAK SPACE}: " if code == "fr" else ": "
    return joint.join(dict.fromkeys(part for part in (product, price) if part))


def _names(of: Subscription, plan: Plan) -> Mapping[str, str]:
    codes = sorted({*of.names, *plan.names})
    return {
        code: line_name(of.names.get(code, of.name), plan.names.get(code, plan.name), code) for code in codes
    }


def _bounds(of: Subscription, plan: Plan) -> Days:
    """The days of a product after its trial."""
    last = date.max if not of.until else max(day_of(of.until), day_of(of.since))
    if of.until and last > day_of(of.since) and of.until[10:] <= of.since[10:]:
        last -= ONE_DAY
    return Days(day_of(of.since) + timedelta(days=plan.trial_days), last)


def _within(period: Days, whole: Days) -> Days:
    return Days(max(period.first, whole.first), min(period.last, whole.last))


def _is_charged(of: Subscription, day: date) -> bool:
    begin, end = start_of(day), start_of(day + ONE_DAY)
    return not any(since <= begin and (not until or end <= until) for since, until in of.suspended)


_Charging = Callable[[Subscription, Plan, Usage, Days, Instant], Iterator[Charge]]
_CHARGED: Mapping[str, _Charging] = {
    FREE: _nothing, DISCOUNT: _nothing, ONE_TIME: _once, PREPAID: _prepaid, POSTPAID: _postpaid, USAGE: _used,
}  # fmt: skip
"""How each kind of price is charged."""
