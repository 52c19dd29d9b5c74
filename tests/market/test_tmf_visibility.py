"""Who sees and writes which documents; what somebody may not see does not exist for them."""

from typing import Any

import pytest

from beffroi.market.rules.apis import RESOURCES
from tests.market.seller import Seller, organization


class Town:
    """Two firms with a quote each, and who asks."""

    def __init__(self, seller: Seller) -> None:
        self.all = seller
        self.kite, self.heron = organization(seller, "Kite"), organization(seller, "Heron")
        self.buyer = seller.acting("buyer", "read", "write", party=self.kite)
        self.other = seller.acting("other", "read", "write", party=self.heron)
        self.nobody = seller.acting("nobody", "read", "write")
        self.auditor = seller.acting("auditor", "read", roles=("auditor",))
        self.quotes = {name: self.quote(name) for name in (self.kite, self.heron)}

    def quote(self, party: str) -> str:
        body = {"quoteItem": [{"id": "1"}], "relatedParty": [{"id": party}], "description": party}
        return str(self.all.make("quote", body)["id"])


@pytest.fixture
def town(seller: Seller) -> Town:
    return Town(seller)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "sort=id",
        "relatedParty.id.gt=0",
        "description*=.",
        "state=inProgress",
        "limit=1",
        "limit=1&sort=-id",
    ],
)
def test_a_list_holds_and_counts_what_concerns_the_party(query: str, town: Town) -> None:
    mine = town.buyer.list("quote", query)
    assert [quote["id"] for quote in mine.json] == [town.quotes[town.kite]]
    assert (mine.status, mine.headers["x-total-count"]) == (200, "1")
    assert town.nobody.list("quote", query).json == []
    assert town.nobody.list("quote", query).headers["x-total-count"] == "0"
    assert town.all.list("quote", query).headers["x-total-count"] == "2"
    assert town.auditor.list("quote", query).headers["x-total-count"] == "2"


def test_a_document_of_others_does_not_exist_whatever_is_done_with_it(town: Town) -> None:
    hidden, absent = town.quotes[town.heron], "absent"
    for id in (hidden, absent):
        answers = [
            town.buyer.get("quote", id),
            town.buyer.patch("quote", id, {"description": "x"}),
            town.buyer.delete("quote", id),
            town.buyer.list("quote", f"id={id}"),
        ]
        assert [got.status for got in answers] == [404, 404, 404, 200]
        assert answers[3].json == []
        assert {got.json["message"] for got in answers[:3]} == {f"There is no quote '{id}'."}
    assert town.other.get("quote", hidden).status == 200
    assert town.auditor.get("quote", hidden).status == 200
    assert town.auditor.delete("quote", hidden).status == 403


def test_a_reference_does_not_tell_whether_a_hidden_document_exists(town: Town) -> None:
    party = {"id": town.heron, "name": "Heron", "@referredType": "Organization"}
    account = town.all.make("billingAccount", {"name": "a", "relatedParty": [party]})["id"]

    def asked(id: str) -> Any:
        body = {
            "quoteItem": [{"id": "1"}],
            "relatedParty": [{"id": town.kite}],
            "billingAccount": [{"id": id}],
        }
        got = town.buyer.post("quote", body)
        return got.status, got.json["message"].replace(id, "…")

    assert (
        asked(account)
        == asked("absent")
        == (400, "The member 'billingAccount' names '…', which does not exist.")
    )


def test_a_party_writes_for_itself_only(town: Town) -> None:
    body = {"quoteItem": [{"id": "1"}], "relatedParty": [{"id": town.heron}]}
    got = town.buyer.post("quote", body)
    assert (got.status, town.kite in got.json["message"]) == (403, True)
    assert town.nobody.post("quote", body).status == 403
    assert town.all.list("quote").headers["x-total-count"] == "2"
    mine = town.quotes[town.kite]
    assert town.buyer.patch("quote", mine, {"relatedParty": [{"id": town.heron}]}).status == 403
    assert town.buyer.get("quote", mine).json["relatedParty"] == [{"id": town.kite}]


def test_the_catalogue_is_read_by_all_and_written_by_its_owners(town: Town) -> None:
    own = {"name": "x", "relatedParty": [{"id": town.kite, "role": "Seller"}]}
    id = town.buyer.make("productSpecification", own)["id"]
    assert town.nobody.get("productSpecification", id).status == 200
    assert town.other.patch("productSpecification", id, {"name": "mine"}).status == 403
    assert town.other.delete("productSpecification", id).status == 403
    assert town.other.post("productSpecification", own).status == 403
    assert town.buyer.patch("productSpecification", id, {"name": "y"}).status == 200


def test_an_organization_sees_itself(town: Town) -> None:
    assert [one["id"] for one in town.buyer.list("organization").json] == [town.kite]
    assert town.buyer.get("organization", town.heron).status == 404
    assert town.buyer.patch("organization", town.kite, {"tradingName": "Red Kite"}).status == 200


def test_only_these_are_public() -> None:
    assert {row.api.number for row in RESOURCES.values() if row.public} == {
        "620",
        "633",
        "635",
        "651",
        "657",
        "666",
    }
    hidden = {"usage", "agreement", "partyAccount", "billingAccount", "settlementAccount", "financialAccount"}
    assert not [name for name in hidden if RESOURCES[name].public]
