"""A price is asked for within its `validFor` (TMF620), from its start on and before its end."""

from typing import Any

import pytest

from beffroi.portal.words.refusals import said_in
from tests.market.seller import Seller, offering, order_of, organization

TURN = "2026-12-01T00:00:00Z"
BEFORE, AFTER = {"endDateTime": TURN}, {"startDateTime": TURN}


@pytest.fixture
def engine() -> str:
    return "memory"


def price(seller: Seller, value: int, **more: Any) -> dict[str, str]:
    body = {
        "name": "Once", "lifecycleStatus": "Active", "priceType": "one time",
        "price": {"unit": "EUR", "value": value}, **more,
    }  # fmt: skip
    return {"id": seller.make("productOfferingPrice", body)["id"]}


def asked(seller: Seller, offered: str) -> list[Any]:
    order = seller.make("productOrder", order_of(offered, organization(seller, "Firm")))
    (item,) = order["productOrderItem"]
    return [each["price"]["dutyFreeAmount"]["value"] for each in item["itemPrice"]]


def shown(seller: Seller, offered: str) -> Any:
    return seller.send("GET", f"/market/offers/{offered}").json


def test_successive_prices_take_turns_at_the_moment_that_one_ends(seller: Seller) -> None:
    prices = [price(seller, 10, validFor=BEFORE), price(seller, 12, validFor=AFTER)]
    offered = offering(seller, productOfferingPrice=prices)
    read = shown(seller, offered)
    assert (asked(seller, offered), read["preview"]["taxExcludedAmount"]["value"]) == ([10], 10)
    seller.clock.to("2026-12-01T00:00:00+00:00")
    assert (asked(seller, offered), shown(seller, offered)["preview"]["taxExcludedAmount"]["value"]) == (
        [12],
        12,
    )
    order = order_of(offered, organization(seller, "Late"))
    order["productOrderItem"][0]["agreed"] = read["agreed"]
    assert "has changed since you read it" in seller.post("productOrder", order).json["message"]


@pytest.mark.parametrize("period", [{"endDateTime": "2026-11-22T10:00:00Z"}, AFTER])
def test_an_offering_without_a_price_that_is_valid_is_not_free(seller: Seller, period: Any) -> None:
    offered = offering(seller, productOfferingPrice=[price(seller, 10, validFor=period)])
    got = seller.post("productOrder", order_of(offered, organization(seller, "Firm")))
    said = "The item '1' orders an offering that has no price that is valid at 2026-11-22T10:00:00Z."
    assert (got.status, got.json["message"]) == (409, said)
    assert said_in("fr", said) is not None
    assert "has no price that is valid at" in shown(seller, offered)["notOrderable"]
    assert "preview" not in shown(seller, offered)


def test_a_price_begins_with_its_start(seller: Seller) -> None:
    offered = offering(seller, productOfferingPrice=[price(seller, 10, validFor=AFTER)])
    seller.clock.to("2026-12-01T00:00:00+00:00")
    assert asked(seller, offered) == [10]


@pytest.mark.parametrize("state", ["Active", "In study"])
@pytest.mark.parametrize(
    "period",
    [{"startDateTime": "soon"}, {"endDateTime": 5}, "always", {"startDateTime": TURN, "endDateTime": TURN}],
)
def test_a_period_that_is_none_is_refused(seller: Seller, state: str, period: Any) -> None:
    body = {
        "name": "Once", "lifecycleStatus": state, "priceType": "one time",
        "price": {"unit": "EUR", "value": 1}, "validFor": period,
    }  # fmt: skip
    assert seller.post("productOfferingPrice", body).status == 400
