"""Products in the inventory (TMF637): who may move them, and what a move means for what stands behind them.

A move to `suspended` opens a period in the member `suspension`, one back to `active` closes it; what is
suspended is not charged. A move to `terminated` ends the product: its credentials are revoked, its service
ends, its unit of a limited offering is free again.

What an order made is as it was agreed: bills and tokens follow the product, and nobody changes it but by its
status, an operator neither. An order with the action `modify` changes what could be chosen.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Conflict, Forbidden, Problem
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.market.rules.access.credentials import credential_key, revoked
from beffroi.market.rules.access.grants import characteristics
from beffroi.market.rules.access.handover import KIND as HANDOVER
from beffroi.market.rules.access.handover import handover_key, is_handed_over
from beffroi.market.rules.apis.tmf638 import SERVICE
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene, Written
from beffroi.market.rules.documents.document import differing
from beffroi.market.rules.documents.machines import SERVICE as SERVICE_STATES
from beffroi.market.rules.documents.visibility import OPERATE, Actor
from beffroi.market.rules.orders.agreed_end import agreed_end
from beffroi.market.rules.orders.holding import freed, stock_key, unit_of
from beffroi.market.rules.orders.item_ids import id_of
from beffroi.market.rules.orders.parties import is_buyer, is_seller

CLIENT: Final = "clientId"
"""The characteristic that names the client whose credentials open the product."""

ENDS: Final = frozenset({"terminated", "cancelled", "aborted "})
OPERATORS_MAY: Final = frozenset({"status", "statusReason", "description"})
"""Of a product that an order made; one that was written by hand is an operator's."""
SELLERS_MAY: Final = OPERATORS_MAY
HOLDERS_MAY: Final = frozenset({"status", "statusReason"})
_SERVICE_STATE: Final = {
    "created": "designed", "pendingActive": "designed", "active": "active", "suspended": "inactive",
    "terminated": "terminated", "cancelled": "terminated", "aborted ": "terminated",
}  # fmt: skip


def moved(product: JsonObject, status: str, now: Instant, by: str, reason: str = "") -> JsonObject:
    """The product after a move that is legal; `by` is the party that wanted it, empty for the node's own."""
    after: JsonObject = {**product, "status": status}
    if reason:
        after["statusReason"] = reason
    pauses = objects_in(product.get("suspension"))
    if status == "suspended":
        pause: JsonObject = {"startDateTime": shortened(now), "by": by}
        return {**after, "suspension": [*pauses, {**pause, "reason": reason} if reason else pause]}
    if pauses and "endDateTime" not in pauses[-1]:
        *earlier, last = pauses
        after["suspension"] = [*earlier, {**last, "endDateTime": shortened(now)}]
    if status == "active":
        after.setdefault("startDate", shortened(now))
    if status == "terminated":
        planned = agreed_end(product)
        after["terminationDate"] = shortened(min(now, planned) if planned else now)
    return after


def client_in(product: Mapping[str, Json]) -> str:
    """The client whose credentials open a product; empty if it names none."""
    return str(characteristics(product).get(CLIENT) or "")


def suspended_by(product: Mapping[str, Json]) -> str:
    """The party that suspended a product; empty for the node itself."""
    pauses = product.get("suspension")
    last = pauses[-1] if isinstance(pauses, list) and pauses else None
    return str(last.get("by") or "") if isinstance(last, dict) else ""


def is_ordered(product: Mapping[str, Json]) -> bool:
    """Whether an order made the product: its id follows from the item that it names."""
    return any(
        product["id"] == id_of(str(each.get("productOrderId")), str(each.get("orderItemId")), "product")
        for each in objects_in(product.get("productOrderItem"))
    )


def behind(product: JsonObject) -> list[Key]:
    """The records that stand behind a product: services, credentials, what its provider handed over, the
    stock of its offering."""
    keys = [
        SERVICE.key(str(each["id"])) for each in objects_in(product.get("realizingService")) if "id" in each
    ]
    if client := client_in(product):
        keys.append(credential_key(client))
    if is_handed_over(product):
        keys.append(handover_key(str(product["id"])))
    offering = product.get("productOffering")
    if isinstance(offering, dict) and "id" in offering:
        keys.append(stock_key(str(offering["id"])))
    return keys


