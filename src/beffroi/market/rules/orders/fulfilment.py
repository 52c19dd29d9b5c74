"""From an order to working access, step by step (TMF622, 651, 637, 638): each step is one commit.

    begin      acknowledged items: pending where the provider approves, else inProgress
    agree      an agreement for each item that is in progress
    provide    the product, the service behind it and the client
    activate   product and service are active; with credentials that the provider hands over the product is
               `pendingActive`, and goes on when they are there
    apply      products of items that modify or delete are changed, or end
    complete   items whose product is as it was ordered are completed

Which step comes next is read off the documents; a step that is done finds nothing to do, so that repeating
one after a crash changes nothing. An item that cannot be done fails with a sentence in the order's notes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Key, Record
from beffroi.market.rules.access.credentials import client_change
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf638 import SERVICE
from beffroi.market.rules.apis.tmf651 import AGREEMENT
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Written
from beffroi.market.rules.orders.item_ids import agreement_key, client_of, id_of
from beffroi.market.rules.orders.parties import buyer_in, sellers_in
from beffroi.market.rules.orders.product import behind, follow, moved
from beffroi.market.rules.orders.product_change import catalogue_keys, held, modified, product_key
from beffroi.market.rules.orders.provision import (
    active,
    has_access,
    product_of,
    service_of,
)
from beffroi.market.rules.orders.state import (
    NODE,
    given_back,
    in_words,
    items_of,
    limited_keys,
    with_items,
)

APPROVAL: Final = "It waits for the provider's approval."
CREDENTIALS: Final = "It waits for the credentials, which its provider hands over."
WAITING: Final = frozenset({"created", "pendingActive"})


@dataclass(frozen=True, slots=True)
class Made:
    """What a step makes of one item: the item, what is written with it, and what is said in the order."""

    item: JsonObject
    others: tuple[Written, ...] = ()
    records: tuple[Change, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The order, what is stored, where the node is reached, and by item the agreement that was signed, or the
    reason why there is none."""

    order: JsonObject
    scene: Scene
    address: str
    agreements: Mapping[str, JsonObject | str]

    def stored(self, key: Key) -> JsonObject | None:
        record = self.scene.records.get(key)
        return record.body if record else None


Step: TypeAlias = Callable[[Case, JsonObject], Made | None]


def keys_of(order: JsonObject, known: Mapping[Key, Record]) -> list[Key]:
    """The records that the steps of an order look at or write."""
    keys = limited_keys(order)
    for item in items_of(order):
        order_id, item_id = str(order["id"]), str(item["id"])
        product = product_key(item) or PRODUCT.key(id_of(order_id, item_id, "product"))
        keys += [agreement_key(order_id, item_id), product, SERVICE.key(id_of(order_id, item_id, "service"))]
        if product in known:
            keys += [*behind(known[product].body), *catalogue_keys(known[product].body)]
    return keys


def lacks_agreement(order: JsonObject, known: Mapping[Key, Record]) -> list[JsonObject]:
    """The items whose agreement is the next step."""
    return [
        item
        for item in items_of(order)
        if item["state"] == "inProgress"
        and item["action"] == "add"
        and agreement_key(str(order["id"]), str(item["id"])) not in known
    ]


def next_step(case: Case) -> tuple[str, Outcome] | None:
    """The next step that is to be done, by its name; None when nothing is left to do."""
    for name, step in STEPS:
        outcome = _done(case, step)
        if outcome is not None:
            return name, outcome
    return None


def failed(order: JsonObject, sentence: str, scene: Scene) -> Outcome:
    """The order when what is left of it cannot be done."""
    items = [
        _failing(item, sentence) if item["state"] in {"acknowledged", "inProgress"} else item
        for item in items_of(order)
    ]
    after = order
    for old, new in zip(items_of(order), items, strict=True):
        if old is not new:
            after = in_words(after, str(new["id"]), sentence, NODE, scene.now)
    return _outcome(order, with_items(after, items, scene.now), scene, (), ())


def _done(case: Case, step: Step) -> Outcome | None:
    """What a step makes of all items together; None if it is no item's turn."""
    order, items = case.order, list[JsonObject]()
    others, records = list[Written](), list[Change]()
    moved_one = False
    for item in items_of(order):
        made = _tried(case, step, item)
        items.append(made.item if made else item)
        if made is None:
            continue
        moved_one = True
        others += made.others
        records += made.records
        if made.said:
            order = in_words(order, str(item["id"]), made.said, NODE, case.scene.now)
    if not moved_one:
        return None
    after = with_items(_naming(order, others), items, case.scene.now)
    return _outcome(case.order, after, case.scene, others, records)


def _tried(case: Case, step: Step, item: JsonObject) -> Made | None:
    try:
        return step(case, item)
    except Problem as problem:
        return _refused(item, problem.detail)


def _outcome(
    before: JsonObject,
    after: JsonObject,
    scene: Scene,
    others: Sequence[Written],
    records: Sequence[Change],
) -> Outcome:
    back = given_back(before, after, scene.records)
    written = Written(PRODUCT_ORDER.name, str(after["id"]), after)
    return Outcome(after, (*others, written), records=(*records, *back))


