"""What an ordered product costs in a whole node: as it was offered, and as the buyer says."""

import json
from typing import Any

import pytest

from beffroi.market.rules.apis import RESOURCES
from beffroi.web.message import LOCAL
from tests.conftest import Run
from tests.node.buying import Fair, priced, scenario


def test_a_catalogue_that_changes_changes_no_order(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        prices = await priced(fair)
        offering = await fair.offering(approval="manual", **prices)
        order = await fair.settled(await fair.order(offering), "pending")
        dearer = {"price": {"unit": "EUR", "value": 900}}
        (price,) = prices["productOfferingPrice"]
        assert (await fair.patch("productOfferingPrice", price["id"], dearer)).status == 200
        assert (await fair.patch("productOffering", offering, {"lifecycleStatus": "Retired"})).status == 200
        assert (
            await fair.patch("productOrder", order["id"], {"state": "inProgress"}, fair.provider)
        ).status == 200
        order = await fair.settled(order)
        product = await fair.get("product", order["productOrderItem"][0]["product"]["id"])
        assert product["productPrice"][0]["price"]["dutyFreeAmount"]["value"] == 20

    scenario(run, steps)


def test_a_trial_is_given_once_to_each_party(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering(**await priced(fair, trial={"days": 30}))
        first, second = await fair.bought(offering), await fair.bought(offering)
        assert first["productPrice"][0]["terms"]["trial"] == {"days": 30}
        assert "trial" not in second["productPrice"][0]["terms"]

    scenario(run, steps)


@pytest.mark.parametrize(
    ("price", "status", "word"),
    [
        ({"dutyFreeAmount": {"unit": "USD", "value": 20}}, 409, "USD"),
        ({"dutyFreeAmount": {"unit": "XXQ", "value": 20}}, 400, "XXQ"),
        ({"dutyFreeAmount": {"unit": "EUR", "value": -20}}, 400, "negative"),
        ({"dutyFreeAmount": {"unit": "EUR", "value": 2}}, 409, "it costs 20 EUR"),
    ],
)
def test_what_a_buyer_says_of_the_price_has_to_be_true(run: Run, price: Any, status: int, word: str) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering(**await priced(fair))
        item = {
            "id": "1",
            "action": "add",
            "productOffering": {"id": offering},
            "itemPrice": [{"price": price}],
        }
        path = "/tmf-api/productOrderingManagement/v4/productOrder"
        refused = await fair.ask("POST", path, {"productOrderItem": [item]}, fair.buyer)
        assert (refused.status, word in json.loads(refused.body)["message"]) == (status, True), refused.body
        assert await fair.list("productOrder") == []

    scenario(run, steps)


def money(value: float, unit: str = "EUR") -> dict[str, Any]:
    return {"unit": unit, "value": value}


@pytest.mark.parametrize(
    ("price", "status", "words"),
    [
        ({"dutyFreeAmount": money(20), "taxIncludedAmount": money(24)}, 201, ""),
        ({"dutyFreeAmount": money(20, "USD")}, 409, "is said to cost 20 USD; it costs 20.00 EUR."),
        ({"taxIncludedAmount": money(20)}, 409, "is said to cost 20 EUR; it costs 24.00 EUR."),
        ({"dutyFreeAmount": money(0)}, 409, "is said to cost 0 EUR; it costs 20.00 EUR."),
        ({"dutyFreeAmount": money(-20)}, 400, "is negative: -20."),
        ({"dutyFreeAmount": 20}, 400, "is no money"),
    ],
)
def test_what_a_buyer_says_of_a_total_has_to_be_true(run: Run, price: Any, status: int, words: str) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering(**await priced(fair, priceType="one-time", name="Once"))
        item = {"id": "1", "action": "add", "productOffering": {"id": offering}}
        path, total = RESOURCES["productOrder"].path, [{"priceType": "total", "price": price}]
        orders = (
            {"productOrderItem": [item], "orderTotalPrice": total},
            {"productOrderItem": [{**item, "itemTotalPrice": total}]},
        )
        for order in orders:
            answer = await fair.ask("POST", path, order, fair.buyer)
            assert (answer.status, words in answer.body.decode()) == (status, True), answer.body
        assert len(await fair.list("productOrder")) == (2 if status == 201 else 0)

    scenario(run, steps)


def test_a_total_is_refused_where_nothing_is_added_and_does_not_change_afterwards(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering(**await priced(fair)))
        item = {"id": "1", "action": "delete", "product": {"id": product["id"]}}
        total = [{"price": {"dutyFreeAmount": money(5, "USD")}}]
        path = RESOURCES["productOrder"].path
        body = {"productOrderItem": [item], "orderTotalPrice": total}
        refused = await fair.ask("POST", path, body, fair.buyer)
        assert (refused.status, b"is said to cost 5 USD; it adds nothing" in refused.body) == (400, True)
        (order,) = await fair.list("productOrder")
        for actor in (fair.buyer, LOCAL):
            changed = await fair.patch("productOrder", order["id"], {"orderTotalPrice": total}, actor)
            assert (changed.status, b"'orderTotalPrice' does not change" in changed.body) == (409, True)

    scenario(run, steps)
