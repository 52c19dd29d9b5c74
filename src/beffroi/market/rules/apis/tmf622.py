"""TMF622 Product Ordering, version 4.0.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents import machines
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("622", "productOrderingManagement", "Product Ordering")

PRODUCT_ORDER = Resource(
    API,
    "productOrder",
    members=shapes(
        text="cancellationReason category description externalId notificationContact priority state",
        moment="cancellationDate completionDate expectedCompletionDate orderDate "
        "requestedCompletionDate requestedStartDate",
        object="billingAccount",
        list="agreement channel note orderTotalPrice payment productOfferingQualification "
        "productOrderItem quote relatedParty",
    ),
    required=("productOrderItem",),
    fixed=frozenset(
        {"completionDate", "expectedCompletionDate", "cancellationDate", "cancelProductOrder", "placedBy"}
    ),
    constant=frozenset({"relatedParty"}),
    made=("orderDate",),
    references={
        "relatedParty": PARTIES,
        "billingAccount": ("billingAccount",),
        "agreement": ("agreement",),
        "quote": ("quote",),
        "productOrderItem.billingAccount": ("billingAccount",),
        "productOrderItem.product": ("product",),
    },
    machine=machines.PRODUCT_ORDER,
    events=events("ProductOrder"),
)
CANCEL_PRODUCT_ORDER = Resource(
    API,
    "cancelProductOrder",
    frozenset({"GET", "POST"}),
    members=shapes(
        text="cancellationReason state",
        moment="effectiveCancellationDate requestedCancellationDate",
        object="productOrder",
    ),
    required=("productOrder",),
    fixed=frozenset({"effectiveCancellationDate"}),
    references={
        "productOrder": ("productOrder",),
    },
    machine=machines.CANCEL_TASK,
    events=events("CancelProductOrder", "create state"),
)
RESOURCES = (PRODUCT_ORDER, CANCEL_PRODUCT_ORDER)
