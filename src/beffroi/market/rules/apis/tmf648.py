"""TMF648 Quote Management, version 4.0.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents import machines
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("648", "quoteManagement", "Quote Management")

QUOTE = Resource(
    API,
    "quote",
    members=shapes(
        text="category description externalId version state",
        flag="instantSyncQuote",
        moment="effectiveQuoteCompletionDate expectedFulfillmentStartDate "
        "expectedQuoteCompletionDate quoteDate requestedQuoteCompletionDate",
        object="validFor",
        list="agreement authorization billingAccount contactMedium note "
        "productOfferingQualification quoteItem quoteTotalPrice relatedParty",
    ),
    required=("quoteItem",),
    defaults={"version": "1"},
    fixed=frozenset({"effectiveQuoteCompletionDate"}),
    made=("quoteDate",),
    references={
        "relatedParty": PARTIES,
        "billingAccount": ("billingAccount",),
        "agreement": ("agreement",),
        "quoteItem.productOffering": ("productOffering",),
        "quoteItem.product": ("product",),
    },
    machine=machines.QUOTE,
    events=events("Quote"),
)
RESOURCES = (QUOTE,)
