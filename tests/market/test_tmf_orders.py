"""Product orders: what can be ordered, how states move, how an order is cancelled (TMF622)."""

from typing import Any

import pytest

from beffroi.market.rules.documents.machines import PRODUCT, PRODUCT_ORDER
from tests.market.seller import (
    Seller,
    offering,
    order_of,
    organization,
)


@pytest.fixture
def engine() -> str:
    return "memory"


def placed(seller: Seller, items: int = 1) -> Any:
    return seller.make("productOrder", order_of(offering(seller), items=items))


def moved(seller: Seller, order: Any, *states: str, item: int | None = None) -> Any:
    """The order after its state, or that of one item, went through these."""
    for state in states:
        if item is None:
            body: Any = {"state": state}
        else:
            now = seller.get("productOrder", order["id"]).json["productOrderItem"]
            body = {
                "productOrderItem": [
                    {**one, "state": state} if n == item else one for n, one in enumerate(now)
                ]
            }
        got = seller.patch("productOrder", order["id"], body)
        assert got.status == 200, got.text
        order = got.json
    return order


def states(order: Any) -> tuple[str, list[str]]:
    return order["state"], [item["state"] for item in order["productOrderItem"]]


def test_a_new_order_is_acknowledged_with_its_items(seller: Seller) -> None:
    order = placed(seller, 2)
    assert states(order) == ("acknowledged", ["acknowledged", "acknowledged"])
    assert order["orderDate"] == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize("state", ["In study", "Retired", "Obsolete", "In test", "Rejected"])
def test_an_offering_that_is_not_active_cannot_be_ordered(state: str, seller: Seller) -> None:
    got = seller.post("productOrder", order_of(offering(seller, state)))
    assert got.status == 409
    assert f"is '{state}' and not active" in got.json["message"]
    assert seller.list("productOrder").json == []


@pytest.mark.parametrize("state", ["Active", "Launched"])
def test_an_active_offering_can_be_ordered(state: str, seller: Seller) -> None:
    assert seller.post("productOrder", order_of(offering(seller, state))).status == 201


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"isSellable": False}, "not sold by itself"),
        ({"validFor": {"startDateTime": "2027-01-01T00:00:00Z"}}, "only from 2027-01-01"),
        ({"validFor": {"endDateTime": "2026-01-01T00:00:00Z"}}, "until 2026-01-01"),
    ],
)
def test_an_offering_that_is_not_sold_now_cannot_be_ordered(more: Any, word: str, seller: Seller) -> None:
    got = seller.post("productOrder", order_of(offering(seller, **more)))
    assert (got.status, word in got.json["message"]) == (409, True)


@pytest.mark.parametrize(
    ("item", "word"),
    [
        ({"id": "1", "action": "add"}, "names no 'productOffering'"),
        (
            {"id": "1", "action": "add", "productOffering": {"id": "nothing"}},
            "'nothing', which does not exist",
        ),
        (
            {"id": "1", "action": "add", "productOffering": {"id": "x", "href": "https://far.example/x"}},
            "does not exist",
        ),
        ({"id": "1", "action": "buy"}, "'buy'"),
        ({"action": "add"}, "needs an 'id'"),
        ({"id": 1, "action": "add"}, "needs an 'id'"),
        ({"id": "1", "action": "delete"}, "names no 'product'"),
        ({"id": "1", "action": "modify", "product": {"id": "nothing"}}, "'nothing'"),
        ({"id": "1", "action": "add", "quantity": 0}, "quantity"),
        ({"id": "1", "action": "add", "quantity": 1.5}, "quantity"),
        ({"id": "1", "action": "add", "quantity": True}, "quantity"),
        ({"id": "1", "action": "add", "state": "completed"}, "begins as acknowledged"),
    ],
)
def test_an_item_that_cannot_be_had_is_refused_in_words(item: Any, word: str, seller: Seller) -> None:
    got = seller.post("productOrder", {"productOrderItem": [item]})
    assert (got.status, word in got.json["message"]) == (400, True), got.json


