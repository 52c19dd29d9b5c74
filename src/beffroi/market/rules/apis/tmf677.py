"""TMF677 Usage Consumption, version 4.0.1."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("677", "usageConsumption", "Usage Consumption", "4.0.1")

QUERY_USAGE_CONSUMPTION = Resource(
    API,
    "queryUsageConsumption",
    frozenset({"GET", "POST", "DELETE"}),
    members=shapes(
        moment="queryUsageConsumptionDate",
        object="searchCriteria",
        list="partyAccount relatedParty usageConsumption",
    ),
    defaults={"usageConsumption": []},
    fixed=frozenset({"usageConsumption"}),
    made=("queryUsageConsumptionDate",),
    references={
        "relatedParty": PARTIES,
        "partyAccount": ("partyAccount", "billingAccount"),
    },
    events=events("QueryUsageConsumption", "create delete state"),
)
RESOURCES = (QUERY_USAGE_CONSUMPTION,)
