"""Prices on their way from catalogue to bill: checked when they are written, frozen when they are sold."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene
from beffroi.market.rules.prices.money import decimal_of, money_of
from beffroi.market.rules.prices.pricing import DISCOUNT, Plan, plan_of, plans_of, title_of, valid_in

OFFERED = frozenset({"active", "launched"})
"""lifecycleStatus of what can be ordered."""

GONE = frozenset({"retired", "obsolete", "rejected"})
"""lifecycleStatus of prices at which nothing is ordered any more."""


def valid_at(prices: Sequence[JsonObject], now: Instant, what: str) -> list[JsonObject]:
    """The prices at which something is sold at a moment: those within their `validFor`, which begins with its
    startDateTime and ends before its endDateTime (TMF620). A discount stands in any case: its `validFor` says
    whose periods it is taken off.

    Raises Problem: BadRequestData for a period that cannot be read, Conflict where there are prices and none
    to pay by; `what` names what they are asked for.
    """
    found = [price for price in prices if _stands(price, now)]
    if not all(map(_is_discount, prices)) and all(map(_is_discount, found)):
        raise Problem(Conflict, f"{what} has no price that is valid at {shortened(now)}.")
    return found


def current(prices: Iterable[JsonObject], now: Instant) -> list[JsonObject]:
    """The prices that a reader sees at a moment: as `valid_at`, and those whose period cannot be read."""
    found = list[JsonObject]()
    for price in prices:
        try:
            shown = _stands(price, now)
        except Problem:
            shown = True
        found += [price] if shown else []
    return found


def _stands(price: JsonObject, now: Instant) -> bool:
    if _is_discount(price):
        return True
    since, until = valid_in(price)
    return since <= now and (not until or now < until)


def _is_discount(price: JsonObject) -> bool:
    return str(price.get("priceType")).strip().lower() == DISCOUNT


def check_price(price: Mapping[str, Json]) -> None:
    """Refuse a productOfferingPrice that cannot be: Problem(BadRequestData) names what is wrong.

    A price that is offered has to say all that a bill needs. Any other may be unfinished, yet no amount in
    it may be negative, without a number or in a currency that we do not know.
    """
    if price.get("isBundle") is True:
        return
    what = title_of(price)
    since, until = valid_in(price)
    if until and until <= since:
        raise Problem(
            BadRequestData, f"{what} is valid until {shortened(until)}, not after {shortened(since)}."
        )
    if str(price.get("lifecycleStatus", "")).lower() in OFFERED:
        plan_of(price)
        return
    if price.get("price") is not None:
        money_of(price["price"], what)
    if price.get("percentage") is not None and not 0 <= decimal_of(price["percentage"], what) <= 100:
        raise Problem(BadRequestData, f"{what} has the percentage {price['percentage']}.")


def _make(body: JsonObject, _: Scene) -> Outcome:
    check_price(body)
    return Outcome(body)


def _change(_before: JsonObject, after: JsonObject, _scene: Scene) -> Outcome:
    check_price(after)
    return Outcome(after)


PRICES = Behaviour(make=_make, change=_change)
"""The behaviour of productOfferingPrice."""


def offered_plans(prices: Sequence[JsonObject], what: str) -> tuple[Plan, ...]:
    """The plans of prices at which an order is accepted; `what` names what they are asked for.

    Raises Problem: BadRequestData for prices by which no bill could be written, Conflict for one that is
    retired.
    """
    check_none_gone(prices, what)
    return plans_of(prices, what)


def check_none_gone(prices: Iterable[JsonObject], what: str) -> None:
    """Raise Problem(Conflict) for a price that is retired; `what` names what it is asked for."""
    for price in prices:
        state, id = str(price.get("lifecycleStatus", "")), str(price["id"])
        if state.lower() in GONE:
            raise Problem(Conflict, f"{what} has the price '{id[:100]}', which is '{state}'.")


def frozen(prices: Sequence[JsonObject], what: str) -> list[JsonObject]:
    """The member `productPrice` (TMF637) of a product sold at these productOfferingPrices.

    Each keeps the whole price as it is now in the extension member `terms`; what becomes of the catalogue
    later changes no bill. Raises Problem(BadRequestData) where a bill could not be written; `what` names the
    product or offering.
    """
    plans = plans_of(prices, what)
    return [_product_price(price, plan) for price, plan in zip(prices, plans, strict=True)]


def sold_plans(product: Mapping[str, Json]) -> tuple[Plan, ...]:
    """The plans that a product was sold at. Raises Problem(BadRequestData)."""
    items = objects_in(product.get("productPrice"))
    return plans_of([_terms(item) for item in items], f"The product '{str(product.get('id'))[:80]}'")


def _product_price(price: JsonObject, plan: Plan) -> JsonObject:
    reference: JsonObject = {"id": plan.id, "name": plan.name, "@referredType": "ProductOfferingPrice"}
    if "href" in price:
        reference["href"] = price["href"]
    document: JsonObject = {
        "@type": "FrozenPrice",
        "@baseType": "ProductPrice",
        "name": plan.name,
        "priceType": plan.kind,
        "productOfferingPrice": reference,
        "terms": price,
    }
    if plan.unit is not None:
        document["unitOfMeasure"] = plan.unit.name
    if "recurringChargePeriodType" in price:
        document["recurringChargePeriod"] = price["recurringChargePeriodType"]
    if plan.price is not None:
        document["price"] = {"dutyFreeAmount": price["price"], "taxRate": float(plan.tax.rate)}
    return document


def _terms(product_price: Mapping[str, Json]) -> JsonObject:
    """What was frozen; of a price that others wrote, what TMF637 can say."""
    terms = product_price.get("terms")
    if isinstance(terms, dict):
        return terms
    price = product_price.get("price")
    amounts = price if isinstance(price, dict) else {}
    unit = product_price.get("unitOfMeasure")
    rate = amounts.get("taxRate")
    document: JsonObject = {
        "id": cast("JsonObject", product_price.get("productOfferingPrice") or {}).get("id")
        or product_price.get("name"),
        "name": product_price.get("name"),
        "priceType": product_price.get("priceType"),
        "recurringChargePeriodType": product_price.get("recurringChargePeriod"),
        "price": amounts.get("dutyFreeAmount"),
        "percentage": amounts.get("percentage"),
        "unitOfMeasure": {"amount": 1, "units": unit} if unit is not None else None,
        "tax": [{"taxCategory": "S", "taxRate": rate}] if rate else None,
    }
    return {name: value for name, value in document.items() if value is not None}