def test_an_order_needs_items_with_names_of_their_own(seller: Seller) -> None:
    assert seller.post("productOrder", {"productOrderItem": []}).status == 400
    order = order_of(offering(seller), items=2)
    order["productOrderItem"][1]["id"] = "1"
    assert "have the id '1'" in seller.post("productOrder", order).json["message"]
    assert seller.post("productOrder", {**order_of(offering(seller)), "state": "completed"}).status == 400


def test_the_order_follows_its_items(seller: Seller) -> None:
    order = moved(seller, placed(seller, 2), "inProgress", item=0)
    assert states(order) == ("inProgress", ["inProgress", "acknowledged"])
    order = moved(seller, order, "completed", item=0)
    assert order["state"] == "inProgress"
    order = moved(seller, order, "inProgress", "completed", item=1)
    assert states(order) == ("completed", ["completed", "completed"])
    assert order["completionDate"] == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (("inProgress", "completed"), ("inProgress", "failed"), "partial"),
        (("inProgress", "failed"), ("inProgress", "failed"), "failed"),
        (("inProgress", "completed"), ("pending", "cancelled"), "partial"),
        (("inProgress",), ("inProgress", "held"), "held"),
        (("inProgress",), ("pending",), "pending"),
        (("rejected",), ("rejected",), "failed"),
    ],
)
def test_mixed_items_make_the_order_what_they_make_together(
    first: tuple[str, ...], second: tuple[str, ...], result: str, seller: Seller
) -> None:
    order = moved(seller, placed(seller, 2), *first, item=0)
    assert moved(seller, order, *second, item=1)["state"] == result


def test_items_follow_the_order(seller: Seller) -> None:
    order = moved(seller, placed(seller, 2), "inProgress", "held", "inProgress", "completed")
    assert states(order) == ("completed", ["completed", "completed"])
    assert states(moved(seller, placed(seller), "rejected")) == ("rejected", ["rejected"])


@pytest.mark.parametrize(
    ("way", "to"),
    [
        ((), "completed"),
        ((), "cancelled"),
        ((), "partial"),
        (("inProgress",), "acknowledged"),
        (("inProgress",), "cancelled"),
        (("inProgress",), "rejected"),
        (("inProgress", "completed"), "inProgress"),
        (("inProgress", "completed"), "cancelled"),
        (("rejected",), "inProgress"),
        (("pending",), "completed"),
        (("inProgress", "held"), "completed"),
    ],
)
def test_an_illegal_move_is_refused_with_both_states(way: tuple[str, ...], to: str, seller: Seller) -> None:
    order = moved(seller, placed(seller), *way)
    got = seller.patch("productOrder", order["id"], {"state": to})
    assert got.status == 409
    assert f"cannot go from '{order['state']}' to '{to}'" in got.json["message"]
    assert seller.get("productOrder", order["id"]).json == order


def test_a_state_that_does_not_exist_is_refused(seller: Seller) -> None:
    got = seller.patch("productOrder", placed(seller)["id"], {"state": "done"})
    assert (got.status, "'done' is no state" in got.json["message"]) == (400, True)


def test_an_order_cannot_say_what_its_items_do_not(seller: Seller) -> None:
    order = moved(seller, placed(seller, 2), "inProgress", item=0)
    body = {"state": "held", "productOrderItem": [{**item} for item in order["productOrderItem"]]}
    got = seller.patch("productOrder", order["id"], {**body, "state": "partial"})
    assert got.status == 409


