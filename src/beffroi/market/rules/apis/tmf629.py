"""TMF629 Customer Management, version 4.0.0."""

from beffroi.market.rules.apis.named import ACCOUNTS, PARTIES
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("629", "customerManagement", "Customer Management")

CUSTOMER = Resource(
    API,
    "customer",
    members=shapes(
        text="name status statusReason",
        object="engagedParty validFor",
        list="account agreement characteristic contactMedium creditProfile paymentMethod relatedParty",
    ),
    required=("name", "engagedParty"),
    references={
        "engagedParty": PARTIES,
        "relatedParty": PARTIES,
        "account": ACCOUNTS,
        "agreement": ("agreement",),
    },
    state="status",
    events=events("Customer"),
    parties=("engagedParty.id", "relatedParty.id"),
)
RESOURCES = (CUSTOMER,)
