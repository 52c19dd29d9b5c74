"""TMF657 Service Quality Management, version 4.0.0."""

from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("657", "serviceQualityManagement", "Service Quality Management")

SERVICE_LEVEL_OBJECTIVE = Resource(
    API,
    "serviceLevelObjective",
    members=shapes(
        text="conformanceComparator conformanceTarget graceTimes name thresholdTarget toleranceTarget",
        object="conformancePeriod serviceLevelObjectiveParameter tolerancePeriod validFor",
        list="serviceLevelObjectiveConsequence",
    ),
    required=("conformanceComparator", "conformanceTarget", "serviceLevelObjectiveParameter"),
    events=events("ServiceLevelObjective", "create change delete"),
    public=True,
)
SERVICE_LEVEL_SPECIFICATION = Resource(
    API,
    "serviceLevelSpecification",
    members=shapes(
        text="description name",
        object="validFor",
        list="relatedServiceLevelObjective",
    ),
    required=("name", "relatedServiceLevelObjective"),
    references={
        "relatedServiceLevelObjective": ("serviceLevelObjective",),
    },
    events=events("ServiceLevelSpecification", "create change delete"),
    public=True,
)
RESOURCES = (SERVICE_LEVEL_OBJECTIVE, SERVICE_LEVEL_SPECIFICATION)
