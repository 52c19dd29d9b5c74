"""Prices, products and usage for the tests of money, as TM Forum's version 4 writes them."""

from typing import Any

from beffroi.kernel.instant import Instant
from beffroi.market.rules.prices.calendar import month_of
from beffroi.market.rules.prices.charging import Charge, Counted, Subscription, Usage, charges
from beffroi.market.rules.prices.pricing import plans_of

NOVEMBER = month_of("2026-11")
NO_USAGE = Usage()
LATER = Instant("2027-06-01T00:00:00.000000Z")
VAT = [{"taxCategory": "S", "taxRate": 20}]


def euro(value: float | str) -> dict[str, Any]:
    return {"unit": "EUR", "value": value}


def once(value: float | str = 50, **more: Any) -> dict[str, Any]:
    return {"id": "once", "name": "Set-up", "priceType": "one time", "price": euro(value), "tax": VAT, **more}


def monthly(value: float | str = 30, kind: str = "recurring-postpaid", **more: Any) -> dict[str, Any]:
    return {
        "id": "monthly", "name": "Access", "priceType": kind, "price": euro(value), "tax": VAT,
        "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1, **more,
    }  # fmt: skip


def per_use(
    value: float | str = 2, amount: float = 1000, units: str = "request", **more: Any
) -> dict[str, Any]:
    return {
        "id": "usage", "name": "Calls", "priceType": "usage", "price": euro(value), "tax": VAT,
        "unitOfMeasure": {"amount": amount, "units": units}, **more,
    }  # fmt: skip


def tiered(*tiers: tuple[float | None, float | str], **more: Any) -> dict[str, Any]:
    steps = [{"price": euro(price)} | ({} if end is None else {"upTo": end}) for end, price in tiers]
    price = per_use(**more)
    del price["price"]
    return price | {"tier": steps}


def at(text: str) -> Instant:
    """`2026-11-05` or `2026-11-05T14`."""
    day, _, hour = text.partition("T")
    return Instant(f"{day}T{hour or '00'}:00:00.000000Z")


def used(*counts: dict[str, int], day: str = "2026-11-10", before: dict[str, int] | None = None) -> Usage:
    return Usage([Counted(at(day), counted) for counted in counts], before)


def charged(
    *prices: dict[str, Any], usage: Usage = NO_USAGE, since: str = "2026-10-01", until: str = "",
    suspended: tuple[tuple[str, str], ...] = (), month: str = "2026-11", now: Instant = LATER,
) -> list[Charge]:  # fmt: skip
    pauses = tuple((at(a), at(b) if b else Instant("")) for a, b in suspended)
    plans = plans_of(prices, "The product 'p'")
    of = Subscription("p", "Bikes", plans, at(since), at(until) if until else Instant(""), pauses)
    return charges(of, usage, month_of(month), now)
