"""Price plans: what a productOfferingPrice (TMF620) asks for, read once and checked.

`priceType` is one of

- `free`;
- `one time`: `price`, once, in the month in which the product begins;
- `recurring-prepaid`, `recurring-postpaid` (`recurring` is postpaid): `price` for each period of
  `recurringChargePeriodLength` times `recurringChargePeriodType` (day, week, month, quarter, year);
- `usage`: `price` for each `unitOfMeasure` {amount, units}, units being request, entity, notification,
  byte, kB, MB, GB (powers of ten). What is used of a unit is paid for, not whole units;
- `discount`: `percentage` off every charge of the product whose period begins within `validFor`.

Extension members: `tier` on a usage price, `[{"upTo": 1000, "price": …}, {"price": …}]`, graduated: what
lies within a tier is charged at its price, counted in `units` from zero in each calendar month. `trial` on a
recurring or usage price, `{"days": 30}` from the product's first day, or on a usage price
`{"quantity": {"amount": 1000, "units": "request"}}`, the first that are used: not charged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.offers.translations import translated
from beffroi.market.rules.prices.calendar import PERIOD_TYPES
from beffroi.market.rules.prices.money import Money, decimal_of, money_of
from beffroi.market.rules.prices.tax import OUTSIDE, Tax, tax_of

FREE, ONE_TIME, PREPAID, POSTPAID, USAGE, DISCOUNT = (
    "free", "one time", "recurring-prepaid", "recurring-postpaid", "usage", "discount",
)  # fmt: skip
KINDS = {
    "free": FREE, "one time": ONE_TIME, "onetime": ONE_TIME, "one-time": ONE_TIME,
    "recurring": POSTPAID, "recurring-postpaid": POSTPAID, "recurring-prepaid": PREPAID,
    "usage": USAGE, "discount": DISCOUNT,
}  # fmt: skip
UNITS = {
    "request": ("requests", 1), "entity": ("entities", 1), "notification": ("notifications", 1),
    "byte": ("bytes", 1), "kB": ("bytes", 10**3), "MB": ("bytes", 10**6), "GB": ("bytes", 10**9),
}  # fmt: skip
PLURALS = {"requests": "request", "entities": "entity", "notifications": "notification", "bytes": "byte"}
MOST_TIERS, MOST_PRICES, MOST_MONTHS, MOST_DAYS = 20, 50, 120, 3660


@dataclass(frozen=True, slots=True)
class Unit:
    """`size` of the counted metric is one of `name`; a price is for `amount` of these."""

    name: str
    metric: str
    size: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """A price up to so many units; None for all that follow."""

    up_to: Decimal | None
    price: Money


@dataclass(frozen=True, slots=True)
class Plan:
    """One price. Members that its kind does not use are empty. `names` are what it is called by language."""

    id: str
    name: str
    kind: str
    tax: Tax = OUTSIDE
    price: Money | None = None
    months: int = 0
    days: int = 0
    unit: Unit | None = None
    tiers: tuple[Tier, ...] = ()
    trial_days: int = 0
    trial_units: Decimal = Decimal(0)
    percentage: Decimal = Decimal(0)
    since: Instant = NO_INSTANT
    until: Instant = NO_INSTANT
    names: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)


def plan_of(price: Mapping[str, Json]) -> Plan:
    """Read a productOfferingPrice. Raises Problem(BadRequestData) with a sentence that names the price.

    >>> plan = plan_of({"id": "p", "name": "Calls", "priceType": "usage",
    ...     "price": {"unit": "EUR", "value": 2}, "unitOfMeasure": {"amount": 1000, "units": "request"}})
    >>> plan.unit.metric, plan.tiers[0].price.amount
    ('requests', Decimal('2'))
    """
    what = title_of(price)
    stated = price.get("priceType")
    kind = (
        KINDS.get(stated.strip() if stated in KINDS else stated.strip().lower())
        if isinstance(stated, str)
        else None
    )
    if kind is None:
        known = ", ".join(dict.fromkeys(KINDS.values()))
        raise Problem(BadRequestData, f"{what} has the priceType '{str(stated)[:40]}'; known are {known}.")
    if kind != USAGE and price.get("tier") is not None:
        raise Problem(BadRequestData, f"{what} has tiers; only a usage price may.")
    if kind not in {USAGE, PREPAID, POSTPAID} and price.get("trial") is not None:
        raise Problem(BadRequestData, f"{what} has a trial; only a recurring or a usage price may.")
    return replace(_plan(kind, price, what), names=translated(price, "name"))


def _plan(kind: str, price: Mapping[str, Json], what: str) -> Plan:
    id, name = str(price.get("id") or ""), str(price.get("name") or price.get("id") or "")
    match kind:
        case "free":
            return _free(Plan(id, name, kind), price, what)
        case "discount":
            return _discount(Plan(id, name, kind), price, what)
        case "usage":
            return _usage(id, name, price, what)
        case _:
            return _fixed(id, name, kind, price, what)


def plans_of(prices: Sequence[Mapping[str, Json]], what: str) -> tuple[Plan, ...]:
    """All prices of one product: of one currency, and all or none outside the scope of tax.

    Raises Problem(BadRequestData); `what` names the product or offering.
    """
    if len(prices) > MOST_PRICES:
        raise Problem(BadRequestData, f"{what} has more than {MOST_PRICES} prices.")
    plans = tuple(plan_of(price) for price in prices)
    currencies = sorted({price.currency for plan in plans for price in _amounts(plan)})
    if len(currencies) > 1:
        raise Problem(
            BadRequestData, f"{what} has prices in {' and '.join(currencies)}; one currency is needed."
        )
    if len({plan.tax.outside for plan in plans if _amounts(plan)}) > 1:
        raise Problem(BadRequestData, f"{what} has prices inside and outside (O) the scope of tax.")
    if len({plan.id for plan in plans}) < len(plans):
        raise Problem(BadRequestData, f"{what} has the same price twice.")
    return plans


def currency_of(plans: Sequence[Plan]) -> str:
    """The currency of a product's prices; EUR where all is free.

    >>> currency_of([])
    'EUR'
    """
    return next((price.currency for plan in plans for price in _amounts(plan)), "EUR")


def title_of(price: Mapping[str, Json]) -> str:
    """How a sentence names a price."""
    return f"The price '{str(price.get('name') or price.get('id') or '')[:80]}'"


def _amounts(plan: Plan) -> list[Money]:
    return [tier.price for tier in plan.tiers] or ([plan.price] if plan.price is not None else [])


def _free(plan: Plan, price: Mapping[str, Json], what: str) -> Plan:
    if price.get("price") is not None and money_of(price["price"], what):
        raise Problem(BadRequestData, f"{what} is free and has an amount.")
    return plan


def _fixed(id: str, name: str, kind: str, price: Mapping[str, Json], what: str) -> Plan:
    months, days = (0, 0) if kind == ONE_TIME else _period(price, what)
    amount = money_of(price.get("price"), what)
    trial_days, _ = _trial(price, None, what)
    tax = tax_of(price.get("tax"), what)
    return Plan(id, name, kind, tax, amount, months=months, days=days, trial_days=trial_days)


def _usage(id: str, name: str, price: Mapping[str, Json], what: str) -> Plan:
    unit = unit_of(price.get("unitOfMeasure"), what)
    trial_days, trial_units = _trial(price, unit, what)
    tax = tax_of(price.get("tax"), what)
    tiers = tiers_of(price, what)
    return Plan(
        id, name, USAGE, tax, None, unit=unit, tiers=tiers, trial_days=trial_days, trial_units=trial_units
    )


def _discount(plan: Plan, price: Mapping[str, Json], what: str) -> Plan:
    percentage = decimal_of(price.get("percentage"), f"The percentage of {what[:1].lower()}{what[1:]}")
    if not 0 < percentage <= 100:
        raise Problem(
            BadRequestData, f"{what} takes off {percentage} percent; it has to be above 0 and at most 100."
        )
    since, until = valid_in(price)
    return Plan(plan.id, plan.name, plan.kind, percentage=percentage, since=since, until=until)


def valid_in(price: Mapping[str, Json]) -> tuple[Instant, Instant]:
    """From when to before when a price is valid (TMF620), NO_INSTANT for no bound. Raises
    Problem(BadRequestData) for a `validFor` that cannot be read."""
    what, valid = title_of(price), price.get("validFor")
    if valid is not None and not isinstance(valid, dict):
        raise Problem(BadRequestData, f"{what} has the validFor {str(valid)[:40]!r}, which is no period.")
    since, until = (_moment(valid, name, what) for name in ("startDateTime", "endDateTime"))
    return since, until


def _period(price: Mapping[str, Json], what: str) -> tuple[int, int]:
    stated = price.get("recurringChargePeriodType")
    name = stated.strip().lower() if isinstance(stated, str) else ""
    name = name if name in PERIOD_TYPES else name.removesuffix("s")
    if name not in PERIOD_TYPES:
        known = ", ".join(PERIOD_TYPES)
        raise Problem(BadRequestData, f"{what} recurs every '{str(stated)[:40]}'; known are {known}.")
    length = price.get("recurringChargePeriodLength", 1)
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        raise Problem(BadRequestData, f"{what} has the period length {str(length)[:40]}; it is 1 or more.")
    months, days = (part * length for part in PERIOD_TYPES[name])
    if months > MOST_MONTHS or days > MOST_DAYS:
        raise Problem(
            BadRequestData, f"{what} recurs every {length} {name}s; ten years are the longest period."
        )
    return months, days


def unit_of(quantity: Json, what: str) -> Unit:
    """Read a Quantity {amount, units} of something that the gate counts."""
    if not isinstance(quantity, dict):
        raise Problem(BadRequestData, f"{what} is a usage price and has no unitOfMeasure.")
    stated = quantity.get("units")
    name = stated if isinstance(stated, str) and stated in UNITS else str(stated).lower()
    name = PLURALS.get(name, name)
    if name not in UNITS:
        raise Problem(
            BadRequestData, f"{what} is per '{str(stated)[:40]}'; known units are {', '.join(UNITS)}."
        )
    amount = decimal_of(quantity.get("amount", 1), f"The unitOfMeasure of {what[:1].lower()}{what[1:]}")
    if amount <= 0:
        raise Problem(BadRequestData, f"{what} is for {amount} {name}; the amount has to be above 0.")
    return Unit(name, *UNITS[name], amount)


def tiers_of(price: Mapping[str, Json], what: str) -> tuple[Tier, ...]:
    """The tiers of a usage price; one without end for a price that has none."""
    stated = price.get("tier")
    if stated is None:
        return (Tier(None, money_of(price.get("price"), what)),)
    if price.get("price") is not None:
        raise Problem(BadRequestData, f"{what} has an amount and tiers; one of them has to go.")
    if not isinstance(stated, list) or not 0 < len(stated) <= MOST_TIERS:
        raise Problem(BadRequestData, f"{what} needs a list of 1 to {MOST_TIERS} tiers.")
    tiers: list[Tier] = []
    floor = Decimal(0)
    for number, item in enumerate(stated, 1):
        name = f"Tier {number} of {what[:1].lower()}{what[1:]}"
        if not isinstance(item, dict):
            raise Problem(BadRequestData, f"{name} is no object.")
        is_last = number == len(stated)
        up_to = None if item.get("upTo") is None else decimal_of(item["upTo"], f"The end of {name}")
        if is_last != (up_to is None):
            raise Problem(
                BadRequestData, f"{name} {'must not have' if is_last else 'needs'} an end ('upTo')."
            )
        if up_to is not None and up_to <= floor:
            raise Problem(BadRequestData, f"{name} ends at {up_to}, not after {floor}.")
        floor = up_to or floor
        tiers.append(Tier(up_to, money_of(item.get("price"), name)))
    if len({tier.price.currency for tier in tiers}) > 1:
        raise Problem(BadRequestData, f"{what} has tiers in several currencies.")
    return tuple(tiers)


def _trial(price: Mapping[str, Json], unit: Unit | None, what: str) -> tuple[int, Decimal]:
    trial = price.get("trial")
    if trial is None:
        return 0, Decimal(0)
    if not isinstance(trial, dict) or len(trial.keys() & {"days", "quantity"}) != 1:
        raise Problem(
            BadRequestData, f"The trial of {what[:1].lower()}{what[1:]} needs either 'days' or 'quantity'."
        )
    days = trial.get("days", 0)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= MOST_DAYS:
        raise Problem(BadRequestData, f"{what} has a trial of {str(days)[:40]} days.")
    if "quantity" not in trial:
        return days, Decimal(0)
    if unit is None:
        raise Problem(BadRequestData, f"{what} has a trial quantity; only a usage price may.")
    free = unit_of(trial["quantity"], what)
    if free.metric != unit.metric:
        raise Problem(BadRequestData, f"{what} is per {unit.name} and its trial in {free.name}.")
    return 0, free.amount * free.size


def _moment(valid: Json, name: str, what: str) -> Instant:
    stated = valid.get(name) if isinstance(valid, dict) else None
    if stated is None:
        return NO_INSTANT
    moment = parse_instant(stated) if isinstance(stated, str) else None
    if moment is None:
        raise Problem(
            BadRequestData, f"{what} has the {name} '{str(stated)[:40]}', which is no date and time."
        )
    return moment
