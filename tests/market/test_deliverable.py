"""An offering that would deliver nothing is not published, and one that came to be so is not sold."""

from typing import Any

import pytest

from beffroi.portal.words.refusals import said_in
from tests.market.seller import Seller, bikes, offering, order_of, organization

TYPES = ("entityTypes", ["Bike"])


@pytest.fixture
def engine() -> str:
    return "memory"


def specified(seller: Seller, *characteristics: tuple[str, Any]) -> dict[str, str]:
    listed = [
        {"name": name, "productSpecCharacteristicValue": [{"value": value}]}
        for name, value in characteristics
    ]
    made = seller.make("productSpecification", {"name": "Bikes", "productSpecCharacteristic": listed})
    return {"id": made["id"]}


def refused(got: Any, sentence: str) -> None:
    assert (got.status, sentence in got.json["message"]) == (400, True), got.text
    assert said_in("fr", got.json["message"]) is not None


def never_sold(seller: Seller, sentence: str, **body: Any) -> None:
    """Neither made active at once, nor later, nor launched; as a draft it is kept."""
    for state in ("Active", "Launched"):
        refused(seller.post("productOffering", {"name": "Bikes", "lifecycleStatus": state, **body}), sentence)
    draft = seller.make("productOffering", {"name": "Bikes", **body})
    refused(seller.patch("productOffering", draft["id"], {"lifecycleStatus": "Active"}), sentence)
    assert seller.get("productOffering", draft["id"]).json["lifecycleStatus"] == "In study"


def test_an_offering_without_a_specification_is_not_published(seller: Seller) -> None:
    never_sold(seller, "The offering 'Bikes' has no 'productSpecification'")


@pytest.mark.parametrize("said", [(), (("entityTypes", []),), (("live", True),), (("access", "gate"),)])
def test_a_specification_of_nothing_is_not_published(seller: Seller, said: Any) -> None:
    named = specified(seller, *said)
    never_sold(seller, "sells nothing: its 'entityTypes' is null", productSpecification=named)


def test_a_service_whose_access_nobody_knows_is_not_published(seller: Seller) -> None:
    named = specified(seller, ("endpointUrl", "https://a.example/v1"), ("access", "mail"))
    never_sold(seller, "and its 'access' \"mail\".", productSpecification=named)


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"isBundle": True}, "('isBundle' is true)"),
        ({"bundledProductOffering": [{"name": "Far"}]}, '(\'bundledProductOffering\' is [{"name":"Far"}])'),
    ],
)
def test_a_bundle_is_not_published(seller: Seller, more: Any, shown: str) -> None:
    never_sold(seller, f"is a bundle {shown}", productSpecification=bikes(seller), **more)
    sold = offering(seller)
    refused(seller.patch("productOffering", sold, more), "is a bundle")


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("quota", {"metric": "x", "amount": 5, "period": "month"}, "'quota'"),
        ("quota", {"metric": "requests", "amount": -5, "period": "month"}, "-5"),
        ("rateLimit", -1, "'rateLimit' is -1"),
        ("rateLimit", "fast", "'rateLimit' is fast"),
        ("area", {"type": "Point", "coordinates": [1, 2]}, "'area'"),
        ("area", {"type": "Polygon", "coordinates": []}, "'area'"),
        ("area", {"type": "Polygon", "coordinates": [1]}, "'area'"),
        ("area", {"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}, "'area'"),
        ("live", "yes", "'live' is yes"),
        ("history", {}, "'history' is {}"),
        ("period", {"startDateTime": "nope"}, "'startDateTime' is nope"),
        ("period", {"startDateTime": "2027-01-01T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"}, "empty"),
        ("tenant", "a, b", "'tenant' is 'a, b'"),
        ("tenant", 5, "'tenant' is no text"),
    ],
)
def test_what_no_order_could_read_is_not_published(seller: Seller, name: str, value: Any, word: str) -> None:
    never_sold(seller, word, productSpecification=specified(seller, TYPES, (name, value)))


def test_each_value_that_could_be_chosen_is_read(seller: Seller) -> None:
    use = {
        "name": "rateLimit", "configurable": True,
        "productSpecCharacteristicValue": [{"value": 5, "isDefault": True}, {"value": "fast"}],
    }  # fmt: skip
    sold = {"productSpecification": bikes(seller), "prodSpecCharValueUse": [use]}
    never_sold(seller, "'rateLimit' is fast", **sold)


def test_what_came_to_sell_nothing_is_not_ordered(seller: Seller) -> None:
    named, firm = bikes(seller), organization(seller, "Firm")
    sold = offering(seller, productSpecification=named)
    seller.patch("productSpecification", named["id"], {"productSpecCharacteristic": []})
    word = "The item '1' orders an offering that sells nothing"
    refused(seller.post("productOrder", order_of(sold, firm)), word)
    read = seller.send("GET", f"/market/offers/{sold}").json
    assert "sells nothing" in read["notOrderable"]


@pytest.mark.parametrize("state", ["In study", "In test"])
def test_the_documents_of_the_kits_are_kept(seller: Seller, state: str) -> None:
    elsewhere = {"id": "9881", "href": "https://mycsp.example/productSpecification/9881", "version": "1.1"}
    body = {"name": "aProductOffering", "lifecycleStatus": state, "productSpecification": elsewhere}
    assert seller.post("productOffering", body).status == 201
