"""Prices of a catalogue: what is refused, in which words, and what a sold product keeps."""

from typing import Any

import pytest

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, decode_object, encode
from beffroi.kernel.problem import Problem
from beffroi.market.rules.documents.behaviour import Scene, Seed
from beffroi.market.rules.prices.pricing import plan_of, plans_of
from beffroi.market.rules.prices.selling import PRICES, check_price, frozen, sold_plans
from tests.market.prices import euro, monthly, once, per_use, tiered

SCENE = Scene({}, Instant("2026-11-22T13:49:00.000000Z"), Seed("s"))


@pytest.mark.parametrize(
    ("price", "sentence"),
    [
        (once(priceType="rent"), "priceType 'rent'; known are free, one time"),
        (once(priceType=None), "priceType 'None'"),
        (once(priceType=7), "priceType '7'"),
        (once(-1), "negative: -1"),
        (once(price=None), "no money"),
        (once(price={"unit": "DEM", "value": 1}), "'DEM' is no currency"),
        (once(tier=[]), "only a usage price"),
        (once(trial={"days": 1}), "only a recurring or a usage price"),
        (once(tax=[{"taxCategory": "X"}]), "tax category 'X'; known are S"),
        (once(tax=[{"taxCategory": "S"}]), "category S and no rate"),
        (once(tax=[{"taxCategory": "S", "taxRate": 101}]), "tax rate 101"),
        (once(tax=[{"taxCategory": "S", "taxRate": 5.555}]), "tax rate 5.555"),
        (once(tax=[{"taxCategory": "AE", "taxRate": 20}]), "category AE and the rate 20"),
        (once(tax=[{"taxCategory": "E"}]), "says not why"),
        (once(tax=[{"taxCategory": "Z", "exemptionReason": "x"}]), "reason for an exemption"),
        (once(tax={"taxCategory": "Z"}), "one tax"),
        (monthly(recurringChargePeriodType="fortnight"), "every 'fortnight'; known are day"),
        (monthly(recurringChargePeriodType=None), "every 'None'"),
        (monthly(recurringChargePeriodLength=0), "length 0"),
        (monthly(recurringChargePeriodLength=1.5), "length 1.5"),
        (monthly(recurringChargePeriodLength=121), "ten years"),
        (monthly(trial={"quantity": {"amount": 1, "units": "request"}}), "trial quantity"),
        (monthly(trial={"days": -1}), "trial of -1 days"),
        (monthly(trial={}), "'days' or 'quantity'"),
        (per_use(unitOfMeasure=None), "no unitOfMeasure"),
        (per_use(units="litre"), "per 'litre'; known units are request"),
        (per_use(amount=0), "above 0"),
        (per_use(amount=-5), "above 0"),
        (per_use(trial={"quantity": {"amount": 1, "units": "MB"}}), "its trial in MB"),
        (per_use(tier=[{"price": euro(1)}]), "an amount and tiers"),
        (tiered(), "1 to 20 tiers"),
        (tiered((10, 1), (10, 2), (None, 3)), "ends at 10, not after 10"),
        (tiered((10, 1), (20, 2)), "must not have an end"),
        (tiered((None, 1), (None, 2)), "needs an end"),
        (tiered((10, 1), (None, -2)), "Tier 2 of the price 'Calls' is negative"),
        ({"name": "d", "priceType": "discount", "percentage": 0}, "takes off 0 percent"),
        ({"name": "d", "priceType": "discount", "percentage": 100.1}, "takes off 100.1 percent"),
        ({"name": "d", "priceType": "discount"}, "no number"),
        ({"name": "d", "priceType": "discount", "percentage": 5, "validFor": {"startDateTime": "soon"}}, "'soon'"),
        ({"name": "f", "priceType": "free", "price": euro(1)}, "free and has an amount"),
    ],
)  # fmt: skip
def test_a_price_that_cannot_be_is_refused_when_it_is_offered(price: dict[str, Any], sentence: str) -> None:
    offered = {**price, "lifecycleStatus": "Active"}
    for made in (PRICES.make, lambda body, scene: PRICES.change({}, body, scene)):
        with pytest.raises(Problem, match=sentence):
            made(offered, SCENE)


def test_an_unfinished_price_is_kept_but_no_wrong_amount() -> None:
    assert PRICES.make({"name": "later", "priceType": "rent"}, SCENE).body["name"] == "later"
    check_price({"name": "b", "isBundle": True, "lifecycleStatus": "Active"})
    prices: tuple[Json, ...] = (euro(-1), {"unit": "DEM", "value": 1}, "1 EUR")
    for wrong in prices:
        with pytest.raises(Problem):
            check_price({"name": "later", "price": wrong})
    with pytest.raises(Problem, match="percentage"):
        check_price({"name": "later", "percentage": 120})


def test_prices_of_one_product_are_of_one_currency_and_kind_of_tax() -> None:
    with pytest.raises(Problem, match="CHF and EUR; one currency"):
        plans_of([once(), monthly() | {"price": {"unit": "CHF", "value": 1}}], "The offering 'o'")
    with pytest.raises(Problem, match="outside"):
        plans_of([once(), monthly(tax=[{"taxCategory": "O"}])], "The offering 'o'")
    with pytest.raises(Problem, match="twice"):
        plans_of([once(), once()], "The offering 'o'")
    with pytest.raises(Problem, match="more than 50"):
        plans_of([once()] * 51, "The offering 'o'")


def test_a_sold_product_keeps_its_prices_whole() -> None:
    prices = [
        once(),
        monthly(29.9),
        tiered((1000, 1), (None, 0.5)),
        {"id": "d", "priceType": "discount", "percentage": 5},
    ]
    product = decode_object(encode({"id": "p", "productPrice": frozen(prices, "The offering 'o'")}))
    assert sold_plans(product) == plans_of(prices, "The offering 'o'")
    prices[1]["price"]["value"] = 99
    assert sold_plans(product)[1].price.amount.as_tuple().digits == (2, 9, 9)  # type: ignore[union-attr]


def test_a_product_that_others_sold_is_read_by_what_tmf637_says() -> None:
    (plan,) = sold_plans({"id": "p", "productPrice": [{
        "name": "Access", "priceType": "recurring", "recurringChargePeriod": "month",
        "price": {"taxRate": 20, "dutyFreeAmount": euro(10)},
    }]})  # fmt: skip
    assert (plan.kind, plan.months, str(plan.price and plan.price.amount), plan.tax.category) == (
        "recurring-postpaid", 1, "10", "S",
    )  # fmt: skip


def test_words_of_a_price_are_read_as_people_write_them() -> None:
    assert plan_of(once(priceType="One Time")).kind == "one time"
    assert plan_of(monthly(recurringChargePeriodType="Months")).months == 1
    assert plan_of(per_use(units="requests")).unit == plan_of(per_use(units="Request")).unit
    assert plan_of(once(tax=None)).tax.category == "O"
