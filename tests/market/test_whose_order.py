"""An order is one seller's: nobody decides about what another one sells (TMF622)."""

from typing import Any

import pytest

from beffroi.kernel.record import Change, Commit, document_of
from beffroi.market.rules.apis import RESOURCES
from beffroi.store.port import Store
from tests.conftest import Run
from tests.market.seller import Seller, offering, order_of, organization, seller_of


class Fair:
    """Bikes and boats are sold by a firm each, kites by both together; who sells boats would have bikes."""

    def __init__(self, operator: Seller, store: Store) -> None:
        self.operator, self.store = operator, store
        self.bikes_id, self.boats_id, self.ana_id = (
            organization(operator, n) for n in "bikes boats ana".split()
        )
        self.bikes, self.boats, self.ana = (
            operator.acting(id, "read", "trade", party=id)
            for id in (self.bikes_id, self.boats_id, self.ana_id)
        )
        self.bike, self.boat = self.offer(self.bikes_id), self.offer(self.boats_id)
        self.kite = self.offer(self.bikes_id, self.boats_id)

    def offer(self, *sellers: str) -> str:
        parties = [{"id": id, "role": "seller"} for id in sellers]
        return offering(self.operator, relatedParty=parties, approval="manual")

    def old_order(self, buyer: str, **more: Any) -> str:
        """An order of a bike and a boat, as it was stored before orders were of one seller."""
        order = self.operator.make("productOrder", order_of(self.bike, buyer, items=2))
        second = order["productOrderItem"][1]
        second["productOffering"] = {"id": self.boat}
        second["relatedParty"] = [{"id": self.boats_id, "role": "seller"}]
        order["relatedParty"].append({"id": self.boats_id, "role": "seller"})
        return self.keep({**order, **more})

    def keep(self, order: Any) -> str:
        change = Change(RESOURCES["productOrder"].key(order["id"]), document_of(order))
        self.operator.run(self.store.transact([], lambda _: Commit((change,))))
        return str(order["id"])

    def states(self, order: str) -> list[str]:
        return [item["state"] for item in self.operator.get("productOrder", order).json["productOrderItem"]]


@pytest.fixture
def fair(store: Store, run: Run) -> Fair:
    return Fair(seller_of(store, run), store)


def of_both(fair: Fair, first: str, second: str, action: str = "add") -> Any:
    order = order_of(first, items=2)
    order["productOrderItem"][1] |= {"action": action, "productOffering": {"id": second}}
    if action != "add":
        order["productOrderItem"][1]["product"] = {"id": product(fair, fair.boats_id, fair.boats_id)}
        del order["productOrderItem"][1]["productOffering"]
    return order


def product(fair: Fair, seller: str, buyer: str) -> str:
    parties = [{"id": seller, "role": "seller"}, {"id": buyer, "role": "buyer"}]
    body = {"name": "Held", "status": "active", "productCharacteristic": [], "relatedParty": parties}
    made = fair.operator.make("product", {**body, "status": "created"})["id"]
    for status in ("pendingActive", "active"):
        assert fair.operator.patch("product", made, {"status": status}).status == 200
    return str(made)


@pytest.mark.parametrize("action", ["add", "modify", "delete", "noChange"])
def test_an_order_is_of_one_seller_whatever_its_items_do(action: str, fair: Fair) -> None:
    got = fair.boats.post("productOrder", of_both(fair, fair.bike, fair.boat, action))
    assert got.status == 400, got.text
    names = ", ".join(sorted([fair.bikes_id, fair.boats_id]))
    assert got.json["message"] == (
        f"The order is about offerings of different sellers ({names}); place one order for each of them."
    )
    assert fair.operator.post("productOrder", of_both(fair, fair.bike, fair.boat, action)).status == 400


def test_what_one_firm_sells_alone_is_not_ordered_with_what_it_sells_with_another(fair: Fair) -> None:
    assert fair.ana.post("productOrder", of_both(fair, fair.bike, fair.kite)).status == 400
    nobodys = offering(fair.operator)
    assert fair.ana.post("productOrder", of_both(fair, fair.bike, nobodys)).status == 400


