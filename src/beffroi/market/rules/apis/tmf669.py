"""TMF669 Party Role Management, version 4.0.0."""

from beffroi.market.rules.apis.named import ACCOUNTS, PARTIES
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("669", "partyRoleManagement", "Party Role Management")

PARTY_ROLE = Resource(
    API,
    "partyRole",
    members=shapes(
        text="name status statusReason",
        object="engagedParty validFor",
        list="account agreement characteristic contactMedium creditProfile paymentMethod relatedParty",
    ),
    required=("name",),
    references={
        "engagedParty": PARTIES,
        "relatedParty": PARTIES,
        "account": ACCOUNTS,
        "agreement": ("agreement",),
    },
    state="status",
    events=events("PartyRole"),
    parties=("engagedParty.id", "relatedParty.id"),
)
RESOURCES = (PARTY_ROLE,)