def test_placed_items_do_not_change(seller: Seller) -> None:
    order = placed(seller, 2)
    other = offering(seller)
    items = order["productOrderItem"]
    for changed in (
        items[:1],
        [{**items[0], "productOffering": {"id": other}}, items[1]],
        [*items, items[0]],
    ):
        assert seller.patch("productOrder", order["id"], {"productOrderItem": changed}).status == 409
    assert seller.patch("productOrder", order["id"], {"relatedParty": [{"id": "x"}]}).status == 400
    assert seller.patch("productOrder", order["id"], {"completionDate": "2026-01-01T00:00:00Z"}).status == 400
    assert seller.get("productOrder", order["id"]).json == order


def test_an_order_on_its_way_cannot_be_removed(seller: Seller) -> None:
    order = placed(seller)
    assert seller.delete("productOrder", order["id"]).status == 409
    moved(seller, order, "inProgress", "failed")
    assert seller.delete("productOrder", order["id"]).status == 204


@pytest.mark.parametrize("way", [(), ("pending",), ("inProgress", "held")])
def test_an_order_before_work_is_cancelled_at_once(way: tuple[str, ...], seller: Seller) -> None:
    order = moved(seller, placed(seller, 2), *way)
    body = {"productOrder": {"id": order["id"]}, "cancellationReason": "too dear"}
    task = seller.make("cancelProductOrder", body)
    assert (task["state"], task["effectiveCancellationDate"]) == ("done", "2026-11-22T10:00:00Z")
    after = seller.get("productOrder", order["id"]).json
    assert states(after) == ("cancelled", ["cancelled", "cancelled"])
    assert (after["cancellationReason"], after["cancellationDate"]) == ("too dear", "2026-11-22T10:00:00Z")


def test_what_was_completed_stays_so_when_the_rest_is_cancelled(seller: Seller) -> None:
    order = moved(seller, placed(seller, 2), "inProgress", "completed", item=0)
    order = moved(seller, order, "pending", item=1)
    seller.make("cancelProductOrder", {"productOrder": {"id": order["id"]}})
    after = seller.get("productOrder", order["id"]).json
    assert states(after) == ("partial", ["completed", "cancelled"])


@pytest.mark.parametrize(
    ("answer", "order_state", "task_state"),
    [
        (("pendingCancellation", "cancelled"), "cancelled", "done"),
        (("inProgress",), "inProgress", "terminatedWithError"),
    ],
)
def test_the_seller_decides_on_an_order_in_progress(
    answer: tuple[str, ...], order_state: str, task_state: str, seller: Seller
) -> None:
    order = moved(seller, placed(seller), "inProgress")
    task = seller.make("cancelProductOrder", {"productOrder": {"id": order["id"]}})
    assert task["state"] == "inProgress"
    assert seller.get("productOrder", order["id"]).json["state"] == "assessingCancellation"
    again = seller.post("cancelProductOrder", {"productOrder": {"id": order["id"]}})
    assert (again.status, "already" in again.json["message"]) == (409, True)
    assert moved(seller, order, *answer)["state"] == order_state
    assert seller.get("cancelProductOrder", task["id"]).json["state"] == task_state


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "The provider has refused it and gives no reason."),
        ({"note": [{"text": "Not for advertising."}]}, "Not for advertising."),
        ({"note": [{"text": "  "}]}, "The provider has refused it and gives no reason."),
    ],
)
def test_a_refused_order_says_why_and_no_longer_what_it_waited_for(
    given: Any, message: str, seller: Seller
) -> None:
    order = placed(seller, 2)
    waiting = [
        {**item, "state": "pending", "message": "It waits for the provider's approval."}
        for item in order["productOrderItem"]
    ]
    seller.patch("productOrder", order["id"], {"productOrderItem": waiting})
    refused = seller.patch("productOrder", order["id"], {"state": "rejected", **given}).json
    assert [item["message"] for item in refused["productOrderItem"]] == [message, message]
    assert any(message in note["text"] for note in refused["note"])


