"""TMF651 Agreement Management, version 4.0.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("651", "agreementManagement", "Agreement Management")

AGREEMENT = Resource(
    API,
    "agreement",
    members=shapes(
        text="agreementType description name statementOfIntent status version",
        moment="initialDate",
        object="agreementPeriod agreementSpecification completionDate",
        list="agreementAuthorization agreementItem associatedAgreement characteristic engagedParty",
    ),
    required=("name", "agreementType", "engagedParty", "agreementItem"),
    defaults={"version": "1.0"},
    fixed=frozenset({"completionDate"}),
    made=("initialDate",),
    references={
        "engagedParty": PARTIES,
        "agreementSpecification": ("agreementSpecification",),
        "associatedAgreement": ("agreement",),
        "agreementItem.productOffering": ("productOffering",),
        "agreementItem.product": ("product",),
    },
    state="status",
    events=events("Agreement"),
    parties=("engagedParty.id",),
)
AGREEMENT_SPECIFICATION = Resource(
    API,
    "agreementSpecification",
    members=shapes(
        text="description lifecycleStatus name version",
        flag="isBundle",
        moment="lastUpdate",
        object="serviceCategory validFor",
        list="attachment relatedParty specificationCharacteristic specificationRelationship",
    ),
    required=("name", "attachment"),
    defaults={"lifecycleStatus": "In study", "version": "1.0", "isBundle": False},
    touched=("lastUpdate",),
    references={
        "relatedParty": PARTIES,
    },
    state="lifecycleStatus",
    events=events("AgreementSpecification"),
    public=True,
)
RESOURCES = (AGREEMENT, AGREEMENT_SPECIFICATION)
