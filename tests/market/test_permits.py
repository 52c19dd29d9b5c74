"""A provider sells the data that an operator permits, by whatever document says what is sold."""

from typing import Any

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.market.rules.offers.permit import permits
from beffroi.store.port import Find, Store
from tests.conftest import Run
from tests.market.seller import Seller, organization, seller_of

ROOMS = {"data": [{"types": ["Room"]}]}


class Firm:
    """A provider, and the operator who says what it sells."""

    def __init__(self, operator: Seller) -> None:
        self.operator = operator
        self.id = organization(operator, "firm")
        self.parties = [{"id": self.id, "role": "seller"}]
        self.seller = operator.acting("ana", "read", "trade", party=self.id, roles=("provider",))

    def permit(self, body: object) -> None:
        got = self.operator.send("PUT", f"/market/permits/{self.id}", body)
        assert got.status == 200, got.text

    def specify(self, **said: Any) -> Any:
        listed = [stated(name, *values) for name, values in said.items()]
        body = {"name": "S", "relatedParty": self.parties, "productSpecCharacteristic": listed}
        return self.seller.post("productSpecification", body)

    def offer(self, specification: str, *used: Any, status: str = "Active") -> Any:
        body = {
            "name": "O",
            "lifecycleStatus": status,
            "relatedParty": self.parties,
            "productSpecification": {"id": specification},
            "prodSpecCharValueUse": list(used),
        }
        return self.seller.post("productOffering", body)


@pytest.fixture
def firm(store: Store, run: Run) -> Firm:
    return Firm(seller_of(store, run))


def stated(name: str, *values: Any, **more: Any) -> Any:
    return {"name": name, "productSpecCharacteristicValue": [{"value": value} for value in values], **more}


def refused(got: Any, words: str) -> bool:
    said = got.json.get("message", "") + got.json["reason"]
    assert (got.status, words in said) == (403, True), got.text
    return True


def test_without_a_permit_a_provider_sells_services_and_no_data(firm: Firm) -> None:
    assert refused(firm.specify(entityTypes=["Room"]), "may not sell the entity type 'Room'")
    service = firm.specify(endpointUrl=["https://a.example/"])
    assert service.status == 201
    assert firm.offer(service.json["id"]).status == 201


def test_a_permit_is_for_its_types_and_its_tenant(firm: Firm) -> None:
    firm.permit({"data": [{"types": ["Room"]}, {"tenant": "school", "types": ["*"]}]})
    made = firm.specify(entityTypes=["Room"])
    assert made.status == 201
    assert firm.offer(made.json["id"]).status == 201
    assert refused(firm.specify(entityTypes=["Room", "Lamp"]), "'Lamp'")
    assert refused(firm.specify(entityTypes=["Room,Lamp"]), "'Lamp'")
    assert refused(firm.specify(entityTypes=[["Lamp"]]), "'Lamp'")
    assert refused(firm.specify(entityTypes=["Room"], tenant=["hospital"]), "of the tenant 'hospital'")
    assert firm.specify(entityTypes=["Lamp"], tenant=["school"]).status == 201


def test_what_a_buyer_may_choose_freely_is_every_type(firm: Firm) -> None:
    firm.permit(ROOMS)
    free = {
        "name": "S",
        "relatedParty": firm.parties,
        "productSpecCharacteristic": [stated("entityTypes", configurable=True)],
    }
    assert refused(firm.seller.post("productSpecification", free), "every entity type")


def test_no_other_way_leads_around_it(firm: Firm) -> None:
    firm.permit({"data": [{"types": ["Room", "Hall"]}, {"tenant": "school", "types": ["Room"]}]})
    made = firm.specify(entityTypes=["Room"]).json["id"]
    assert refused(firm.offer(made, stated("entityTypes", "Lamp")), "'Lamp'")
    assert refused(firm.offer(made, stated("tenant", "school")), "tenant is said by the productSpecification")
    offering = firm.offer(made, stated("entityTypes", "Hall")).json["id"]
    used = {"prodSpecCharValueUse": [stated("entityTypes", "Lamp")]}
    assert refused(firm.seller.patch("productOffering", offering, used), "'Lamp'")
    wider = {"productSpecCharacteristic": [stated("entityTypes", "Lamp")]}
    assert refused(firm.seller.patch("productSpecification", made, wider), "'Lamp'")
    elsewhere = {"productSpecCharacteristic": [stated("entityTypes", "Room"), stated("tenant", "school")]}
    assert firm.seller.patch("productSpecification", made, elsewhere).status == 409


