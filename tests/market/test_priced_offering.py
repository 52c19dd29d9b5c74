"""An offering is published at prices by which it can be ordered and billed."""

from typing import Any

import pytest

from beffroi.portal.words.refusals import said_in
from tests.market.prices import VAT, monthly, per_use
from tests.market.seller import Seller

DOLLARS = {**per_use(), "price": {"unit": "USD", "value": 2}}


def priced(seller: Seller, *prices: dict[str, Any]) -> list[dict[str, str]]:
    """References to prices that were made."""
    bodies = [{"lifecycleStatus": "Active", **one} for one in prices]
    for body in bodies:
        body.pop("id", None)
    made = [seller.make("productOfferingPrice", body) for body in bodies]
    return [{"id": one["id"]} for one in made]


def offering(prices: list[dict[str, str]], state: str) -> dict[str, Any]:
    sold = {"name": "entityTypes", "productSpecCharacteristicValue": [{"value": ["Bike"]}]}
    named = {"name": "Bikes", "lifecycleStatus": state, "prodSpecCharValueUse": [sold]}
    return {**named, "productOfferingPrice": prices}


def refused(status: int, got: Any) -> str:
    assert got.status == status, got.text
    return str(got.json["message"])


def test_prices_in_two_currencies_are_not_published(seller: Seller) -> None:
    both = priced(seller, monthly(), DOLLARS)
    said = refused(400, seller.post("productOffering", offering(both, "Active")))
    assert said == "The offering 'Bikes' has prices in EUR and USD; one currency is needed."
    french = (said_in("fr", said) or "").replace("\xa0", " ").replace("\u202f", " ")
    assert french == "L’offre « Bikes » a des prix en EUR et USD ; il faut une seule monnaie."
    draft = seller.make("productOffering", offering(both, "In study"))
    assert refused(400, seller.patch("productOffering", draft["id"], {"lifecycleStatus": "Active"})) == said
    assert seller.get("productOffering", draft["id"]).json["lifecycleStatus"] == "In study"


def test_a_published_offering_gets_no_second_currency(seller: Seller) -> None:
    euros, dollars = priced(seller, monthly(), DOLLARS)
    made = seller.make("productOffering", offering([euros], "Active"))
    change = {"productOfferingPrice": [euros, dollars]}
    assert "EUR and USD" in refused(400, seller.patch("productOffering", made["id"], change))
    assert seller.patch("productOffering", made["id"], {"description": "Renamed."}).status == 200


@pytest.mark.parametrize("state", ["Retired", "Obsolete"])
def test_a_price_that_is_retired_is_not_published(seller: Seller, state: str) -> None:
    prices = priced(seller, {**monthly(), "lifecycleStatus": state})
    said = refused(409, seller.post("productOffering", offering(prices, "Active")))
    assert said == f"The offering 'Bikes' has the price '{prices[0]['id']}', which is '{state}'."
    assert said_in("fr", said) is not None


def test_an_unfinished_price_is_not_published(seller: Seller) -> None:
    unfinished = {"name": "Once", "priceType": "one time", "lifecycleStatus": "In study", "tax": VAT}
    prices = priced(seller, unfinished)
    assert "Once" in refused(400, seller.post("productOffering", offering(prices, "Active")))
    assert seller.post("productOffering", offering(prices, "In study")).status == 201
