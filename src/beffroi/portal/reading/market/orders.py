"""Orders as their pages show them: how far each came, and what was said on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.market.rules.documents.machines import PRODUCT_ORDER, is_end

MOVING: Final = frozenset({"acknowledged", "inProgress"})
"""States that the node leaves by itself, in a moment."""


@dataclass(frozen=True, slots=True)
class Item:
    """One offering of an order; `product` is the id of what came of it, empty until then."""

    offering: str
    name: str
    state: str
    product: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its page shows it. `said` are sentences of who carried it out."""

    id: str
    state: str
    ordered: Instant | None
    finished: Instant | None
    reference: str
    items: tuple[Item, ...]
    said: tuple[str, ...]

    @property
    def is_moving(self) -> bool:
        return self.state in MOVING

    @property
    def is_over(self) -> bool:
        return is_end(PRODUCT_ORDER, self.state)


def order_from(body: JsonObject) -> Order:
    """An order as it is stored."""
    items = objects_in(body.get("productOrderItem"))
    finished = body.get("completionDate") or body.get("cancellationDate")
    return Order(
        id=str(body["id"]),
        state=str(body.get("state")),
        ordered=_moment(body.get("orderDate")),
        finished=_moment(finished),
        reference=str(body.get("externalId") or ""),
        items=tuple(map(_item, items)),
        said=tuple(dict.fromkeys([*_said(body), *(text for item in items for text in _said(item))])),
    )


def _item(item: JsonObject) -> Item:
    offering, product = item.get("productOffering"), item.get("product")
    offered = offering if isinstance(offering, dict) else {}
    made = product if isinstance(product, dict) else {}
    id = str(offered.get("id") or "")
    name = str(offered.get("name") or made.get("name") or id)
    return Item(id, name, str(item.get("state")), str(made.get("id") or ""))


def _said(body: JsonObject) -> Sequence[str]:
    """The texts of notes, what an item waits for, and why an order was cancelled."""
    texts = [each.get("text") for each in objects_in(body.get("note"))]
    texts += [body.get("message")] if body.get("state") in MOVING else []
    texts += [body.get(name) for name in ("cancellationReason", "stateReason")]
    return [text for text in texts if isinstance(text, str) and text]


def _moment(value: Json) -> Instant | None:
    return parse_instant(value) if isinstance(value, str) else None
