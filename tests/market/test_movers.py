"""Whose word a state is, and who may be named as a seller."""

from typing import Any

import pytest

from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.documents.movers import MOVERS
from beffroi.store.port import Store
from tests.conftest import Run
from tests.market.seller import Seller, offering, organization, seller_of


class Fair:
    """A firm that sells bikes, one that sells boats, and one that buys."""

    def __init__(self, all: Seller) -> None:
        self.all = all
        self.firms = {name: organization(all, name) for name in ("bikes", "boats", "kite")}
        self.bikes, self.boats, self.kite = (
            all.acting(name, "read", "trade", party=id) for name, id in self.firms.items()
        )
        self.offers = {
            name: offering(all, relatedParty=self.offer(name)["relatedParty"]) for name in ("bikes", "boats")
        }

    def asking(self, name: str) -> Seller:
        asker: Seller = getattr(self, name)
        return asker

    def party(self, name: str, role: str) -> Any:
        return {"id": self.firms[name], "role": role}

    def offer(self, *sellers: str) -> Any:
        return {"name": "Live", "relatedParty": [self.party(name, "seller") for name in sellers]}

    def quote(self, *offers: str, parties: Any = None) -> Any:
        items = [
            {"id": str(number), "productOffering": {"id": self.offers[name]}}
            for number, name in enumerate(offers)
        ]
        return {"quoteItem": items, **({"relatedParty": parties} if parties is not None else {})}


@pytest.fixture
def fair(store: Store, run: Run) -> Fair:
    return Fair(seller_of(store, run))


def test_a_quote_knows_who_buys_and_who_sells(fair: Fair) -> None:
    quote = fair.kite.make("quote", fair.quote("bikes"))
    assert [(party["id"], party["role"]) for party in quote["relatedParty"]] == [
        (fair.firms["kite"], "buyer"), (fair.firms["bikes"], "seller"),
    ]  # fmt: skip
    assert fair.bikes.get("quote", quote["id"]).status == 200
    assert fair.boats.get("quote", quote["id"]).status == 404


@pytest.mark.parametrize(
    ("path", "who", "state", "status"),
    [
        ("", "kite", "approved", 403), ("", "kite", "pending", 403), ("", "bikes", "approved", 200),
        ("", "kite", "cancelled", 200), ("", "bikes", "cancelled", 200), ("", "boats", "cancelled", 404),
        ("approved", "bikes", "accepted", 403), ("approved", "bikes", "rejected", 403),
        ("approved", "kite", "accepted", 200), ("approved", "kite", "rejected", 200),
        ("pending", "kite", "inProgress", 403), ("pending", "bikes", "inProgress", 200),
        ("", "all", "approved", 200),
    ],
)  # fmt: skip
def test_each_side_makes_the_moves_that_are_its_own(
    path: str, who: str, state: str, status: int, fair: Fair
) -> None:
    quote = fair.kite.make("quote", fair.quote("bikes"))
    for before in path.split():
        assert fair.bikes.patch("quote", quote["id"], {"state": before}).status == 200
    got = fair.asking(who).patch("quote", quote["id"], {"state": state})
    assert got.status == status, got.text
    after = fair.all.get("quote", quote["id"]).json["state"]
    assert after == (state if status == 200 else path or "inProgress")


def test_a_buyer_does_not_become_the_seller(fair: Fair) -> None:
    kite = fair.party("kite", "seller")
    assert fair.kite.post("quote", fair.quote("bikes", parties=[kite])).status == 400
    quote = fair.kite.make("quote", fair.quote("bikes"))
    parties = [*quote["relatedParty"], kite]
    assert fair.kite.patch("quote", quote["id"], {"relatedParty": parties}).status == 403
    own = fair.quote("boats")
    assert fair.kite.patch("quote", quote["id"], {"quoteItem": own["quoteItem"]}).status == 403
    assert fair.kite.patch("quote", quote["id"], {"description": "For May"}).status == 200


def test_a_firm_that_sells_part_of_it_does_not_answer_for_the_rest(fair: Fair) -> None:
    got = fair.boats.post("quote", fair.quote("bikes", "boats"))
    assert (got.status, "different sellers" in got.json["message"]) == (400, True)


def test_nobody_asks_for_a_quote_in_the_name_of_others(fair: Fair) -> None:
    parties = [fair.party("boats", "buyer"), fair.party("kite", "referrer")]
    assert fair.kite.post("quote", fair.quote("bikes", parties=parties)).status == 403


def test_a_provider_names_nobody_else_as_the_seller(fair: Fair) -> None:
    refused = fair.boats.post("productOffering", fair.offer("boats", "bikes"))
    assert (refused.status, "a firm names itself" in refused.json["message"]) == (403, True)
    both = fair.offer("boats", "bikes")["relatedParty"]
    assert fair.boats.patch("productOffering", fair.offers["boats"], {"relatedParty": both}).status == 403
    assert fair.all.patch("productOffering", fair.offers["boats"], {"relatedParty": both}).status == 200
    assert fair.boats.patch("productOffering", fair.offers["boats"], {"description": "x"}).status == 200


def test_the_table_names_states_that_there_are() -> None:
    for name, states in MOVERS.items():
        machine = RESOURCES[name].machine
        assert machine is not None
        assert states.keys() == machine.moves.keys()
