"""An object, a list or a number where a word belongs is refused in words, or passed over where nothing reads it."""

from typing import Any

import pytest

from beffroi.kernel.json import Json
from beffroi.kernel.problem import Problem
from beffroi.market.rules.access.grants import declared
from beffroi.market.rules.bills.party_form import billed, described
from tests.market.seller import Seller, organization

WRONG: list[Any] = [{}, [], [1], ["manual"], {"a": []}, 5, True, None]


@pytest.fixture
def engine() -> str:
    return "memory"


def refused(got: Any, status: int, word: str) -> None:
    assert (got.status, word in got.json["message"]) == (status, True), got.text


@pytest.mark.parametrize("wrong", WRONG)
def test_an_approval_that_is_no_word_is_refused_and_shown(seller: Seller, wrong: Any) -> None:
    sentence = f"The 'approval' of the offering is {str(wrong)!r}, not manual or automatic."
    refused(seller.post("productOffering", {"name": "Bikes", "approval": wrong}), 400, sentence)
    made = seller.make("productOffering", {"name": "Bikes"})
    changed = seller.patch("productOffering", made["id"], {"approval": wrong})
    if wrong is None:  # RFC 7396: null in a merge patch takes away
        assert changed.status == 200
    else:
        refused(changed, 400, sentence)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_limit_that_is_no_number_is_refused(seller: Seller, wrong: Any) -> None:
    if wrong != 5:
        body = {"name": "Bikes", "orderLimit": {"total": wrong}}
        refused(seller.post("productOffering", body), 400, "'total' of the 'orderLimit'")
    if not isinstance(wrong, dict):
        refused(seller.post("productOffering", {"name": "Bikes", "orderLimit": wrong}), 400, "'orderLimit'")


@pytest.mark.parametrize("name", ["live", "history"])
@pytest.mark.parametrize("wrong", [one for one in WRONG if one is not None and one is not True])
def test_a_flag_of_a_product_that_is_none_is_refused(name: str, wrong: Any) -> None:
    with pytest.raises(Problem, match=f"The characteristic '{name}' is .*, not true or false"):
        declared({"productCharacteristic": [{"name": name, "value": wrong}]}, str)


def test_a_flag_of_a_product_may_be_a_word() -> None:
    said: list[Json] = [{"name": "live", "value": "true"}, {"name": "history", "value": "false"}]
    grant = declared({"productCharacteristic": said}, str)
    assert (grant.live, grant.history) == (True, False)


def held(seller: Seller, **more: Any) -> tuple[str, str]:
    """A product, and who holds it."""
    firm = organization(seller, "Firm")
    offered = seller.make(
        "productOffering",
        {
            "name": "Bikes",
            "prodSpecCharValueUse": [
                {
                    "name": "rateLimit",
                    "configurable": True,
                    "productSpecCharacteristicValue": [{"value": 5}, {"value": 10}],
                },
                {
                    "name": "credentialsUrl",
                    "productSpecCharacteristicValue": [{"value": "https://a.example"}],
                },
            ],
        },
    )
    body = {
        "name": "Bikes", "status": "active", "productOffering": {"id": offered["id"]},
        "relatedParty": [{"id": firm, "role": "buyer", "@referredType": "Organization"}], **more,
    }  # fmt: skip
    return str(seller.make("product", body)["id"]), firm


def modify(seller: Seller, product: str, firm: str, **wanted: Any) -> Any:
    body = {
        "productOrderItem": [{"id": "1", "action": "modify", "product": {"id": product, **wanted}}],
        "relatedParty": [{"id": firm, "role": "buyer", "@referredType": "Organization"}],
    }
    return seller.post("productOrder", body)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_status_that_is_no_word_is_refused(seller: Seller, wrong: Any) -> None:
    got = modify(seller, *held(seller), status=wrong)
    refused(got, 409, f"wants the product to be {str(wrong)!r}; it can be active or suspended.")


@pytest.mark.parametrize("wrong", WRONG)
def test_a_characteristic_without_a_word_for_a_name_keeps_nobody_from_choosing(
    seller: Seller, wrong: Any
) -> None:
    product, firm = held(seller, productCharacteristic=[{"name": wrong, "value": 1}])
    chosen = [{"name": "rateLimit", "value": 10}]
    assert modify(seller, product, firm, productCharacteristic=chosen).status == 201


def test_what_only_an_offering_says_is_no_choice_that_fails(seller: Seller) -> None:
    product, firm = held(seller)
    chosen = [{"name": "credentialsUrl", "value": "https://b.example"}]
    assert modify(seller, product, firm, productCharacteristic=chosen).status == 201


@pytest.mark.parametrize("wrong", WRONG)
def test_pauses_that_are_none_keep_nobody_from_suspending(seller: Seller, wrong: Any) -> None:
    product, firm = held(seller, suspension=[wrong])
    assert modify(seller, product, firm, status="suspended").status == 201
    product, firm = held(seller, suspension=wrong)
    assert modify(seller, product, firm, status="suspended").status == 201


@pytest.mark.parametrize("wrong", WRONG)
def test_what_another_program_said_of_a_party_stays(wrong: Any) -> None:
    medium, trait = {"mediumType": wrong}, {"name": wrong, "value": "FR76"}
    after = described({"contactMedium": [medium]}, {"name": "Firm", "city": "Simville", "country": "FR"})
    assert after["contactMedium"] == [
        medium,
        {"mediumType": "postalAddress", "characteristic": {"city": "Simville", "country": "FR"}},
    ]
    assert billed({"id": "7", "partyCharacteristic": [trait]}, sells=True) == {"id": "7"}