def test_several_offerings_of_one_seller_are_one_order_and_the_seller_moves_it(fair: Fair) -> None:
    other = fair.offer(fair.bikes_id)
    order = fair.ana.make("productOrder", of_both(fair, fair.bike, other))["id"]
    assert fair.boats.patch("productOrder", order, {"state": "inProgress"}).status == 404
    assert fair.ana.patch("productOrder", order, {"state": "inProgress"}).status == 403
    assert fair.bikes.patch("productOrder", order, {"state": "inProgress"}).status == 200


@pytest.mark.parametrize("state", ["inProgress", "rejected"])
def test_a_stored_order_of_different_sellers_is_moved_by_an_operator_alone(state: str, fair: Fair) -> None:
    order = fair.old_order(fair.boats_id)
    got = fair.boats.patch("productOrder", order, {"state": state})
    assert (got.status, "does not sell all that the order" in got.json["message"]) == (403, True)
    items = fair.boats.get("productOrder", order).json["productOrderItem"]
    items[1]["state"] = state
    assert fair.boats.patch("productOrder", order, {"productOrderItem": items}).status == 403
    assert fair.bikes.patch("productOrder", order, {"state": state}).status == 403
    assert fair.states(order) == ["acknowledged", "acknowledged"]
    assert fair.operator.patch("productOrder", order, {"state": state}).status == 200
    assert fair.states(order) == [state, state]


def test_a_seller_does_not_cancel_what_another_one_sells_and_the_buyer_does(fair: Fair) -> None:
    order = fair.old_order(fair.ana_id)
    assert fair.boats.post("cancelProductOrder", {"productOrder": {"id": order}}).status == 403
    assert fair.states(order) == ["acknowledged", "acknowledged"]
    assert fair.ana.post("cancelProductOrder", {"productOrder": {"id": order}}).status == 201
    own = fair.ana.make("productOrder", order_of(fair.bike, fair.ana_id))["id"]
    assert fair.bikes.post("cancelProductOrder", {"productOrder": {"id": own}}).status == 201


def test_who_is_named_a_seller_by_the_order_itself_gains_nothing(fair: Fair) -> None:
    order = fair.ana.make("productOrder", order_of(fair.bike, fair.ana_id))
    order["relatedParty"].append({"id": fair.ana_id, "role": "seller"})
    fair.keep(order)
    assert fair.ana.patch("productOrder", order["id"], {"state": "inProgress"}).status == 403
    named = [{"id": fair.boats_id, "role": "seller"}]
    asked = order_of(fair.bike)
    asked["productOrderItem"][0]["relatedParty"] = named
    theirs = fair.boats.make("productOrder", asked)["id"]
    assert fair.boats.patch("productOrder", theirs, {"state": "inProgress"}).status == 403


def test_who_buys_what_it_sells_with_another_does_not_approve_it(fair: Fair) -> None:
    order = fair.boats.make("productOrder", order_of(fair.kite))["id"]
    got = fair.boats.patch("productOrder", order, {"state": "inProgress"})
    assert (got.status, "who sells it with" in got.json["message"]) == (403, True)
    assert fair.bikes.patch("productOrder", order, {"state": "inProgress"}).status == 200
    own = fair.boats.make("productOrder", order_of(fair.boat))["id"]
    assert fair.boats.patch("productOrder", own, {"state": "inProgress"}).status == 200


def test_a_change_of_a_product_is_the_word_of_who_sold_it(fair: Fair) -> None:
    held = product(fair, fair.bikes_id, fair.ana_id)
    item = {"id": "1", "action": "delete", "product": {"id": held}}
    order = fair.ana.make("productOrder", {"productOrderItem": [item]})["id"]
    assert fair.ana.patch("productOrder", order, {"state": "rejected"}).status == 403
    assert fair.bikes.patch("productOrder", order, {"state": "rejected"}).status == 200


def test_a_buyer_brings_no_seller_with_an_item_that_changes_nothing(fair: Fair) -> None:
    order = order_of(fair.boat)
    order["productOrderItem"][0]["action"] = "noChange"
    order["productOrderItem"][0]["product"] = {"id": product(fair, fair.bikes_id, fair.boats_id)}
    got = fair.boats.post("productOrder", order)
    assert (got.status, "different sellers" in got.json["message"]) == (400, True)
