"""The fields of an offer's form that promise: a service level with its credits, and MIM requirements."""

import re
from decimal import Decimal

from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.service_level.promise import METRICS, Objective, Promise, Tier
from beffroi.portal.pages.filled import Form, decimal


def promise_in(form: Form) -> Promise | None:
    """The promise that a form describes; None where no percentage is filled in."""
    objectives = tuple(found for metric in METRICS if (found := _objective(form, metric)) is not None)
    most = form.take("greatest", _percent, Decimal(0)) or Decimal(100)
    return Promise(objectives, most) if objectives else None


def claims_in(form: Form) -> tuple[str, ...]:
    """The ids of requirements, written with commas or white space between them."""
    return tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", form.one("claims")))))


def _objective(form: Form, metric: str) -> Objective | None:
    target = form.take(metric, _percent, Decimal(0))
    credit = form.take(f"{metric}_credit", _percent, Decimal(0))
    if not target:
        if credit:
            form.wrong(metric, "A credit needs the percentage that is promised.")
        return None
    within = form.whole("within") if metric == "freshness" else 0
    attributes = tuple(form.fields.get("complete", ())) if metric == "completeness" else ()
    if metric == "freshness" and not within:
        form.wrong("within", "It is not said how old the newest observation may be.")
    if metric == "completeness" and not attributes:
        form.wrong("complete", "It is not said which attributes everything has to have.")
    return Objective(metric, target, within, attributes, (Tier(target, credit),) if credit else ())


def _percent(text: str) -> Decimal:
    """A percentage; 0 for an empty field.

    >>> _percent("99,5 %")
    Decimal('99.5')
    """
    said = text.replace("%", "").strip()
    number = decimal(said) if said else Decimal(0)
    if number > 100:
        raise Problem(BadRequestData, f"'{text[:40]}' is more than 100 %.")
    return number