def test_the_log_says_which_types_and_why(firm: Firm, run: Run) -> None:
    firm.permit({"data": [{"types": ["Room"]}, {"tenant": "school", "types": ["*"]}], "reason": "Asked for."})
    firm.permit({"data": []})
    found = run(firm.operator.market.store.find(Find("", "audit", limit=None))).records
    entries = [each.body for each in found if each.body["resource"] == "permit"]
    assert [(each["what"], each["reason"], each["granted"]) for each in entries] == [
        ("create", "Asked for.", {"types": ["Room", "school:*"]}),
        ("change", "Over the API.", {"types": []}),
    ]
    for reason in (5, "x" * 501):
        got = firm.operator.send("PUT", f"/market/permits/{firm.id}", {"data": [], "reason": reason})
        assert (got.status, "'reason'" in got.json["message"]) == (400, True), got.text


def test_a_permit_that_is_taken_back_stops_new_publishing_only(firm: Firm) -> None:
    firm.permit(ROOMS)
    made = firm.specify(entityTypes=["Room"]).json["id"]
    published = firm.offer(made).json["id"]
    waiting = firm.offer(made, status="In study").json["id"]
    firm.permit({"data": []})
    assert firm.seller.patch("productOffering", published, {"name": "Renamed"}).status == 200
    assert refused(firm.seller.patch("productOffering", waiting, {"lifecycleStatus": "Active"}), "'Room'")


def test_an_operator_and_who_writes_the_data_need_none(firm: Firm) -> None:
    body = {
        "name": "S",
        "relatedParty": firm.parties,
        "productSpecCharacteristic": [stated("entityTypes", "Lamp")],
    }
    assert firm.operator.post("productSpecification", body).status == 201
    program = firm.operator.acting("harvester", "read", "write", "trade", party=firm.id)
    assert program.post("productSpecification", body).status == 201


def test_only_an_operator_gives_permits_and_others_see_their_own(firm: Firm) -> None:
    other = firm.operator.acting("bob", "read", "trade", party=organization(firm.operator, "other"))
    assert firm.seller.send("PUT", f"/market/permits/{firm.id}", ROOMS).status == 403
    firm.permit(ROOMS)
    own = firm.seller.send("GET", f"/market/permits/{firm.id}")
    assert own.json["data"] == [{"tenant": "", "types": ["Room"]}]
    assert other.send("GET", f"/market/permits/{firm.id}").status == 404
    assert other.send("GET", "/market/permits").json == []
    assert [each["party"] for each in firm.operator.send("GET", "/market/permits").json] == [firm.id]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": {}},
        {"data": [{}]},
        {"data": [{"types": [""]}]},
        {"data": [{"types": ["A"], "tenant": 7}]},
    ],
)
def test_what_is_no_permit_is_refused_and_changes_nothing(firm: Firm, body: object) -> None:
    assert firm.operator.send("PUT", f"/market/permits/{firm.id}", body).status == 400
    assert firm.operator.send("GET", "/market/permits").json == []


def test_a_permit_for_nobody_is_refused(firm: Firm) -> None:
    got = firm.operator.send("PUT", "/market/permits/nobody", ROOMS)
    assert (got.status, "no party 'nobody'" in got.json["message"]) == (400, True)


def test_short_names_and_iris_are_the_same() -> None:
    def expand(name: str) -> str:
        return f"https://a.example/{name}" if "/" not in name else name

    permit: JsonObject = {"data": [{"tenant": "", "types": ["Room"]}]}
    assert permits(permit, "", "https://a.example/Room", expand)
    assert not permits(permit, "", "https://b.example/Room", expand)
