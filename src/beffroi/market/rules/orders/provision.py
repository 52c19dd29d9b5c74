"""What a bought item becomes: a product (TMF637), the service behind it (TMF638), a client."""

from collections.abc import Mapping
from typing import Final, cast

from beffroi.kernel.instant import Instant, parse_instant, shortened
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.market.rules.access.grants import declared
from beffroi.market.rules.access.handover import is_handed_over
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf638 import SERVICE
from beffroi.market.rules.documents.document import made
from beffroi.market.rules.orders.agreement import end_of, parties_of
from beffroi.market.rules.orders.configuration import FROZEN as CHOICES
from beffroi.market.rules.orders.item_ids import client_of, id_of
from beffroi.market.rules.orders.product import CLIENT, moved
from beffroi.market.rules.terms.data_use_term import terms_of

OF_ITEM: Final = ("name", "description", "place", "productSpecification", "translation")
"""Members of a product that come from the item, as it was frozen; all others are the node's to write."""


def product_of(
    order: JsonObject, item: JsonObject, agreement: JsonObject, address: str, now: Instant
) -> JsonObject:
    """The product, created and not active yet. Raises Problem(BadRequestData)."""
    order_id, item_id = str(order["id"]), str(item["id"])
    ordered = cast("JsonObject", item["product"])
    given: JsonObject = {
        **{name: ordered[name] for name in OF_ITEM if name in ordered},
        "productCharacteristic": _characteristics(order, item, address),
        "productOffering": item["productOffering"],
        "productPrice": item.get("itemPrice", []),
        "productTerm": item.get("itemTerm", []),
        CHOICES: item.get(CHOICES, {}),
        "agreement": [{"id": agreement["id"], "name": agreement["name"], "@referredType": "Agreement"}],
        "relatedParty": [*parties_of(order, item)],
        "productOrderItem": [
            {"productOrderId": order_id, "orderItemId": item_id, "orderItemAction": item["action"]}
        ],
        "realizingService": [{"id": id_of(order_id, item_id, "service"), "@referredType": "Service"}],
        "orderDate": order["orderDate"],
    }
    account = item.get("billingAccount") or order.get("billingAccount")
    if account:
        given["billingAccount"] = account
    start = order.get("requestedStartDate")
    begins = max(
        filter(None, (_start(agreement), parse_instant(str(start)) if start else None)), default=None
    )
    if begins and begins > now:
        given["startDate"] = shortened(begins)
    if end_of(agreement):
        given["terminationDate"] = shortened(end_of(agreement))
    return made(PRODUCT, given, id_of(order_id, item_id, "product"), now)


def service_of(product: JsonObject, now: Instant) -> JsonObject:
    """The service that carries a product, designed and not active yet."""
    name = str(product.get("name") or "Access")
    given: JsonObject = {
        "name": name,
        "category": "CFS",
        "state": "designed",
        "isServiceEnabled": False,
        "hasStarted": False,
        "serviceSpecification": {"name": name, "@referredType": "ServiceSpecification"},
        "serviceCharacteristic": product["productCharacteristic"],
        "relatedParty": product["relatedParty"],
        "relatedEntity": [{"id": product["id"], "role": "product", "@referredType": "Product"}],
    }
    service = objects_in(product["realizingService"])[0]
    return made(SERVICE, given, str(service["id"]), now)


def active(product: JsonObject, now: Instant) -> JsonObject:
    """The product, active from now on, or from the moment on that was agreed; one whose provider has to hand
    over the credentials waits for them."""
    return moved(product, "pendingActive" if is_handed_over(product) else "active", now, "")


def has_access(item: Mapping[str, Json]) -> bool:
    """Whether what was ordered is reached over this node."""
    grant = declared(cast("JsonObject", item["product"]), str)
    return bool(grant.types or grant.endpoint)


def _characteristics(order: JsonObject, item: JsonObject, address: str) -> list[Json]:
    """Those that were chosen, the purposes that the terms allow, and where the access is."""
    product = cast("JsonObject", item["product"])
    said = objects_in(product["productCharacteristic"])
    found: list[Json] = [*said]
    names = {str(each["name"]) for each in said}
    terms = terms_of({"productOfferingTerm": item.get("itemTerm")})
    if terms is not None and terms.purposes and "purpose" not in names:
        found.append({"name": "purpose", "value": [*terms.purposes]})
    if not has_access(item):
        return found
    order_id, item_id = str(order["id"]), str(item["id"])
    path = "/ngsi-ld/v1" if "entityTypes" in names else f"/through/{id_of(order_id, item_id, 'product')}"
    return [
        *found,
        {"name": CLIENT, "value": client_of(order_id, item_id)},
        {"name": "tokenUrl", "value": f"{address}/oauth/token"},
        {"name": "accessUrl", "value": f"{address}{path}"},
    ]


def _start(agreement: JsonObject) -> Instant | None:
    period = cast("JsonObject", agreement["agreementPeriod"])
    return parse_instant(str(period["startDateTime"]))
