"""TMF632 Party, version 4.0.0."""

from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.documents import machines
from beffroi.market.rules.documents.resource import Api, Resource, events, shapes

API = Api("632", "party", "Party")

INDIVIDUAL = Resource(
    API,
    "individual",
    members=shapes(
        text="aristocraticTitle countryOfBirth familyName familyNamePrefix formattedName "
        "fullName gender generation givenName legalName location maritalStatus middleName "
        "nationality placeOfBirth preferredGivenName title status",
        moment="birthDate deathDate",
        list="contactMedium creditRating disability externalReference individualIdentification "
        "languageAbility otherName partyCharacteristic relatedParty skill "
        "taxExemptionCertificate",
    ),
    required=("givenName", "familyName"),
    references={
        "relatedParty": PARTIES,
    },
    machine=machines.INDIVIDUAL,
    events=events("Individual"),
    parties=("id", "relatedParty.id"),
)
ORGANIZATION = Resource(
    API,
    "organization",
    members=shapes(
        text="name nameType organizationType tradingName status",
        flag="isHeadOffice isLegalEntity",
        object="existsDuring organizationParentRelationship",
        list="contactMedium creditRating externalReference organizationChildRelationship "
        "organizationIdentification otherName partyCharacteristic relatedParty "
        "taxExemptionCertificate",
    ),
    required=("tradingName",),
    references={
        "relatedParty": PARTIES,
    },
    machine=machines.ORGANIZATION,
    events=events("Organization"),
    parties=("id", "relatedParty.id"),
)
RESOURCES = (INDIVIDUAL, ORGANIZATION)
