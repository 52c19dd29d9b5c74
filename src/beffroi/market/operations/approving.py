"""Approve or refuse orders that wait for their provider (TMF622)."""

from collections.abc import Collection
from dataclasses import replace

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, change
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.orders.state import in_words, items_of


async def approve(market: Market, order: str, asker: Asker, items: Collection[str] = ()) -> JsonObject:
    """Let the items of an order that wait go on, all of them or those named; the order as it is then.

    Raises Problem: Forbidden for who does not sell them, Conflict where nothing waits, ResourceNotFound.
    """
    return await change(
        market, PRODUCT_ORDER, order, lambda body: _moved(body, items, "inProgress", ""), asker
    )


async def refuse(
    market: Market, order: str, reason: str, asker: Asker, items: Collection[str] = ()
) -> JsonObject:
    """Reject items of an order that wait, with a reason that its buyer reads. Raises as `approve` does."""
    if not reason.strip():
        raise Problem(BadRequestData, "An order is refused with a reason.")
    now = market.now()

    def make(body: JsonObject) -> JsonObject:
        after = _moved(body, items, "rejected", reason)
        for item in items_of(after):
            if item["state"] == "rejected" and item.get("message") == reason:
                after = in_words(after, str(item["id"]), reason, asker.actor.party or asker.actor.name, now)
        return after

    asked = replace(asker, reason=asker.reason or reason)
    return await change(market, PRODUCT_ORDER, order, make, asked)


def _moved(order: JsonObject, items: Collection[str], state: str, message: str) -> JsonObject:
    waiting = [
        str(item["id"])
        for item in items_of(order)
        if item["state"] == "pending" and (not items or item["id"] in items)
    ]
    if not waiting:
        raise Problem(Conflict, f"Nothing in the order '{order['id']}' waits for approval.")
    after = [
        {**_without(item, "message"), "state": state, **({"message": message} if message else {})}
        if item["id"] in waiting
        else item
        for item in items_of(order)
    ]
    return {**order, "productOrderItem": [*after]}


def _without(item: JsonObject, name: str) -> JsonObject:
    return {key: value for key, value in item.items() if key != name}
