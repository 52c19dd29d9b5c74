"""TMF633 Service Catalog Management, version 4.0.0."""

from collections.abc import Mapping

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents.resource import Api, Resource, shapes

API = Api("633", "serviceCatalogManagement", "Service Catalog Management")


def _events(type: str) -> Mapping[str, str]:
    """TMF633 calls a change of whatever kind a change."""
    return {"create": f"{type}CreateEvent", "change": f"{type}ChangeEvent", "delete": f"{type}DeleteEvent"}


SERVICE_CATALOG = Resource(
    API,
    "serviceCatalog",
    members=shapes(
        text="description lifecycleStatus name version",
        moment="lastUpdate",
        object="validFor",
        list="category relatedParty",
    ),
    required=("name",),
    defaults={"lifecycleStatus": "In study", "version": "1.0"},
    touched=("lastUpdate",),
    references={
        "category": ("serviceCategory",),
        "relatedParty": PARTIES,
    },
    state="lifecycleStatus",
    events=_events("ServiceCatalog"),
    public=True,
)
SERVICE_CATEGORY = Resource(
    API,
    "serviceCategory",
    members=shapes(
        text="description lifecycleStatus name parentId version",
        flag="isRoot",
        moment="lastUpdate",
        object="validFor",
        list="category serviceCandidate",
    ),
    required=("name",),
    defaults={"lifecycleStatus": "In study", "version": "1.0", "isRoot": True},
    touched=("lastUpdate",),
    references={
        "category": ("serviceCategory",),
        "serviceCandidate": ("serviceCandidate",),
    },
    state="lifecycleStatus",
    events=_events("ServiceCategory"),
    public=True,
)
SERVICE_CANDIDATE = Resource(
    API,
    "serviceCandidate",
    members=shapes(
        text="description lifecycleStatus name version",
        moment="lastUpdate",
        object="serviceSpecification validFor",
        list="category",
    ),
    required=("name", "serviceSpecification"),
    defaults={"lifecycleStatus": "In study", "version": "1.0"},
    touched=("lastUpdate",),
    references={
        "category": ("serviceCategory",),
        "serviceSpecification": ("serviceSpecification",),
    },
    state="lifecycleStatus",
    events=_events("ServiceCandidate"),
    public=True,
)
SERVICE_SPECIFICATION = Resource(
    API,
    "serviceSpecification",
    members=shapes(
        text="description lifecycleStatus name version",
        flag="isBundle",
        moment="lastUpdate",
        object="targetEntitySchema validFor",
        list="attachment constraint entitySpecRelationship featureSpecification relatedParty "
        "resourceSpecification serviceLevelSpecification serviceSpecRelationship "
        "specCharacteristic",
    ),
    required=("name",),
    defaults={"lifecycleStatus": "In study", "version": "1.0", "isBundle": False},
    touched=("lastUpdate",),
    references={
        "relatedParty": PARTIES,
        "serviceLevelSpecification": ("serviceLevelSpecification",),
        "serviceSpecRelationship": ("serviceSpecification",),
    },
    state="lifecycleStatus",
    events=_events("ServiceSpecification"),
    public=True,
)
RESOURCES = (SERVICE_CATALOG, SERVICE_CATEGORY, SERVICE_CANDIDATE, SERVICE_SPECIFICATION)