def follow(
    product: JsonObject, known: Mapping[Key, Record], now: Instant
) -> tuple[tuple[Written, ...], tuple[Change, ...]]:
    """What the status of a product makes of the documents and the records behind it."""
    status, keys = str(product["status"]), behind(product)
    services = tuple(
        Written(SERVICE.name, key.id, _service(known[key].body, status, now))
        for key in keys
        if key.kind == SERVICE.kind and key in known
    )
    if status not in ENDS:
        return services, ()
    credentials = tuple(
        Change(key, document_of(revoked(known[key].body)))
        for key in keys
        if key.kind == "credential" and key in known
    )
    handed = tuple(Change(key, None) for key in keys if key.kind == HANDOVER and key in known)
    units = [
        unit_of(str(each.get("productOrderId")), str(each.get("orderItemId")))
        for each in objects_in(product.get("productOrderItem"))
    ]
    return services, (
        *credentials,
        *handed,
        *freed([key for key in keys if key.kind == "stock"], units, known),
    )


def needs(body: JsonObject, before: JsonObject | None, _: Mapping[Key, Record]) -> Sequence[Key]:
    """What stands behind a product whose status moves."""
    return behind(before) if before is not None and before.get("status") != body.get("status") else ()


def make(body: JsonObject, scene: Scene) -> Outcome:
    """Products come of orders; only an operator writes one by hand."""
    _check_operator(scene, "made")
    return Outcome(body)


def change(before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
    """A seller or an operator moves the status and says why, a holder ends the product; the rest of one that
    no order made is an operator's."""
    actor = scene.actor
    if actor is not None and OPERATE not in actor.may:
        _check_party(before, after, actor)
    elif actor is not None and is_ordered(before):
        _check_kept(before, after, OPERATORS_MAY)
    if before["status"] == after["status"]:
        return Outcome(after)
    by = actor.party if actor else ""
    product = moved({**after, "status": before["status"]}, str(after["status"]), scene.now, by, scene.reason)
    others, records = follow(product, scene.records, scene.now)
    return Outcome(product, others, records=records)


def remove(before: JsonObject, scene: Scene) -> Outcome:
    """Only what has ended can be removed, by an operator, and only what no order made."""
    _check_operator(scene, "removed")
    if str(before["status"]) not in ENDS:
        raise Problem(Conflict, f"The product '{before['id']}' is '{before['status']}'; terminate it first.")
    if is_ordered(before):
        raise Problem(
            Conflict,
            f"The product '{before['id']}' came of an order; its agreement, its usage and its bills name it. "
            "It stays.",
        )
    return Outcome(before)


PRODUCTS = Behaviour(needs, make, change, remove)


def _check_party(before: JsonObject, after: JsonObject, actor: Actor) -> None:
    sells = is_seller(before, actor.party)
    if not sells and (
        not is_buyer(before, actor.party) or str(after["status"]) not in {str(before["status"]), *ENDS}
    ):
        raise Problem(
            Forbidden,
            f"'{actor.name}' does not sell the product '{before['id']}'; who holds it ends it, or orders a "
            "change with a productOrder of the action modify.",
        )
    _check_kept(before, after, SELLERS_MAY if sells else HOLDERS_MAY)


def _check_kept(before: JsonObject, after: JsonObject, may: Collection[str]) -> None:
    beyond = [name for name in differing(before, after) if name not in may]
    if beyond:
        raise Problem(Conflict, f"The product '{before['id']}' is sold; its {beyond[0]} does not change.")


def _check_operator(scene: Scene, what: str) -> None:
    if scene.actor is not None and OPERATE not in scene.actor.may:
        raise Problem(
            Forbidden, f"Products are {what} by orders or by an operator, not by '{scene.actor.name}'."
        )


def _service(service: JsonObject, status: str, now: Instant) -> JsonObject:
    state = _SERVICE_STATE.get(status, str(service["state"]))
    if state == service["state"] or state not in SERVICE_STATES.moves[str(service["state"])]:
        return service
    after: JsonObject = {**service, "state": state, "isServiceEnabled": state == "active"}
    if state == "active":
        after.setdefault("startDate", shortened(now))
        after["hasStarted"] = True
    if state == "terminated":
        after["endDate"] = shortened(now)
    return after
