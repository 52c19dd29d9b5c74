"""TMF678 Customer Bill Management, version 4.0.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents import machines
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("678", "customerBillManagement", "Customer Bill Management")

_BILL = shapes(
    text="billNo category runType state",
    moment="billDate lastUpdate nextBillDate paymentDueDate",
    object="amountDue billingAccount billingPeriod financialAccount paymentMethod remainingAmount "
    "taxExcludedAmount taxIncludedAmount",
    list="appliedPayment billDocument relatedParty taxItem",
)
CUSTOMER_BILL = Resource(
    API,
    "customerBill",
    frozenset({"GET", "PATCH"}),
    members=_BILL,
    fixed=frozenset(_BILL) - {"state", "lastUpdate"},
    touched=("lastUpdate",),
    machine=machines.BILL,
    events=events("CustomerBill", "create state"),
    writes="operate",
)
APPLIED_CUSTOMER_BILLING_RATE = Resource(
    API,
    "appliedCustomerBillingRate",
    frozenset({"GET"}),
    members=shapes(
        text="description name type",
        flag="isBilled",
        moment="date",
        object="bill billingAccount periodCoverage product taxExcludedAmount taxIncludedAmount",
        list="appliedTax characteristic",
    ),
)
CUSTOMER_BILL_ON_DEMAND = Resource(
    API,
    "customerBillOnDemand",
    frozenset({"GET", "POST"}),
    members=shapes(
        text="description name state",
        moment="lastUpdate",
        object="billingAccount customerBill relatedParty",
    ),
    fixed=frozenset({"customerBill"}),
    touched=("lastUpdate",),
    references={
        "billingAccount": ("billingAccount",),
        "relatedParty": PARTIES,
    },
    machine=machines.BILL_ON_DEMAND,
    events=events("CustomerBillOnDemand", "create state"),
)
RESOURCES = (CUSTOMER_BILL, APPLIED_CUSTOMER_BILLING_RATE, CUSTOMER_BILL_ON_DEMAND)
