"""Orders about a product that its buyer holds (TMF622): what `modify` and `delete` may ask for."""

from collections.abc import Mapping
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Forbidden, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.access.grants import characteristics, declared
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING, PRODUCT_SPECIFICATION
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.orders.configuration import FROZEN, configured
from beffroi.market.rules.orders.parties import is_buyer
from beffroi.market.rules.orders.product import moved, suspended_by

HELD: Final = frozenset({"active", "suspended"})
CHANGEABLE: Final = frozenset({"id", "href", "status", "productCharacteristic"})


def product_key(item: JsonObject) -> Key | None:
    """The product that an item is about; None for one to be added."""
    product = item.get("product")
    named = isinstance(product, dict) and isinstance(product.get("id"), str)
    return (
        PRODUCT.key(str(cast("JsonObject", product)["id"])) if named and item.get("action") != "add" else None
    )


def catalogue_keys(product: JsonObject) -> list[Key]:
    """The offering and the specification of a product."""
    found = list[Key]()
    for name, resource in (
        ("productOffering", PRODUCT_OFFERING),
        ("productSpecification", PRODUCT_SPECIFICATION),
    ):
        reference = product.get(name)
        if isinstance(reference, dict) and "id" in reference:
            found.append(resource.key(str(reference["id"])))
    return found


def held(item: JsonObject, party: str, known: Mapping[Key, Record], what: str) -> JsonObject:
    """The product that an item is about. Raises Problem unless the party holds it (empty: whoever does)."""
    key = product_key(item)
    record = known.get(key) if key else None
    if record is None:
        raise Problem(BadRequestData, f"{what} is about a product that does not exist here.")
    product = record.body
    if party and not is_buyer(product, party):
        raise Problem(
            Forbidden, f"{what} is about the product '{product['id']}', which '{party}' does not hold."
        )
    if str(product.get("status")) not in HELD:
        raise Problem(
            Conflict,
            f"{what} is about the product '{product['id']}', which is '{product.get('status')}' and not "
            "active or suspended.",
        )
    return product


def modified(
    item: JsonObject, product: JsonObject, known: Mapping[Key, Record], now: Instant, by: str
) -> JsonObject:
    """The product after an item with the action `modify`. Raises Problem for what cannot be changed."""
    what = f"The item '{str(item['id'])[:100]}'"
    wanted = cast("JsonObject", item["product"])
    beyond = sorted(
        name for name in wanted.keys() - CHANGEABLE if name[0] != "@" and wanted[name] != product.get(name)
    )
    if beyond:
        raise Problem(
            Conflict,
            f"{what} changes '{beyond[0][:80]}'; an order changes the status (active, suspended) and what "
            "can be chosen.",
        )
    after = _chosen(product, wanted, known, what)
    status = wanted.get("status", product["status"])
    if status == product["status"]:
        return after
    if not isinstance(status, str) or status not in HELD:
        raise Problem(
            Conflict, f"{what} wants the product to be {str(status)[:40]!r}; it can be active or suspended."
        )
    if status == "active" and suspended_by(product) != by:
        raise Problem(
            Conflict, f"{what} resumes the product '{product['id']}', which its buyer did not suspend."
        )
    return moved(after, status, now, by)


def _chosen(product: JsonObject, wanted: JsonObject, known: Mapping[Key, Record], what: str) -> JsonObject:
    """The product with the characteristics that are chosen anew, among what could be chosen when it was
    ordered; all others stay as they were bought."""
    asked, has = characteristics(wanted), characteristics(product)
    names = {name for name, value in asked.items() if has.get(name) != value}
    if not names:
        return product
    kept_choices = product.get(FROZEN)
    if isinstance(kept_choices, dict):
        offering, specification = kept_choices, kept_choices
    else:
        offering, specification = (known[key].body if key in known else {} for key in _both(product))
    chosen: list[Json] = [{"name": name, "value": asked[name]} for name in asked if name in names]
    choice: JsonObject = {"productCharacteristic": chosen}
    new = {str(each["name"]): each for each in configured(specification, offering, choice, what)}
    old = objects_in(product.get("productCharacteristic"))
    kept = [new.get(str(each.get("name")), each) if str(each.get("name")) in names else each for each in old]
    have = {str(each.get("name")) for each in old}
    found: list[Json] = [*kept, *(new[name] for name in names if name in new and name not in have)]
    after: JsonObject = {**product, "productCharacteristic": found}
    declared(after, str)
    return after


def _both(product: JsonObject) -> tuple[Key, Key]:
    found = {key.kind: key for key in catalogue_keys(product)}
    nothing = Key("", "", "")
    return found.get(PRODUCT_OFFERING.kind, nothing), found.get(PRODUCT_SPECIFICATION.kind, nothing)