def test_what_goes_on_no_longer_says_what_it_waited_for(seller: Seller) -> None:
    order = placed(seller)
    waiting = [{**item, "state": "pending", "message": "It waits."} for item in order["productOrderItem"]]
    seller.patch("productOrder", order["id"], {"productOrderItem": waiting})
    after = moved(seller, order, "inProgress")
    assert "message" not in after["productOrderItem"][0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cancellationReason": "We found another."}, "We found another."),
        ({}, "It was cancelled and no reason is given."),
    ],
)
def test_a_cancelled_order_says_why(given: Any, message: str, seller: Seller) -> None:
    order = placed(seller)
    seller.make("cancelProductOrder", {"productOrder": {"id": order["id"]}, **given})
    cancelled = seller.get("productOrder", order["id"]).json
    assert cancelled["productOrderItem"][0]["message"] == message


def test_an_order_at_its_end_cannot_be_cancelled(seller: Seller) -> None:
    order = moved(seller, placed(seller), "inProgress", "completed")
    got = seller.post("cancelProductOrder", {"productOrder": {"id": order["id"]}})
    assert (got.status, "'completed' and cannot be cancelled" in got.json["message"]) == (409, True)
    assert seller.post("cancelProductOrder", {"productOrder": {"id": "nothing"}}).status == 400
    assert seller.list("cancelProductOrder").json == []


def test_who_sells_is_among_the_parties_and_nobody_else_names_himself_seller(seller: Seller) -> None:
    kite, heron = organization(seller, "Kite"), organization(seller, "Heron")
    sold = offering(seller, relatedParty=[{"id": kite, "role": "Seller"}])
    buyer = seller.acting("b", "read", "write", party=heron)
    order = buyer.make("productOrder", order_of(sold, heron))
    assert [(party["id"], party["role"]) for party in order["relatedParty"]] == [
        (heron, "Buyer"),
        (kite, "Seller"),
    ]
    assert buyer.patch("productOrder", order["id"], {"state": "inProgress"}).status == 403
    assert (
        seller.acting("k", "read", "write", party=kite)
        .patch("productOrder", order["id"], {"state": "inProgress"})
        .status
        == 200
    )
    assert buyer.patch("productOrder", order["id"], {"description": "soon"}).status == 200
    pushy = {**order_of(sold), "relatedParty": [{"id": heron, "role": "Seller"}]}
    got = buyer.post("productOrder", pushy)
    assert (got.status, "who sells nothing in it" in got.json["message"]) == (400, True)


def test_an_aborted_product_is_written_as_the_specification_writes_it() -> None:
    assert "aborted " in PRODUCT.moves
    assert PRODUCT.moves["pendingActive"] == {"active", "aborted ", "cancelled"}
    assert "partial" in PRODUCT_ORDER.moves


@pytest.mark.parametrize(
    ("way", "to", "status"),
    [
        (("active", "suspended", "active", "terminated"), "active", 409),
        (("pendingActive",), "aborted ", 200),
        (("pendingActive",), "aborted", 400),
        (("active",), "created", 409),
        ((), "suspended", 409),
    ],
)
def test_a_product_moves_as_its_table_says(
    way: tuple[str, ...], to: str, status: int, seller: Seller
) -> None:
    id = seller.make("product", {"name": "x"})["id"]
    for state in way:
        assert seller.patch("product", id, {"status": state}).status == 200
    assert seller.patch("product", id, {"status": to}).status == status


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("product", {"status": "active"}, 201),
        ("product", {"status": "terminated"}, 400),
        ("individual", {"givenName": "a", "familyName": "b", "status": "validated"}, 201),
        ("individual", {"givenName": "a", "familyName": "b", "status": "deceaded"}, 400),
        ("quote", {"quoteItem": [{"id": "1"}], "state": "accepted"}, 400),
        ("usage", {"status": "billed"}, 400),
    ],
)
def test_a_document_begins_where_its_table_begins(name: str, body: Any, status: int, seller: Seller) -> None:
    assert seller.post(name, body).status == status
