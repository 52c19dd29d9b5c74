"""Whether an order of an offering would be taken as its documents stand (TMF620, TMF622).

One that is published may have become one that nobody can order, or was published before a check was there.
"""

from collections.abc import Sequence

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, Problem
from beffroi.market.rules.offers.deliverable import check_deliverable
from beffroi.market.rules.orders.placing import check_on_sale
from beffroi.market.rules.orders.terms import check_conditions, price_keys
from beffroi.market.rules.prices.selling import check_none_gone, offered_plans, valid_at
from beffroi.market.rules.terms.data_use_term import terms_of


def check_sellable(
    offering: JsonObject, specification: JsonObject, prices: Sequence[JsonObject], name: str, now: Instant
) -> None:
    """Raise Problem, as the order would, for an offering, called so, that cannot be sold at a moment.

    It is not on sale, delivers nothing, has terms that cannot be read, or no price to pay by. `specification`
    is empty where there is none; `prices` are those of its prices that there are.
    """
    check_on_sale(offering, name, now)
    what = f"The offering '{name[:100]}'"
    check_deliverable(offering, specification, what)
    terms_of(offering)
    check_conditions(offering)
    there = {str(price["id"]) for price in prices}
    gone = next((key.id for key in price_keys(offering) if key.id not in there), None)
    if gone is not None:
        raise Problem(Conflict, f"{what} names the price '{gone[:100]}', which is gone.")
    check_none_gone(prices, what)
    offered_plans(valid_at(prices, now, what), what)


def why_not_sold(
    offering: JsonObject, specification: JsonObject, prices: Sequence[JsonObject], name: str, now: Instant
) -> str:
    """The sentence of `check_sellable`; empty for an offering that can be sold."""
    try:
        check_sellable(offering, specification, prices, name, now)
    except Problem as problem:
        return problem.detail
    return ""