def _naming(order: JsonObject, others: Sequence[Written]) -> JsonObject:
    """The order with the agreements that were made."""
    new = [
        {"id": one.id, "name": (one.body or {}).get("name"), "@referredType": "Agreement"}
        for one in others
        if one.resource == AGREEMENT.name
    ]
    known = order.get("agreement")
    return {**order, "agreement": [*(known if isinstance(known, list) else []), *new]} if new else order


def _failing(item: JsonObject, sentence: str) -> JsonObject:
    state = "rejected" if item["state"] in {"acknowledged", "pending"} else "failed"
    return {**item, "state": state, "message": sentence}


def _refused(item: JsonObject, sentence: str) -> Made:
    return Made(_failing(item, sentence), said=sentence)


def _begin(case: Case, item: JsonObject) -> Made | None:
    if item["state"] != "acknowledged":
        return None
    if item["action"] == "noChange":
        return Made({**item, "state": "inProgress"})
    if buyer_in(case.order) is None:
        return _refused(item, "The order names nobody who buys.")
    if item["action"] == "add" and not sellers_in(item):
        return _refused(item, "The offering names nobody who sells it.")
    if item.get("approval") == "manual":
        return Made({**item, "state": "pending", "message": APPROVAL})
    return Made({**item, "state": "inProgress"})


def _agree(case: Case, item: JsonObject) -> Made | None:
    if item["state"] != "inProgress" or item["action"] != "add":
        return None
    key = agreement_key(str(case.order["id"]), str(item["id"]))
    drafted = case.agreements.get(str(item["id"]))
    if drafted is None or key in case.scene.records:
        return None
    if isinstance(drafted, str):
        return _refused(item, drafted)
    return Made(item, (Written(AGREEMENT.name, key.id, drafted),))


def _provide(case: Case, item: JsonObject) -> Made | None:
    order_id, item_id = str(case.order["id"]), str(item["id"])
    agreement = case.stored(agreement_key(order_id, item_id))
    product_id = id_of(order_id, item_id, "product")
    if item["state"] != "inProgress" or item["action"] != "add" or agreement is None:
        return None
    if PRODUCT.key(product_id) in case.scene.records:
        return None
    product = product_of(case.order, item, agreement, case.address, case.scene.now)
    service = service_of(product, case.scene.now)
    written = (
        Written(SERVICE.name, str(service["id"]), service),
        Written(PRODUCT.name, product_id, product),
    )
    client = client_of(order_id, item_id)
    return Made(
        item, written, (client_change(client, product_id, case.scene.now),) if has_access(item) else ()
    )


def _activate(case: Case, item: JsonObject) -> Made | None:
    product = case.stored(PRODUCT.key(id_of(str(case.order["id"]), str(item["id"]), "product")))
    if item["state"] != "inProgress" or product is None or product["status"] != "created":
        return None
    after = active(product, case.scene.now)
    waits: JsonObject = {"message": CREDENTIALS} if after["status"] == "pendingActive" else {}
    return _followed(case, {**item, **waits}, after)


def _apply(case: Case, item: JsonObject) -> Made | None:
    if item["state"] != "inProgress" or item["action"] not in {"modify", "delete"} or item.get("applied"):
        return None
    key, buyer = product_key(item), str((buyer_in(case.order) or {}).get("id") or "")
    product = case.stored(key) if key else None
    if item["action"] == "delete" and product and product["status"] in {"pendingTerminate", "terminated"}:
        done = moved(product, "terminated", case.scene.now, buyer)
        return _followed(
            case, {**item, "applied": True}, done if product["status"] != "terminated" else product
        )
    product = held(item, buyer, case.scene.records, f"The item '{str(item['id'])[:100]}'")
    if item["action"] == "delete":
        return _followed(case, item, moved(product, "pendingTerminate", case.scene.now, buyer))
    changed = modified(item, product, case.scene.records, case.scene.now, buyer)
    return _followed(case, {**item, "applied": True}, changed)


def _complete(case: Case, item: JsonObject) -> Made | None:
    if item["state"] != "inProgress":
        return None
    done = {name: value for name, value in item.items() if name not in {"message", "applied"}}
    if item["action"] != "add":
        is_done = item["action"] == "noChange" or item.get("applied")
        return Made({**done, "state": "completed"}) if is_done else None
    product_id = id_of(str(case.order["id"]), str(item["id"]), "product")
    product = case.stored(PRODUCT.key(product_id))
    if product is None or product["status"] in WAITING:
        return None
    if product["status"] == "aborted ":
        return _refused(item, str(product.get("statusReason") or "The product could not be made."))
    named: JsonObject = {**_object(item.get("product")), "id": product_id, "@referredType": "Product"}
    return Made({**done, "state": "completed", "product": named})


def _followed(case: Case, item: JsonObject, product: JsonObject) -> Made:
    others, records = follow(product, case.scene.records, case.scene.now)
    return Made(item, (*others, Written(PRODUCT.name, str(product["id"]), product)), records)


def _object(value: object) -> JsonObject:
    return {**value} if isinstance(value, dict) else {}


STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("begin", _begin),
    ("agree", _agree),
    ("provide", _provide),
    ("activate", _activate),
    ("apply", _apply),
    ("complete", _complete),
)
