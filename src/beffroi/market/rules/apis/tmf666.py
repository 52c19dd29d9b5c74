"""TMF666 Account Management, version 4.0.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("666", "accountManagement", "Account Management")

PARTY_ACCOUNT = Resource(
    API,
    "partyAccount",
    members=shapes(
        text="accountType description name paymentStatus state",
        moment="lastModified",
        object="billStructure creditLimit defaultPaymentMethod financialAccount",
        list="accountBalance accountRelationship contact paymentPlan relatedParty taxExemption",
    ),
    required=("name", "relatedParty"),
    touched=("lastModified",),
    references={
        "relatedParty": PARTIES,
        "financialAccount": ("financialAccount",),
        "billStructure.format": ("billFormat",),
        "billStructure.presentationMedia": ("billPresentationMedia",),
        "billStructure.cycleSpecification": ("billingCycleSpecification",),
    },
    state="state",
    events=events("PartyAccount", "change state"),
)
BILLING_ACCOUNT = Resource(
    API,
    "billingAccount",
    members=shapes(
        text="accountType description name paymentStatus state",
        moment="lastModified",
        object="billStructure creditLimit defaultPaymentMethod financialAccount",
        list="accountBalance accountRelationship contact paymentPlan relatedParty taxExemption",
    ),
    required=("name", "relatedParty"),
    touched=("lastModified",),
    references={
        "relatedParty": PARTIES,
        "financialAccount": ("financialAccount",),
        "billStructure.format": ("billFormat",),
        "billStructure.presentationMedia": ("billPresentationMedia",),
        "billStructure.cycleSpecification": ("billingCycleSpecification",),
    },
    state="state",
    events=events("BillingAccount", "change state"),
)
SETTLEMENT_ACCOUNT = Resource(
    API,
    "settlementAccount",
    members=shapes(
        text="accountType description name paymentStatus state",
        moment="lastModified",
        object="billStructure creditLimit defaultPaymentMethod financialAccount",
        list="accountBalance accountRelationship contact paymentPlan relatedParty taxExemption",
    ),
    required=("name", "relatedParty"),
    touched=("lastModified",),
    references={
        "relatedParty": PARTIES,
        "financialAccount": ("financialAccount",),
        "billStructure.format": ("billFormat",),
        "billStructure.presentationMedia": ("billPresentationMedia",),
        "billStructure.cycleSpecification": ("billingCycleSpecification",),
    },
    state="state",
    events=events("SettlementAccount", "change state"),
)
FINANCIAL_ACCOUNT = Resource(
    API,
    "financialAccount",
    members=shapes(
        text="accountType description name state",
        moment="lastModified",
        object="creditLimit",
        list="accountBalance accountRelationship contact relatedParty taxExemption",
    ),
    required=("name",),
    touched=("lastModified",),
    references={
        "relatedParty": PARTIES,
    },
    state="state",
    events=events("FinancialAccount"),
)
BILLING_CYCLE_SPECIFICATION = Resource(
    API,
    "billingCycleSpecification",
    members=shapes(
        text="billingPeriod description frequency name",
        number="billingDateShift chargeDateOffset creditDateOffset mailingDateOffset paymentDueDateOffset",
        object="validFor",
    ),
    required=("name",),
    public=True,
    writes="operate",
)
BILL_FORMAT = Resource(
    API,
    "billFormat",
    members=shapes(
        text="description name",
    ),
    required=("name",),
    public=True,
    writes="operate",
)
BILL_PRESENTATION_MEDIA = Resource(
    API,
    "billPresentationMedia",
    members=shapes(
        text="description name",
    ),
    required=("name",),
    public=True,
    writes="operate",
)
RESOURCES = (
    PARTY_ACCOUNT,
    BILLING_ACCOUNT,
    SETTLEMENT_ACCOUNT,
    FINANCIAL_ACCOUNT,
    BILLING_CYCLE_SPECIFICATION,
    BILL_FORMAT,
    BILL_PRESENTATION_MEDIA,
)
