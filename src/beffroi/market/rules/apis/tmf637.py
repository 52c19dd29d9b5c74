"""TMF637 Product Inventory, version 4.0.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents import machines
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("637", "productInventory", "Product Inventory")

PRODUCT = Resource(
    API,
    "product",
    members=shapes(
        text="description name productSerialNumber status",
        flag="isBundle isCustomerVisible",
        moment="orderDate startDate terminationDate",
        object="billingAccount productOffering productSpecification",
        list="agreement place product productCharacteristic productOrderItem productPrice "
        "productRelationship productTerm realizingResource realizingService relatedParty",
    ),
    defaults={"isBundle": False, "isCustomerVisible": True},
    references={
        "relatedParty": PARTIES,
        "productOffering": ("productOffering",),
        "productSpecification": ("productSpecification",),
        "billingAccount": ("billingAccount",),
        "agreement": ("agreement",),
        "realizingService": ("service",),
        "productRelationship.product": ("product",),
    },
    machine=machines.PRODUCT,
    events=events("Product"),
)
RESOURCES = (PRODUCT,)
