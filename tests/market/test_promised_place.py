"""Where a promised service level is measured stays once the offering could be ordered: buyers keep the address for
which they paid, and nobody lets the node look elsewhere."""

from typing import Any

import pytest

from beffroi.market.rules.service_level.place import place_of
from tests.market.seller import Seller
from tests.market.service_level.promises import AVAILABLE, term
from tests.market.test_product_offering import characteristic

HERE, ELSEWHERE = "http://127.0.0.1:4196/", "http://127.0.0.1:4195/"
TO_MEASURE_IT = "promises a service level of 'http://127.0.0.1:4196/' to its buyers"
LEVEL = [term(AVAILABLE)]


def at(url: str, **more: Any) -> dict[str, Any]:
    return {**characteristic("endpointUrl", url), **more}


def specified(seller: Seller, *characteristics: Any) -> str:
    body = {"name": "A service", "productSpecCharacteristic": [*characteristics]}
    return str(seller.make("productSpecification", body)["id"])


def promised(seller: Seller, specification: str, state: str = "Active", **more: Any) -> str:
    body = {"name": "Live", "lifecycleStatus": state, "productOfferingTerm": LEVEL, **more}
    return str(seller.make("productOffering", {**body, "productSpecification": {"id": specification}})["id"])


@pytest.mark.parametrize("state", ["Active", "Launched", "Retired"])
def test_a_specification_does_not_send_the_monitor_elsewhere(seller: Seller, state: str) -> None:
    specification = specified(seller, at(HERE))
    offering = promised(seller, specification)
    seller.patch("productOffering", offering, {"lifecycleStatus": state})
    for anew in (
        [at(ELSEWHERE)],
        [],
        [at(HERE), characteristic("entityTypes", ["Room"])],
        [characteristic("endpointUrl", HERE), at(ELSEWHERE)],
        [{"name": "endpointUrl", "productSpecCharacteristicValue": [{"value": HERE}, {"value": ELSEWHERE, "isDefault": True}]}],
    ):  # fmt: skip
        got = seller.patch("productSpecification", specification, {"productSpecCharacteristic": anew})
        assert (got.status, TO_MEASURE_IT in got.json["message"]) == (409, True), (anew, got.text)
    named = {"name": "Renamed", "productSpecCharacteristic": [at(HERE), characteristic("rateLimit", 3)]}
    assert seller.patch("productSpecification", specification, named).status == 200


def test_an_offering_does_not_send_the_monitor_elsewhere_either(seller: Seller) -> None:
    offering = promised(seller, specified(seller, at(HERE)))
    for anew in (
        {"prodSpecCharValueUse": [at(ELSEWHERE)]},
        {"productSpecification": {"id": specified(seller, at(ELSEWHERE))}},
    ):
        got = seller.patch("productOffering", offering, anew)
        assert (got.status, TO_MEASURE_IT in got.json["message"]) == (409, True), (anew, got.text)
    same = {"productSpecification": {"id": specified(seller, at(HERE))}}
    assert seller.patch("productOffering", offering, same).status == 200


def test_data_that_was_promised_stays_what_is_measured(seller: Seller) -> None:
    specification = specified(seller, characteristic("entityTypes", ["Room"]))
    promised(seller, specification)
    for anew in (
        [characteristic("entityTypes", ["Clock"])],
        [characteristic("entityTypes", ["Room"]), characteristic("tenant", "spare")],
    ):
        got = seller.patch("productSpecification", specification, {"productSpecCharacteristic": anew})
        assert (got.status, "promises a service level of 'Room'" in got.json["message"]) == (409, True), (
            got.text
        )


def test_what_promises_nothing_or_was_never_for_sale_may_move(seller: Seller) -> None:
    drafted, silent = specified(seller, at(HERE)), specified(seller, at(HERE))
    promised(seller, drafted, "In design")
    promised(seller, silent, productOfferingTerm=[])
    moved = {"productSpecCharacteristic": [at(ELSEWHERE)]}
    for specification in (drafted, silent):
        assert seller.patch("productSpecification", specification, moved).status == 200


def test_a_promise_is_of_one_address(seller: Seller) -> None:
    values = [{"value": HERE}, {"value": ELSEWHERE}]
    choice = {"name": "endpointUrl", "configurable": True, "productSpecCharacteristicValue": values}
    body = {"name": "Live", "lifecycleStatus": "Active", "productOfferingTerm": LEVEL}
    named = {"productSpecification": {"id": specified(seller, choice)}}
    got = seller.post("productOffering", {**body, **named})
    assert (got.status, "leaves the choice of 2 values of 'endpointUrl'" in got.json["message"]) == (
        400,
        True,
    )


def test_what_is_measured_is_what_a_product_gets() -> None:
    values = [{"value": HERE}, {"value": ELSEWHERE, "isDefault": True}]
    stated: Any = {"name": "endpointUrl", "productSpecCharacteristicValue": values}
    assert place_of({}, {"productSpecCharacteristic": [stated]}).endpoint == ELSEWHERE
    assert (
        place_of({"prodSpecCharValueUse": [at(HERE)]}, {"productSpecCharacteristic": [stated]}).endpoint
        == HERE
    )
