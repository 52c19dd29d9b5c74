"""A price that changes while its offering is on sale: new orders pay the new one, whoever bought keeps the old."""

from typing import Any

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.approving import approve
from beffroi.market.operations.billing import bill_month
from beffroi.market.operations.prices import preview_offering
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.prices.preview import Preview
from beffroi.portal.words.refusals import said_in
from beffroi.processes.fulfilment import go_on
from beffroi.web.message import LOCAL
from tests.market.seller import Seller, order_of
from tests.market.shop import everything
from tests.market.test_agreed_to import Shop, price_of


class Trade(Shop):
    """The same offering, whose orders are carried out."""

    def place(self) -> str:
        return str(self.seller.make("productOrder", order_of(self.offering, self.firm))["id"])

    def carry_out(self, order: str) -> JsonObject:
        """The product that comes of an order."""
        self.seller.run(go_on(self.seller.market, order))
        items: Any = self.seller.get("productOrder", order).json["productOrderItem"]
        assert items[0]["state"] == "completed", items
        found: JsonObject = self.seller.get("product", items[0]["product"]["id"]).json
        return found

    def reprice(self, value: float) -> None:
        self.patch("productOfferingPrice", self.price, price={"unit": "EUR", "value": value})

    def preview(self) -> Preview:
        market = self.seller.market
        month = market.now()[:7]
        found: Preview = self.seller.run(
            preview_offering(market.store, self.offering, {}, month, market.now(), market.now())
        )
        return found


@pytest.fixture
def trade(seller: Seller) -> Trade:
    return Trade(seller)


def paid(product: JsonObject) -> object:
    prices: Any = product["productPrice"]
    return prices[0]["terms"]["price"]["value"]


def totals(order: Any) -> tuple[object, object]:
    price = order["orderTotalPrice"][0]["price"]
    return price["dutyFreeAmount"]["value"], price["taxIncludedAmount"]["value"]


def test_the_catalogue_shows_the_new_price_and_preview_and_order_agree_about_it(trade: Trade) -> None:
    for value in (30, 45, 12.5):
        trade.reprice(value)
        assert trade.seller.get("productOfferingPrice", trade.price).json["price"]["value"] == value
        sums = trade.preview().sums
        order = trade.seller.get("productOrder", trade.place()).json
        assert totals(order) == (float(sums.net.amount), float(sums.gross.amount))


def test_what_was_bought_is_billed_at_the_price_that_was_agreed(trade: Trade) -> None:
    before = trade.carry_out(trade.place())
    agreements = trade.seller.list("agreement").json
    trade.reprice(45)
    after = trade.carry_out(trade.place())
    assert (paid(before), paid(after)) == (30, 45)
    assert trade.seller.get("product", str(before["id"])).json["productPrice"] == before["productPrice"]
    assert trade.seller.list("agreement").json[: len(agreements)] == agreements
    trade.seller.clock.to("2027-01-03T10:00:00+00:00")
    trade.seller.run(bill_month(trade.seller.market, "2026-12"))
    lines = trade.seller.run(everything(trade.seller.market.store, "tmf:appliedCustomerBillingRate"))
    december = {line["product"]["id"]: line["taxExcludedAmount"]["value"] for line in lines}
    assert december == {before["id"]: 30, after["id"]: 45}


def test_an_order_that_waits_for_its_provider_keeps_its_price(trade: Trade) -> None:
    trade.patch("productOffering", trade.offering, approval="manual")
    order = trade.place()
    trade.seller.run(go_on(trade.seller.market, order))
    trade.reprice(45)
    trade.seller.run(approve(trade.seller.market, order, Asker(LOCAL)))
    assert paid(trade.carry_out(order)) == 30


@pytest.mark.parametrize("state", ["Retired", "Obsolete"])
def test_a_price_retired_on_sale_is_neither_previewed_nor_ordered(trade: Trade, state: str) -> None:
    product = trade.carry_out(trade.place())
    trade.patch("productOfferingPrice", trade.price, lifecycleStatus=state)
    with pytest.raises(Problem, match=f"has the price '{trade.price}', which is '{state}'") as refused:
        trade.preview()
    assert said_in("fr", refused.value.detail) is not None
    got = trade.seller.post("productOrder", order_of(trade.offering, trade.firm))
    assert got.status == 409, got.text
    assert trade.seller.get("product", str(product["id"])).json["status"] == "active"


def test_a_price_on_sale_does_not_become_one_that_no_bill_can_be_written_by(trade: Trade) -> None:
    for said in ({"price": None}, {"price": {"unit": "EUR", "value": -1}}, {"priceType": "barter"}):
        got = trade.seller.patch("productOfferingPrice", trade.price, said)
        assert got.status == 400, (said, got.text)
    assert trade.seller.get("productOfferingPrice", trade.price).json["price"] == price_of(30)["price"]


def test_another_currency_beside_other_prices_is_neither_previewed_nor_ordered(trade: Trade) -> None:
    second = {**price_of(5), "name": "Support"}
    more = str(trade.seller.make("productOfferingPrice", second)["id"])
    trade.patch("productOffering", trade.offering, productOfferingPrice=[{"id": trade.price}, {"id": more}])
    trade.patch("productOfferingPrice", more, price={"unit": "USD", "value": 5})
    with pytest.raises(Problem, match="EUR and USD; one currency is needed"):
        trade.preview()
    got = trade.seller.post("productOrder", order_of(trade.offering, trade.firm))
    assert (got.status, "EUR and USD" in got.text.decode()) == (400, True)
