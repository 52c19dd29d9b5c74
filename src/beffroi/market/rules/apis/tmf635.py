"""TMF635 Usage Management, version 4.0.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents import machines
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("635", "usageManagement", "Usage Management")

USAGE = Resource(
    API,
    "usage",
    members=shapes(
        text="description usageType status",
        moment="usageDate",
        object="usageSpecification",
        list="ratedProductUsage relatedParty usageCharacteristic",
    ),
    references={
        "relatedParty": PARTIES,
        "usageSpecification": ("usageSpecification",),
    },
    machine=machines.USAGE,
    events=events("Usage"),
    writes="operate",
    makes="trade",
)
USAGE_SPECIFICATION = Resource(
    API,
    "usageSpecification",
    members=shapes(
        text="description lifecycleStatus name version",
        flag="isBundle",
        moment="lastUpdate",
        object="targetEntitySchema validFor",
        list="attachment constraint entitySpecRelationship relatedParty specCharacteristic",
    ),
    required=("name",),
    defaults={"lifecycleStatus": "In study", "version": "1.0", "isBundle": False},
    touched=("lastUpdate",),
    references={
        "relatedParty": PARTIES,
    },
    state="lifecycleStatus",
    events=events("UsageSpecification", "create change delete"),
    public=True,
)
RESOURCES = (USAGE, USAGE_SPECIFICATION)
