"""The lifecycle of an offering (TMF620): which states there are, and which may follow which."""

import pytest

from beffroi.market.rules.documents.machines import PRODUCT_OFFERING, may_reach
from beffroi.store.port import Store
from tests.conftest import Run
from tests.market.seller import Seller, bikes, offering
from tests.market.shop import put


@pytest.mark.parametrize(
    ("way", "to"),
    [
        (["Active"], "In study"),
        (["Active"], "In design"),
        (["Active"], "In test"),
        (["Active"], "Rejected"),
        (["Active"], "Obsolete"),
        (["Launched"], "In study"),
        (["Active", "Retired"], "In study"),
        (["Active", "Retired", "Obsolete"], "Active"),
        (["In test", "Rejected"], "Active"),
    ],
)
def test_a_move_that_the_lifecycle_does_not_have_is_refused(seller: Seller, way: list[str], to: str) -> None:
    first, *rest = way
    id = offering(seller, first)
    for state in rest:
        assert seller.patch("productOffering", id, {"lifecycleStatus": state}).status == 200
    got = seller.patch("productOffering", id, {"lifecycleStatus": to})
    assert got.status == 409
    assert f"cannot go from '{way[-1]}' to '{to}'" in got.json["message"]
    assert seller.get("productOffering", id).json["lifecycleStatus"] == way[-1]


@pytest.mark.parametrize("state", ["Banana", "active", "", None])
def test_a_state_that_does_not_exist_is_refused_with_those_that_do(seller: Seller, state: str | None) -> None:
    got = seller.patch("productOffering", offering(seller), {"lifecycleStatus": state})
    assert (got.status, "'In study', 'In test'" in got.json["message"]) == (400, True), got.text


@pytest.mark.parametrize("state", ["Banana", "Retired", "Obsolete", "Rejected"])
def test_an_offering_begins_before_or_on_sale(seller: Seller, state: str) -> None:
    body = {"name": "Live bikes", "lifecycleStatus": state, "productSpecification": bikes(seller)}
    assert seller.post("productOffering", body).status == 400


def test_one_goes_on_sale_stops_goes_on_again_and_ends(seller: Seller) -> None:
    id = offering(seller, "In study")
    for state in ("In design", "In test", "Active", "Launched", "Retired", "Launched", "Retired", "Obsolete"):
        assert seller.patch("productOffering", id, {"lifecycleStatus": state}).status == 200


def test_what_was_for_sale_never_becomes_a_draft_again() -> None:
    sold = ("Active", "Launched", "Retired", "Obsolete")
    drafts = ("In study", "In design", "In test", "Rejected")
    assert not [(one, other) for one in sold for other in drafts if may_reach(PRODUCT_OFFERING, one, other)]


def test_what_was_kept_in_no_state_leaves_it_for_one(seller: Seller, store: Store, run: Run) -> None:
    run(put(store, "tmf:productOffering", {"id": "old", "name": "Old", "lifecycleStatus": "banana"}))
    assert seller.patch("productOffering", "old", {"description": "Old."}).status == 200
    assert seller.patch("productOffering", "old", {"lifecycleStatus": "Retired"}).status == 200
