"""Product orders: which may be placed, and how the state of an order follows its items (TMF622)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING, PRODUCT_SPECIFICATION
from beffroi.market.rules.apis.tmf622 import CANCEL_PRODUCT_ORDER
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene, Written
from beffroi.market.rules.documents.machines import ORDER_ITEM, PRODUCT_ORDER, check_move, is_end, may_reach
from beffroi.market.rules.documents.visibility import visible
from beffroi.market.rules.offers.sale_period import sale_period
from beffroi.market.rules.orders.configuration import FROZEN as CHOICES
from beffroi.market.rules.orders.ending import explained
from beffroi.market.rules.orders.freezing import KEPT, freeze, sold_by
from beffroi.market.rules.orders.holding import stock_key, trial_key
from beffroi.market.rules.orders.item_ids import agreement_key
from beffroi.market.rules.orders.parties import buyer_in, nameless, with_parties
from beffroi.market.rules.orders.placing import AGREED
from beffroi.market.rules.orders.product_change import catalogue_keys, held, modified, product_key
from beffroi.market.rules.orders.state import dated, given_back, limited_keys, state_of, step_of
from beffroi.market.rules.orders.terms import order_total, price_keys
from beffroi.market.rules.orders.whose_order import check_decides, check_one_seller, products_of
from beffroi.market.rules.prices.selling import OFFERED

ACTIONS = ("add", "modify", "delete", "noChange")
OF_THE_NODE = frozenset({"applied", "approval", "relatedParty", CHOICES})
"""Members of an item that only the node writes: `applied` says that a product was changed or ended."""

_WITH_TASK = frozenset({"assessingCancellation", "pendingCancellation"})


def needs(body: JsonObject, before: JsonObject | None, known: Mapping[Key, Record]) -> Sequence[Key]:
    """Of a new order what it freezes and takes; of another its task, if it is being cancelled, what it holds,
    the products that it is about, and once it is at its end the agreements that came of it."""
    if before is not None:
        task = before.get("cancelProductOrder")
        tasks = [CANCEL_PRODUCT_ORDER.key(str(task["id"]))] if isinstance(task, dict) else []
        agreements = _agreement_keys(before) if _has_ended(before) else ()
        return [*tasks, *limited_keys(before), *products_of(before), *agreements]
    products = [key for item in _items(body) if (key := product_key(item))]
    held = [key for product in products if product in known for key in catalogue_keys(known[product].body)]
    offerings = [PRODUCT_OFFERING.key(id) for id in _offering_ids(body)]
    found = [*products, *held, *offerings, *(stock_key(key.id) for key in offerings)]
    for key in offerings:
        if key in known:
            specification, prices = _specification_key(known[key].body), price_keys(known[key].body)
            found += [*([specification] if specification else []), *prices]
            found += [trial_key(price.id) for price in prices]
    return found


def make(body: JsonObject, scene: Scene) -> Outcome:
    """An order whose items can all be had, with its sellers and its buyer among its parties, its prices and
    terms frozen; it goes on by itself."""
    items = [_placed(item, scene) for item in _items(body)]
    _check_ids(items)
    order: JsonObject = {**body, "productOrderItem": [*items]}
    parties = with_parties(order, check_one_seller(_sold(body, scene)), scene.actor)
    if parties:
        order["relatedParty"] = [nameless(party, scene.records) for party in parties]
    buyer = str((buyer_in(order) or {}).get("id") or "")
    for item in items:
        _check_held(item, buyer, scene)
    frozen = freeze(items, str(body["id"]), buyer, scene)
    order["productOrderItem"] = [*frozen.items]
    totals = order_total(frozen.items, body.get("orderTotalPrice"))
    if totals:
        order["orderTotalPrice"] = totals
    if scene.actor is not None:
        by: JsonObject = {"name": scene.actor.name, "party": scene.actor.party, "at": shortened(scene.now)}
        order["placedBy"] = by
    return Outcome(order, steps=(step_of(str(body["id"]), scene.now),), records=frozen.records)


def change(before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
    """Moves of the items move the order, and a move of the order moves the items that can follow."""
    _check_same_items(before, after)
    items = _followed(before, after)
    state = _state(before, after, items)
    order: JsonObject = dated(before, {**after, "productOrderItem": [*items], "state": state}, scene.now)
    if state == before["state"] and items == before["productOrderItem"]:
        return Outcome(order)
    order = explained(before, order, scene)
    check_decides(before, scene)
    records = given_back(before, order, scene.records)
    return Outcome(order, _task(before, state, scene), (step_of(str(order["id"]), scene.now),), records)


def remove(before: JsonObject, scene: Scene) -> Outcome:
    """Only an order that is at its end can be removed, and only one of which nothing came."""
    if not _has_ended(before):
        raise Problem(
            Conflict, f"The order '{before['id']}' is '{before['state']}'; cancel it before you remove it."
        )
    agreed = next((key for key in _agreement_keys(before) if key in scene.records), None)
    if agreed is not None:
        raise Problem(
            Conflict,
            f"The order '{before['id']}' is named by the agreement '{agreed.id}'; it is not removed.",
        )
    done = next((key for item in _items(before) if _is_applied(item) and (key := product_key(item))), None)
    if done is not None:
        raise Problem(
            Conflict, f"The order '{before['id']}' changed the product '{done.id[:100]}'; it is not removed."
        )
    return Outcome(before)


PRODUCT_ORDERS = Behaviour(needs, make, change, remove)


def _has_ended(order: JsonObject) -> bool:
    return is_end(PRODUCT_ORDER, str(order["state"]))


def _agreement_keys(order: JsonObject) -> list[Key]:
    """The agreements that came of an order, or would have. Each product that came of it has one."""
    return [agreement_key(str(order["id"]), str(item["id"])) for item in _items(order)]


def _is_applied(item: JsonObject) -> bool:
    """Whether an item changed or ended the product that it is about."""
    return item["action"] in {"modify", "delete"} and bool(
        item.get("applied") or item["state"] == "completed"
    )


def _items(order: JsonObject) -> list[JsonObject]:
    items = order["productOrderItem"]
    if not isinstance(items, list) or not items:
        raise Problem(BadRequestData, "An order needs at least one 'productOrderItem'.")
    return cast("list[JsonObject]", items)


def _offering_ids(order: JsonObject) -> Iterator[str]:
    for item in _items(order):
        offering = item.get("productOffering")
        if isinstance(offering, dict) and isinstance(offering.get("id"), str):
            yield str(offering["id"])


def _specification_key(offering: JsonObject) -> Key | None:
    named = offering.get("productSpecification")
    return PRODUCT_SPECIFICATION.key(str(named["id"])) if isinstance(named, dict) and "id" in named else None


def _placed(item: JsonObject, scene: Scene) -> JsonObject:
    """An item that can be ordered, acknowledged."""
    id, action = item.get("id"), item.get("action")
    if not isinstance(id, str) or not id:
        raise Problem(BadRequestData, "A 'productOrderItem' needs an 'id', a text.")
    what = f"The item '{id[:100]}'"
    if action not in ACTIONS:
        raise Problem(
            BadRequestData, f"{what} has the action {str(action)[:40]!r}; there are {', '.join(ACTIONS)}."
        )
    quantity = item.get("quantity", 1)
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= 1_000_000:
        raise Problem(
            BadRequestData, f"{what} has the quantity {str(quantity)[:40]!r}, not a whole number from 1."
        )
    if item.get("state", ORDER_ITEM.initial) != ORDER_ITEM.initial:
        raise Problem(
            BadRequestData, f"{what} cannot be ordered as '{item['state']}'; it begins as acknowledged."
        )
    if action == "add":
        if quantity != 1:
            raise Problem(
                BadRequestData, f"{what} has the quantity {quantity}; a product is ordered one for each item."
            )
        _check_sold(item.get("productOffering"), what, scene)
    elif not isinstance(item.get("product"), dict) or not cast("JsonObject", item["product"]).get("id"):
        raise Problem(
            BadRequestData, f"{what} has the action '{action}' and names no 'product' to do that with."
        )
    stated = {name: value for name, value in item.items() if name not in OF_THE_NODE}
    return {**stated, "state": ORDER_ITEM.initial}


def _check_held(item: JsonObject, buyer: str, scene: Scene) -> None:
    """A product is changed and given back by the one who holds it."""
    if item["action"] not in {"modify", "delete"}:
        return
    product = held(item, buyer, scene.records, f"The item '{str(item['id'])[:100]}'")
    if item["action"] == "modify":
        modified(item, product, scene.records, scene.now, buyer)


def _sold(body: JsonObject, scene: Scene) -> Iterator[Sequence[JsonObject]]:
    """What an order is about: each offering with its specification, and each product."""
    for id in _offering_ids(body):
        record = scene.records.get(PRODUCT_OFFERING.key(id))
        if record is not None:
            yield [*sold_by(record.body, scene.records)]
    for item in _items(body):
        key = product_key(item)
        if key is not None and key in scene.records:
            yield [scene.records[key].body]


def _check_sold(offering: Json, what: str, scene: Scene) -> None:
    id = offering.get("id") if isinstance(offering, dict) else None
    if not isinstance(id, str):
        raise Problem(BadRequestData, f"{what} names no 'productOffering' to be added.")
    record = scene.records.get(PRODUCT_OFFERING.key(id))
    if record is None or not (scene.actor is None or visible(PRODUCT_OFFERING, record.body, scene.actor)):
        raise Problem(BadRequestData, f"{what} orders the offering '{id[:100]}', which does not exist.")
    found = record.body
    status = str(found.get("lifecycleStatus"))
    if status.lower() not in OFFERED:
        raise Problem(Conflict, f"{what} orders the offering '{id}', which is '{status}' and not active.")
    if found.get("isSellable") is False:
        raise Problem(Conflict, f"{what} orders the offering '{id}', which is not sold by itself.")
    _check_period(found, f"{what} orders the offering '{id}', which", scene.now)


def _check_period(offering: JsonObject, what: str, now: Instant) -> None:
    period = sale_period(offering)
    if period.is_to_come(now):
        raise Problem(Conflict, f"{what} is sold only from {shortened(period.since)} on.")
    if period.is_over(now):
        raise Problem(Conflict, f"{what} was sold until {shortened(period.until)}.")


def _check_ids(items: Sequence[JsonObject]) -> None:
    ids = [str(item["id"]) for item in items]
    twice = next((id for n, id in enumerate(ids) if id in ids[:n]), None)
    if twice is not None:
        raise Problem(BadRequestData, f"Two items of the order have the id '{twice[:100]}'.")


def _check_same_items(before: JsonObject, after: JsonObject) -> None:
    """An order that is placed keeps its items, what they do and what they are about."""
    for name in ("id", "action", "productOffering", "product", "quantity", AGREED, *KEPT):
        if [item.get(name) for item in _items(before)] != [item.get(name) for item in _items(after)]:
            raise Problem(
                Conflict,
                f"The items of the order '{before['id']}' are placed; their '{name}' does not change.",
            )
    if before.get("orderTotalPrice") != after.get("orderTotalPrice"):
        raise Problem(
            Conflict, f"The order '{before['id']}' is placed; its 'orderTotalPrice' does not change."
        )
    for old, new in zip(_items(before), _items(after), strict=True):
        check_move(ORDER_ITEM, old["state"], new.get("state"), f"the item '{old['id']}'")


def _followed(before: JsonObject, after: JsonObject) -> list[JsonObject]:
    """The items after the order moved: those that nobody moved follow it where they may."""
    target = str(after["state"])
    if target == before["state"]:
        return _items(after)
    return [
        {**new, "state": target}
        if new["state"] == old["state"] and target in ORDER_ITEM.moves[str(old["state"])]
        else new
        for old, new in zip(_items(before), _items(after), strict=True)
    ]


def _state(before: JsonObject, after: JsonObject, items: Sequence[JsonObject]) -> str:
    """The state of the order, by its items. Raises Problem(Conflict) where the client says another one."""
    old, asked = str(before["state"]), str(after["state"])
    if list(items) == _items(before):
        if asked != old:
            raise Problem(
                Conflict,
                f"The order '{before['id']}' cannot go from '{old}' to '{asked}': none of its items can.",
            )
        return old
    state = state_of(items, old)
    if asked not in {old, state}:
        raise Problem(
            Conflict,
            f"The order '{before['id']}' cannot go from '{old}' to '{asked}': its items make it '{state}'.",
        )
    if not may_reach(PRODUCT_ORDER, old, state):
        raise Problem(
            Conflict,
            f"The order '{before['id']}' cannot go from '{old}' to '{state}', as its items would make it.",
        )
    return state


def _task(order: JsonObject, state: str, scene: Scene) -> tuple[Written, ...]:
    """What the move means for the task that asked to cancel the order."""
    named = order.get("cancelProductOrder")
    if not isinstance(named, dict) or order["state"] not in _WITH_TASK or state in _WITH_TASK:
        return ()
    record = scene.records.get(CANCEL_PRODUCT_ORDER.key(str(named["id"])))
    if record is None:
        return ()
    task = record.body
    if state == "cancelled":
        done: JsonObject = {**task, "state": "done", "effectiveCancellationDate": shortened(scene.now)}
    else:
        done = {**task, "state": "terminatedWithError"}
    return (Written("cancelProductOrder", str(task["id"]), done),)
