"""What a buyer read is what is ordered: a price or a term that changed since is not frozen unread."""

import asyncio
from typing import Any

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.ordering import Offer, place, read_offer
from beffroi.market.operations.writing import Asker, change
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.documents.once import once_key
from beffroi.market.rules.orders.placing import Choice
from beffroi.web.message import LOCAL
from tests.market.seller import Seller, offering, order_of, organization

ASKER = Asker(LOCAL)
PRICE = RESOURCES["productOfferingPrice"]


class Shop:
    """One offering of a seller, read by a buyer."""

    def __init__(self, seller: Seller) -> None:
        self.seller = seller
        self.city, self.firm = organization(seller, "City"), organization(seller, "Firm")
        self.price = str(seller.make("productOfferingPrice", price_of(30))["id"])
        given = {"entityTypes": ["Bike"], "live": True}
        said = [
            {"name": name, "productSpecCharacteristicValue": [{"value": value}]}
            for name, value in given.items()
        ]
        self.specification = str(
            seller.make("productSpecification", {"name": "Bikes", "productSpecCharacteristic": said})["id"]
        )
        self.offering = offering(
            seller,
            productSpecification={"id": self.specification},
            productOfferingPrice=[{"id": self.price}],
            relatedParty=[party(self.city)],
        )

    def read(self) -> Offer:
        return self.seller.run(read_offer(self.seller.market, self.offering, LOCAL))

    def order(self, read: Offer) -> JsonObject:
        return self.seller.run(place(self.seller.market, read, self.firm, Choice(), ASKER))

    def patch(self, resource: str, of: str, **said: Any) -> None:
        got = self.seller.patch(resource, of, said)
        assert got.status == 200, got.text


def price_of(value: float) -> dict[str, Any]:
    return {
        "name": "Monthly", "priceType": "recurring-prepaid", "recurringChargePeriodType": "month",
        "lifecycleStatus": "Active", "price": {"unit": "EUR", "value": value},
        "tax": [{"taxCategory": "S", "taxRate": 20}],
    }  # fmt: skip


def party(id: str) -> dict[str, str]:
    return {"id": id, "role": "seller", "@referredType": "Organization"}


def frozen_price(order: JsonObject) -> object:
    item: Any = order["productOrderItem"]
    return item[0]["itemPrice"][0]["price"]["dutyFreeAmount"]["value"]


@pytest.fixture
def shop(seller: Seller) -> Shop:
    return Shop(seller)


def test_what_was_read_is_ordered_and_stands_in_the_order(shop: Shop) -> None:
    read = shop.read()
    order: Any = shop.order(read)
    assert order["productOrderItem"][0]["agreed"] == read.reading
    assert frozen_price(order) == 30


CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "the price": ("productOfferingPrice", "price", {"price": {"unit": "EUR", "value": 31}}),
    "a price that is gone": ("productOfferingPrice", "price", {"lifecycleStatus": "Retired"}),
    "another price": ("productOffering", "offering", {"productOfferingPrice": []}),
    "a term": ("productOffering", "offering", {"productOfferingTerm": [{"name": "Only on Sundays"}]}),
    "what is given": ("productSpecification", "specification", {"productSpecCharacteristic": []}),
    "the name": ("productOffering", "offering", {"name": "Late bikes"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_since_it_was_read_is_not_ordered(what: str, shop: Shop) -> None:
    read, (name, of, said) = shop.read(), CHANGES[what]
    shop.patch(name, getattr(shop, of), **said)
    with pytest.raises(Problem, match="has changed since you read it"):
        shop.order(read)
    assert shop.seller.list("productOrder").json == []


def test_another_seller_is_another_offer(shop: Shop) -> None:
    read = shop.read()
    shop.patch("productOffering", shop.offering, relatedParty=[party(organization(shop.seller, "Other"))])
    with pytest.raises(Problem, match="has changed since you read it"):
        shop.order(read)


def test_other_words_for_the_same_are_no_other_offer(shop: Shop) -> None:
    read = shop.read()
    shop.patch("productOffering", shop.offering, description="The same, in more words.")
    assert frozen_price(shop.order(read)) == 30


def test_an_order_that_races_with_a_new_price_is_of_the_price_that_was_read(shop: Shop) -> None:
    async def all_at_once(read: Offer) -> list[Any]:
        market = shop.seller.market
        orders = [place(market, read, shop.firm, Choice(), ASKER) for _ in range(6)]
        dearer = change(
            market, PRICE, shop.price, lambda body: {**body, "price": {"unit": "EUR", "value": 99}}, ASKER
        )
        return list(await asyncio.gather(*orders[:3], dearer, *orders[3:], return_exceptions=True))

    answers = shop.seller.run(all_at_once(shop.read()))
    refused = [one for one in answers if isinstance(one, Problem)]
    placed = [one for one in answers if isinstance(one, dict) and "productOrderItem" in one]
    assert len(refused) + len(placed) == 6
    assert {frozen_price(one) for one in placed} <= {30}
    assert {one.detail for one in refused} <= {
        "The offer has changed since you read it. Read its terms again."
    }
    assert isinstance(shop.seller.get("productOfferingPrice", shop.price).json, dict)


def test_a_key_that_comes_with_what_was_read_later_gets_the_first_order(shop: Shop) -> None:
    key, read = once_key("local", "orders", "k"), shop.read()
    shop.patch("productOfferingPrice", shop.price, price={"unit": "EUR", "value": 31})
    later = shop.read()

    async def both() -> list[JsonObject]:
        return [
            await place(shop.seller.market, one, shop.firm, Choice(), ASKER, key) for one in (later, read)
        ]

    first, again = shop.seller.run(both())
    assert (frozen_price(first), first) == (31, again)
    assert len(shop.seller.list("productOrder").json) == 1


def test_an_order_that_says_nothing_of_it_is_of_the_offering_as_it_is(shop: Shop) -> None:
    shop.read()
    shop.patch("productOfferingPrice", shop.price, price={"unit": "EUR", "value": 31})
    assert frozen_price(shop.seller.make("productOrder", order_of(shop.offering, shop.firm))) == 31


def test_an_order_over_the_api_may_say_what_was_agreed_to_and_keeps_it(shop: Shop) -> None:
    body = order_of(shop.offering, shop.firm)
    body["productOrderItem"][0]["agreed"] = "0" * 32
    got = shop.seller.post("productOrder", body)
    assert (got.status, got.json["code"]) == (409, "Conflict"), got.text
    body["productOrderItem"][0]["agreed"] = shop.read().reading
    order = shop.seller.make("productOrder", body)
    for agreed in ("0" * 32, None):
        items = [{**order["productOrderItem"][0], "agreed": agreed}]
        got = shop.seller.patch("productOrder", order["id"], {"productOrderItem": items})
        assert got.status == 409, got.text
