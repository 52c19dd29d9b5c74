"""The task that cancels an order (TMF622): at once before work began, by the seller's word later."""

from collections.abc import Mapping, Sequence
from typing import cast

from beffroi.kernel.instant import shortened
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene, Written
from beffroi.market.rules.documents.machines import ORDER_ITEM
from beffroi.market.rules.documents.machines import PRODUCT_ORDER as STATES
from beffroi.market.rules.orders.ending import explained
from beffroi.market.rules.orders.state import given_back, limited_keys, state_of
from beffroi.market.rules.orders.whose_order import check_gives_up, products_of

AT_ONCE = frozenset({"acknowledged", "pending", "held"})


def needs(body: JsonObject, _before: JsonObject | None, known: Mapping[Key, Record]) -> Sequence[Key]:
    """The order, what it holds, and the products that it is about."""
    key = _order_key(body)
    return [key, *([*limited_keys(known[key].body), *products_of(known[key].body)] if key in known else ())]


def make(body: JsonObject, scene: Scene) -> Outcome:
    """The task and the order that it cancels; it concerns whom the order concerns."""
    record = scene.records.get(_order_key(body))
    if record is None:
        raise Problem(Conflict, "The order to be cancelled is not one of this node.")
    order = record.body
    check_gives_up(order, scene)
    state = str(order["state"])
    task: JsonObject = {**body, "relatedParty": order.get("relatedParty", [])}
    if state in AT_ONCE:
        done = {**task, "state": "done", "effectiveCancellationDate": shortened(scene.now)}
        given = given_up(order, body.get("cancellationReason"), shortened(scene.now))
        after = explained(order, given, scene)
        return Outcome(done, (_written(after),), records=given_back(order, after, scene.records))
    if state == "inProgress":
        asked: JsonObject = {**_assessing(order), "cancelProductOrder": {"id": body["id"]}}
        return Outcome({**task, "state": "inProgress"}, (_written(asked),))
    ways = "is being cancelled already" if STATES.moves[state] else "cannot be cancelled any more"
    raise Problem(Conflict, f"The order '{order['id']}' is '{state}' and {ways}.")


CANCEL_PRODUCT_ORDERS = Behaviour(needs, make)


def given_up(order: JsonObject, reason: Json, moment: str) -> JsonObject:
    """The order without its items that are not at an end; partial, if some of it was completed."""
    items = _items(order, "cancelled")
    found: JsonObject = {**order, "productOrderItem": cast("Json", items), "cancellationDate": moment}
    found["state"] = state_of(items, str(order["state"]))
    return {**found, "cancellationReason": reason} if reason else found


def _assessing(order: JsonObject) -> JsonObject:
    """The order while its seller decides whether it can still be cancelled."""
    state = "assessingCancellation"
    return {**order, "productOrderItem": cast("Json", _items(order, state)), "state": state}


def _items(order: JsonObject, state: str) -> list[JsonObject]:
    items = objects_in(order["productOrderItem"])
    return [{**item, "state": state} if _moves(str(item["state"]), state) else item for item in items]


def _moves(before: str, after: str) -> bool:
    following = ORDER_ITEM.moves[before]
    return bool(following) if after == "cancelled" else after in following


def _written(order: JsonObject) -> Written:
    return Written(PRODUCT_ORDER.name, str(order["id"]), order)


def _order_key(task: JsonObject) -> Key:
    return PRODUCT_ORDER.key(str(cast("JsonObject", task["productOrder"]).get("id")))
