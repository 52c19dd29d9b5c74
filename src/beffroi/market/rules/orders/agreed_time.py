"""The agreed time of a product (TMF637): when it is over, and the end that this makes of the product.

It is over at its `agreed_end`. From that moment on the gate refuses its tokens and no new
credentials are given; what stands behind the product ends in a step that the node does soon after.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import Json
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Written
from beffroi.market.rules.orders.agreed_end import agreed_end
from beffroi.market.rules.orders.product import behind, follow, moved

RUNS_OUT: Final = "agreedEnd[to come]"
"""The path of the facet that holds when a product will have to end; it is no path of a member."""

LASTS: Final = frozenset({"active", "suspended", "pendingTerminate"})
"""States from which a product ends when its time is over."""


def is_over(product: Mapping[str, Json], now: Instant) -> bool:
    """Whether the agreed time of a product is over; as the gate has it, from that very moment on."""
    end = agreed_end(product)
    return bool(end) and end <= now


def runs_out(product: Mapping[str, Json]) -> Instant:
    """When a product has to end; NO_INSTANT for one that has ended, never began, or never ends by itself."""
    return agreed_end(product) if product.get("status") in LASTS else NO_INSTANT


def has_to_end(product: Mapping[str, Json], now: Instant) -> bool:
    """Whether the time of a product is over and the product is not."""
    return product.get("status") in LASTS and is_over(product, now)


def why_ended(product: Mapping[str, Json]) -> str:
    """The reason of the end, as the product and the audit log say it."""
    return f"Its agreed time ended on {agreed_end(product)[:10]}."


def needs_of(key: Key, known: Mapping[Key, Record]) -> Sequence[Key]:
    """The product and what stands behind it."""
    return [key, *(behind(known[key].body) if key in known else ())]


def ended(key: Key, scene: Scene) -> Outcome | None:
    """The product terminated as by hand, and what stood behind it; None where it has not to end."""
    record = scene.records.get(key)
    if record is None or not has_to_end(record.body, scene.now):
        return None
    product = record.body
    after = moved(product, "terminated", scene.now, "", why_ended(product))
    # what stood behind it ended when its time did, however late the node comes to it
    others, records = follow(after, scene.records, agreed_end(product))
    return Outcome(after, (*others, Written(PRODUCT.name, key.id, after)), records=records)
