"""The price of an offer in words, and its calculator: a form that works by its address alone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from beffroi.kernel.problem import Problem
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.prices.money import Money
from beffroi.portal.reading.market.calculator import (
    MOST_MONTHS,
    Estimate,
    Expected,
    estimate,
    expected_of,
    metrics_of,
)
from beffroi.portal.reading.market.offers import Offer
from beffroi.portal.visit import Visit
from beffroi.portal.words.language import Language
from beffroi.portal.words.prices import many, price_lines, quota_words


@dataclass(frozen=True, slots=True)
class Field:
    """One number of the form; `wrong`: what was written is none."""

    name: str
    label: str
    value: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the first bill, as people read it."""

    name: str
    quantity: str
    amount: str


@dataclass(frozen=True, slots=True)
class Sum:
    """What the months come to. `beyond` are quotas that what is expected does not fit in. `until` is the day
    on which an agreement ends that is made now, empty where it has none or costs nothing; `bills` are what
    each of its months costs, `agreed` is all of them."""

    begins: str
    lines: list[Line]
    month_net: str
    month_tax: str
    month_gross: str
    net: str
    gross: str
    months: int
    taxed: bool
    beyond: list[str]
    until: str
    bills: list[tuple[str, str]]
    agreed: str


def priced(visit: Visit, offer: Offer) -> dict[str, object]:
    """What the templates need for the price and its calculator."""
    language = visit.language
    expected, wrong = expected_of(visit.request.parameters, offer.limits.quotas)
    plans = offer.plans or ()
    found = None if wrong or offer.plans is None else _estimated(visit, offer, expected)
    return {
        "prices": [(plan.name, price_lines(language, plan)) for plan in plans],
        "fields": _fields(visit, offer, expected, wrong),
        "most_months": MOST_MONTHS,
        "sum": _sum(visit, found, expected) if found else None,
        "wrong": bool(wrong),
    }


def carried(visit: Visit, offer: Offer) -> str:
    """What the form of the calculator says, as a query string for the next step."""
    expected, _ = expected_of(visit.request.parameters, offer.limits.quotas)
    return urlencode({name: value for name, value in asdict(expected).items() if value})


def _estimated(visit: Visit, offer: Offer, expected: Expected) -> Estimate | None:
    try:
        duration = offer.terms.duration if offer.terms else None
        return estimate(offer.plans or (), offer.limits.quotas, expected, visit.now, duration)
    except Problem:
        return None


def _fields(visit: Visit, offer: Offer, expected: Expected, wrong: frozenset[str]) -> list[Field]:
    labels = {
        "requests": visit.say("Requests a month"),
        "entities": visit.say("Entities a month"),
        "notifications": visit.say("Notifications a month"),
        "megabytes": visit.say("Megabytes a month"),
        "months": visit.say("Months"),
    }
    values: dict[str, int] = asdict(expected)
    written = visit.request.parameters
    names = (*metrics_of(offer.plans or (), offer.limits.quotas), "months")
    return [
        Field(name, labels[name], written[name][:20], wrong=True)
        if name in wrong
        else Field(name, labels[name], str(values.get(name, "")), wrong=False)
        for name in names
    ]


def _sum(visit: Visit, found: Estimate, expected: Expected) -> Sum:
    language, sums = visit.language, found.first.sums
    agreed = found.agreed if found.agreed and found.agreed.bills else None
    return Sum(
        begins=language.day(found.begins),
        lines=_lines(language, found.first.lines),
        month_net=_money(language, sums.net),
        month_tax=_money(language, sums.tax),
        month_gross=_money(language, sums.gross),
        net=_money(language, found.net),
        gross=_money(language, found.gross),
        months=expected.months,
        taxed=bool(found.tax),
        beyond=[quota_words(language, quota) for quota in found.beyond],
        until=language.day(agreed.until) if agreed else "",
        bills=[(language.utc_month(at), _money(language, amount)) for at, amount in agreed.bills]
        if agreed
        else [],
        agreed=_money(language, agreed.gross) if agreed else "",
    )


def _lines(language: Language, lines: Sequence[Charge]) -> list[Line]:
    return [
        Line(one.name, many(language, one.unit, one.quantity), _money(language, one.net)) for one in lines
    ]


def _money(language: Language, money: Money) -> str:
    return language.money(money.amount, money.currency)
