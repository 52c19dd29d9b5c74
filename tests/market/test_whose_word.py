"""What a party cannot write, because it would speak for another one or for the node."""

from typing import Any

import pytest

from beffroi.market.rules.documents.hub import MOST_OF_A_PARTY
from beffroi.store.port import Store
from tests.conftest import Run
from tests.market.seller import HUBS, Seller, organization, seller_of


class Town:
    """A city that sells, and a firm that would like to have it for nothing."""

    def __init__(self, operator: Seller) -> None:
        self.operator = operator
        self.city_id, self.firm_id = organization(operator, "city"), organization(operator, "firm")
        self.city = operator.acting("cleo", "read", "trade", party=self.city_id, roles=("provider",))
        self.firm = operator.acting("ana", "read", "trade", party=self.firm_id, roles=("provider",))
        for party in (self.city_id, self.firm_id):
            operator.send("PUT", f"/market/permits/{party}", {"data": [{"types": ["*"]}]})

    def agreement(self, **more: Any) -> Any:
        parties = [{"id": id, "@referredType": "Organization"} for id in (self.firm_id, self.city_id)]
        return {
            "name": "All data for nothing",
            "agreementType": "commercial",
            "engagedParty": parties,
            "agreementItem": [{}],
            **more,
        }


@pytest.fixture
def town(store: Store, run: Run) -> Town:
    return Town(seller_of(store, run))


SIGNED = {"agreementAuthorization": [{"signatureRepresentation": "a..b", "state": "approved"}]}


@pytest.mark.parametrize(
    "said",
    [
        SIGNED,
        {"associatedOrder": {"id": "7"}},
        {"termText": {"en": ["Everything is free."]}},
        {"policy": {"content": {"@type": "Agreement"}}},
    ],
)
def test_a_party_signs_no_agreement_for_the_other(town: Town, said: Any) -> None:
    got = town.firm.post("agreement", town.agreement(**said))
    assert (got.status, next(iter(said)) in got.json["reason"] + got.json.get("message", "")) == (403, True)
    proposed = town.firm.make("agreement", town.agreement())["id"]
    assert town.firm.patch("agreement", proposed, said).status == 403
    assert town.city.get("agreement", proposed).json.keys().isdisjoint(said)
    assert town.city.delete("agreement", proposed).status == 204


def stated(name: str, *values: Any, **more: Any) -> Any:
    return {"name": name, "productSpecCharacteristicValue": [{"value": value} for value in values], **more}


def ordered(firm: Seller, offering: str, **product: Any) -> Any:
    item = {"id": "1", "action": "add", "productOffering": {"id": offering}, "product": product}
    return firm.make("productOrder", {"productOrderItem": [item]})["productOrderItem"][0]["product"]


def offer(town: Town, **more: Any) -> str:
    parties = [{"id": town.city_id, "role": "seller"}]
    sold = [stated("entityTypes", "Room")]
    body = {
        "name": "Rooms",
        "lifecycleStatus": "Active",
        "relatedParty": parties,
        "prodSpecCharValueUse": sold,
    }
    body |= more
    return str(town.city.make("productOffering", body)["id"])


def test_an_offering_names_no_client_and_no_address_of_access(town: Town) -> None:
    said = [stated(name, "cli_of_another") for name in ("clientId", "tokenUrl", "accessUrl")]
    offering = offer(town, prodSpecCharValueUse=[*said, stated("entityTypes", "Room")])
    product = ordered(town.firm, offering)
    assert product["productCharacteristic"] == [{"name": "entityTypes", "value": ["Room"]}]


def test_a_buyer_brings_no_specification(town: Town) -> None:
    wide = town.city.make(
        "productSpecification",
        {
            "name": "All there is",
            "relatedParty": [{"id": town.city_id, "role": "seller"}],
            "productSpecCharacteristic": [stated("entityTypes", "Room", "Camera", configurable=True)],
        },
    )
    offering = offer(town, prodSpecCharValueUse=[stated("entityTypes", "Room")])
    product = ordered(town.firm, offering, productSpecification={"id": wide["id"]})
    assert "productSpecification" not in product


def specified(town: Town) -> str:
    body = {
        "name": "Rooms",
        "relatedParty": [{"id": town.city_id, "role": "seller"}],
        "productSpecCharacteristic": [stated("entityTypes", "Room")],
    }
    return str(town.city.make("productSpecification", body)["id"])


@pytest.mark.parametrize("elsewhere", [{}, {"href": "https://elsewhere.example/x"}])
def test_nobody_sells_what_another_firm_specified(town: Town, elsewhere: Any) -> None:
    named = {"productSpecification": {"id": specified(town), **elsewhere}}
    body = {"name": "Rooms for nothing", "relatedParty": [{"id": town.firm_id, "role": "seller"}]}
    got = town.firm.post("productOffering", {**body, **named})
    assert (got.status, "cannot sell" in got.text.decode()) == (403, True)
    mine = town.firm.make("productOffering", body)["id"]
    assert town.firm.patch("productOffering", mine, named).status == 403
    assert town.operator.post("productOffering", {**body, **named}).status == 201


