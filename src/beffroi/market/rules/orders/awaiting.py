"""An order that waits for the credentials of its provider: they come, they are late, or they never come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.access.handover import ready
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Written
from beffroi.market.rules.orders.product import behind, follow, moved
from beffroi.market.rules.orders.state import COME_TO_NOTHING, items_of, step_of

WAITS: Final = "pendingActive"


@dataclass(frozen=True, slots=True)
class Handing:
    """A product whose credentials the provider was asked for, the event, and what came, sealed."""

    product: str
    event: str
    sealed: str = ""


def needs_of(product: Key, known: Mapping[Key, Record]) -> Sequence[Key]:
    """The product, its order, and what stands behind it."""
    if product not in known:
        return [product]
    body = known[product].body
    order = _order_key(body)
    return [product, *behind(body), *([order] if order else [])]


def handed(case: Handing, scene: Scene) -> Outcome | None:
    """The product is active and its credentials wait to be seen; where the order was cancelled meanwhile, it
    is not."""
    product = _waiting(case, scene)
    if product is None:
        return None
    if _is_off(product, scene):
        return _moved(product, "cancelled", "The order was cancelled.", scene)
    outcome = _moved(product, "active", "", scene)
    change, forget = ready(case.product, case.event, case.sealed, scene.now)
    return replace(outcome, records=(*outcome.records, change), events=(forget,))


def aborted(case: Handing, reason: str, scene: Scene) -> Outcome | None:
    """The product is given up, with the reason, and so is the item of the order."""
    product = _waiting(case, scene)
    if product is None:
        return None
    return _moved(product, "aborted ", f"Its provider did not hand over the credentials. {reason}", scene)


def delayed(case: Handing, reason: str, until: Instant, scene: Scene) -> Outcome | None:
    """The item of the order says what it waits for; None where it says so already."""
    product = _waiting(case, scene)
    key = _order_key(product) if product else None
    if product is None or key is None or key not in scene.records:
        return None
    if _is_off(product, scene):
        return _moved(product, "cancelled", "The order was cancelled.", scene)
    order = scene.records[key].body
    tried = f"Its provider did not hand over the credentials yet and is asked until {shortened(until)}."
    sentence = f"{tried} {reason}"
    items = [{**item, "message": sentence} if _is_of(item, product) else item for item in items_of(order)]
    if items == items_of(order):
        return None
    written = Written(PRODUCT_ORDER.name, str(order["id"]), {**order, "productOrderItem": [*items]})
    return Outcome(order, (written,))


def _waiting(case: Handing, scene: Scene) -> JsonObject | None:
    record = scene.records.get(PRODUCT.key(case.product))
    return record.body if record is not None and record.shared.get("status") == WAITS else None


def _moved(product: JsonObject, status: str, reason: str, scene: Scene) -> Outcome:
    after = moved(product, status, scene.now, "", reason)
    others, records = follow(after, scene.records, scene.now)
    key = _order_key(product)
    steps = (step_of(key.id, scene.now),) if key else ()
    return Outcome(after, (*others, Written(PRODUCT.name, str(product["id"]), after)), steps, records)


def _is_off(product: JsonObject, scene: Scene) -> bool:
    """Whether the item of the order came to nothing."""
    key = _order_key(product)
    if key is None or key not in scene.records:
        return False
    items = items_of(scene.records[key].body)
    return any(_is_of(item, product) and item["state"] in COME_TO_NOTHING for item in items)


def _is_of(item: JsonObject, product: JsonObject) -> bool:
    return item.get("id") == _origin(product).get("orderItemId")


def _order_key(product: JsonObject) -> Key | None:
    order = _origin(product).get("productOrderId")
    return PRODUCT_ORDER.key(str(order)) if order else None


def _origin(product: JsonObject) -> JsonObject:
    listed = product.get("productOrderItem")
    first = listed[0] if isinstance(listed, list) and listed else None
    return first if isinstance(first, dict) else {}
