"""TMF638 Service Inventory Management, version 4.0.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents import machines
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("638", "serviceInventory", "Service Inventory Management")

SERVICE = Resource(
    API,
    "service",
    members=shapes(
        text="category description name serviceType startMode state",
        flag="hasStarted isBundle isServiceEnabled isStateful",
        moment="endDate serviceDate startDate",
        object="serviceSpecification",
        list="feature note place relatedEntity relatedParty serviceCharacteristic "
        "serviceOrderItem serviceRelationship supportingResource supportingService",
    ),
    required=("serviceSpecification",),
    defaults={"isBundle": False},
    made=("serviceDate",),
    references={
        "relatedParty": PARTIES,
        "serviceSpecification": ("serviceSpecification",),
        "supportingService": ("service",),
        "serviceRelationship.service": ("service",),
    },
    machine=machines.SERVICE,
    events=events("Service"),
    writes="operate",
)
RESOURCES = (SERVICE,)