def test_who_specified_something_sells_it_and_may_rename_the_offering(town: Town) -> None:
    offering = offer(town, productSpecification={"id": specified(town)})
    assert town.city.patch("productOffering", offering, {"name": "Warm rooms"}).status == 200


def test_no_party_takes_the_place_of_all_listeners(town: Town) -> None:
    body = {"callback": "http://listener.example"}
    taken = [town.firm.send("POST", HUBS["620"], body).status for _ in range(MOST_OF_A_PARTY + 1)]
    assert (set(taken[:-1]), taken[-1] >= 400) == ({201}, True)
    assert town.city.send("POST", HUBS["620"], body).status == 201


def test_a_buyer_does_not_say_that_an_order_was_applied(town: Town) -> None:
    parties = [{"id": town.city_id, "role": "seller"}, {"id": town.firm_id, "role": "buyer"}]
    product = town.operator.make("product", {"status": "active", "relatedParty": parties})["id"]
    item = {"id": "1", "action": "delete", "product": {"id": product}, "applied": True}
    placed = town.firm.make("productOrder", {"productOrderItem": [item]})
    assert "applied" not in placed["productOrderItem"][0]


def test_what_others_name_is_not_removed_and_a_few_of_them_are_said(town: Town) -> None:
    offering = offer(town)
    for _ in range(5):
        ordered(town.firm, offering)
    got = town.city.delete("productOffering", offering)
    said = got.json["message"]
    assert (got.status, said.count("the productOrder '"), " and others" in said) == (409, 3, True)
    assert town.city.get("productOffering", offering).status == 200
    stranger = town.operator.acting("zoe", "read", "trade", party=organization(town.operator, "zoe"))
    assert stranger.delete("productOffering", offering).status == 403
    assert town.city.delete("productOffering", offer(town)).status == 204


def test_who_names_it_is_not_said_to_whom_it_does_not_concern(town: Town) -> None:
    price = {"name": "p", "relatedParty": [{"id": town.firm_id, "role": "seller"}]}
    account = {"name": "a", "relatedParty": [{"id": town.firm_id, "role": "owner"}]}
    mine = town.firm.make("billingAccount", account)["id"]
    parties = [{"id": town.city_id, "role": "seller"}]
    hidden = town.operator.make("product", {**price, "relatedParty": parties, "billingAccount": {"id": mine}})
    got = town.firm.delete("billingAccount", mine)
    assert (got.status, "documents that you do not see" in got.json["message"]) == (409, True)
    assert hidden["id"] not in got.json["message"]
    assert f"the product '{hidden['id']}'" in town.operator.delete("billingAccount", mine).json["message"]


def test_an_address_elsewhere_hides_no_document_of_this_node(town: Town) -> None:
    account = town.city.make(
        "billingAccount", {"name": "city's", "relatedParty": [{"id": town.city_id, "role": "owner"}]}
    )["id"]
    elsewhere = {"href": "https://far.example/tmf-api/accountManagement/v4/billingAccount/1"}
    item = {"id": "1", "action": "add", "productOffering": {"id": offer(town)}}
    for named, status in (
        ({"id": account}, 400),
        ({"id": account, **elsewhere}, 400),
        ({"id": "far-1", **elsewhere}, 201),
    ):
        body = {"productOrderItem": [{**item, "billingAccount": named}]}
        got = town.firm.post("productOrder", body)
        assert got.status == status, (named, got.text)


def test_what_can_be_chosen_anew_is_what_could_be_chosen_when_it_was_ordered(town: Town) -> None:
    def seats(*values: Any) -> Any:
        return stated("seats", *values, configurable=True)

    parties = [{"id": town.city_id, "role": "seller"}]
    specification = town.city.make(
        "productSpecification",
        {"name": "S", "relatedParty": parties, "productSpecCharacteristic": [seats(1, 2)]},
    )["id"]
    offering = offer(town, productSpecification={"id": specification})
    item = {"id": "1", "action": "add", "productOffering": {"id": offering}}
    forged = {"productSpecCharacteristic": [seats(1_000)]}
    order = town.firm.make("productOrder", {"productOrderItem": [{**item, "configuration": forged}]})
    (placed,) = order["productOrderItem"]
    assert placed["configuration"]["productSpecCharacteristic"] == [seats(1, 2)]
    product = town.operator.make(
        "product",
        {
            "name": "P", "status": "active", "configuration": placed["configuration"],
            "productCharacteristic": placed["product"]["productCharacteristic"],
            "productOffering": {"id": offering}, "productSpecification": {"id": specification},
            "relatedParty": [*parties, {"id": town.firm_id, "role": "buyer"}],
        },
    )["id"]  # fmt: skip
    town.city.patch("productSpecification", specification, {"productSpecCharacteristic": [seats(5)]})
    for value, status in ((2, 201), (5, 400)):
        chosen = {"id": product, "productCharacteristic": [{"name": "seats", "value": value}]}
        got = town.firm.post(
            "productOrder", {"productOrderItem": [{"id": "1", "action": "modify", "product": chosen}]}
        )
        assert got.status == status, got.text
