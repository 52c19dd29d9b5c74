"""The state of an order and of its items (TMF622): the order follows its items, and says what failed."""

from collections.abc import Mapping, Sequence
from typing import Final

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.record import Change, Key, Record
from beffroi.market.rules.documents.machines import ORDER_ITEM, PRODUCT_ORDER, is_end
from beffroi.market.rules.orders.holding import freed, stock_key, trial_key, unit_of

LANE: Final = "fulfil:"
"""The lane of an order in the outbox begins so; its body is `{"order": id, "since": Instant}`."""

COME_TO_NOTHING: Final = frozenset({"rejected", "failed", "cancelled"})
NODE: Final = "node"
_UNFINISHED = ("assessingCancellation", "pendingCancellation", "held", "pending")


def step_of(order: str, now: Instant) -> tuple[str, JsonObject]:
    """The row of the outbox that lets an order go on."""
    return f"{LANE}{order}", {"order": order, "since": now}


def items_of(order: JsonObject) -> list[JsonObject]:
    """The items of a stored order."""
    return objects_in(order["productOrderItem"])


def state_of(items: Sequence[JsonObject], now: str) -> str:
    """The state of an order by the states of its items; `now` is the one it has.

    >>> state_of([{"state": "completed"}, {"state": "failed"}], "inProgress")
    'partial'
    >>> state_of([{"state": "completed"}, {"state": "acknowledged"}], "inProgress")
    'inProgress'
    """
    states = {str(item["state"]) for item in items}
    if len(states) == 1:
        (state,) = states
        return "failed" if state == "rejected" and now not in {"acknowledged", "pending"} else state
    if all(is_end(ORDER_ITEM, state) for state in states):
        return "partial" if "completed" in states else "failed"
    return next((state for state in _UNFINISHED if state in states), "inProgress")


def with_items(order: JsonObject, items: Sequence[JsonObject], now: Instant) -> JsonObject:
    """The order after its items moved."""
    state = state_of(items, str(order["state"]))
    return dated(order, {**order, "productOrderItem": [*items], "state": state}, now)


def dated(before: JsonObject, order: JsonObject, now: Instant) -> JsonObject:
    """The order with the moment at which it came to its end, if it just did."""
    state = str(order["state"])
    if state == before["state"] or not is_end(PRODUCT_ORDER, state):
        return order
    return {**order, "cancellationDate" if state == "cancelled" else "completionDate": shortened(now)}


def in_words(order: JsonObject, item: str, said: str, author: str, now: Instant) -> JsonObject:
    """The order with a note that says what became of an item."""
    sentence = f"Item '{item}': {said}"
    notes = order.get("note")
    kept: list[Json] = [*notes] if isinstance(notes, list) else []
    note: JsonObject = {
        "id": f"{author}-{len(kept) + 1}",
        "author": author,
        "date": shortened(now),
        "text": sentence,
    }
    return {**order, "note": [*kept, note]}


def limited_keys(order: JsonObject) -> list[Key]:
    """The records of what the items of an order may hold."""
    keys = list[Key]()
    for item in items_of(order):
        offering = item.get("productOffering")
        if isinstance(offering, dict) and "id" in offering:
            keys.append(stock_key(str(offering["id"])))
        prices = item.get("itemPrice")
        for price in prices if isinstance(prices, list) else []:
            named = price.get("productOfferingPrice") if isinstance(price, dict) else None
            if isinstance(named, dict) and "id" in named:
                keys.append(trial_key(str(named["id"])))
    return keys


def given_back(before: JsonObject, after: JsonObject, known: Mapping[Key, Record]) -> tuple[Change, ...]:
    """The records without what those items held that have come to nothing now."""
    old = {str(item["id"]): item["state"] for item in items_of(before)}
    units = [
        unit_of(str(after["id"]), str(item["id"]))
        for item in items_of(after)
        if item["state"] in COME_TO_NOTHING and old.get(str(item["id"])) != item["state"]
    ]
    return freed(limited_keys(after), units, known) if units else ()
