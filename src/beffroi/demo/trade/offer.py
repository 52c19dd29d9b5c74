"""What the second city sells: its live bike and charging data, with a price, terms and a service level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.demo.talk import Talk, Unexpected, reason_in
from beffroi.kernel.json import Json, JsonObject

CATALOGUE: Final = "/tmf-api/productCatalogManagement/v4"
PARTIES: Final = "/tmf-api/party/v4"
TYPES: Final = ("BikeHireDockingStation", "EVChargingStation")
NAME: Final = "Live bikes and charging points (simulated)"
FREE_REQUESTS: Final = 20
FRESH_WITHIN_S: Final = 15
VAT: Final[list[Json]] = [{"taxCategory": "S", "taxRate": 20}]
CLAIMED: Final = 5
"""How many of the proven requirements the offering claims."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What was published: ids of the offering and of who sells it, the requirements that it claims, and the
    one for whose claim it was refused before."""

    id: str
    seller: str
    claims: tuple[str, ...]
    refused: str


async def publish(talk: Talk, city: str, proven: Sequence[str], unproven: Sequence[str]) -> Offer:
    """Publish the offering; first with a claim that was not proved, which has to be refused."""
    seller = str((await talk.make(f"{PARTIES}/organization", _organization(city)))["id"])
    parties: list[Json] = [{"id": seller, "role": "seller", "@referredType": "Organization"}]
    specification = await talk.make(f"{CATALOGUE}/productSpecification", _specification(parties))
    prices = [await talk.make(f"{CATALOGUE}/productOfferingPrice", price) for price in _prices()]
    body = _offering(specification, prices, parties)
    endpoint = f"{talk.address}/ngsi-ld/v1"
    claims, more = tuple(proven[:CLAIMED]), unproven[0]
    refused = await talk.post(f"{CATALOGUE}/productOffering", _claiming(body, endpoint, (*claims, more)))
    if refused.status != 409 or more not in reason_in(refused):
        raise Unexpected(
            f"An offering that claims '{more}' without proof was answered with {refused.status}."
        )
    made = await talk.make(f"{CATALOGUE}/productOffering", _claiming(body, endpoint, claims))
    return Offer(str(made["id"]), seller, claims, more)


def _organization(city: str) -> JsonObject:
    """A seller that an invoice can name; the numbers are of the right form and belong to nobody."""
    terms = {
        "latePayment": "Trois fois le taux d'intérêt légal (simulé)",
        "recoveryFee": "40 € (simulé)",
        "earlyPayment": "Pas d'escompte (simulé)",
    }
    return {
        "tradingName": city,
        "isLegalEntity": True,
        "organizationIdentification": [
            {"identificationType": "SIRET", "identificationId": "00000000000000"},
            {"identificationType": "VAT", "identificationId": "FR12000000000"},
        ],
        "contactMedium": [address("1 place de la Simulation", "00000", "Rivebelle")],
        "partyCharacteristic": [{"name": name, "value": text} for name, text in terms.items()],
    }


def address(street: str, post_code: str, town: str) -> JsonObject:
    """A postal address in TMF632's words."""
    where: JsonObject = {"street1": street, "postCode": post_code, "city": town, "country": "FR"}
    return {"mediumType": "postalAddress", "characteristic": where}


def _specification(parties: list[Json]) -> JsonObject:
    sold: dict[str, tuple[str, Json]] = {
        "entityTypes": ("array", [*TYPES]),
        "live": ("boolean", True),
        "rateLimit": ("number", 50),
        "quota": ("array", [{"metric": "requests", "amount": 10_000, "period": "month"}]),
    }
    return {
        "name": NAME,
        "lifecycleStatus": "Active",
        "relatedParty": parties,
        "productSpecCharacteristic": [_characteristic(name, *value) for name, value in sold.items()],
    }


def _characteristic(name: str, kind: str, value: Json) -> JsonObject:
    return {"name": name, "valueType": kind, "productSpecCharacteristicValue": [{"value": value}]}


def _prices() -> list[JsonObject]:
    monthly: JsonObject = {
        "name": "Access to live data",
        "translation": {"fr": {"name": "Accès aux données en direct"}},
        "priceType": "recurring-postpaid",
        "price": {"unit": "EUR", "value": 30},
        "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1,
    }
    per_request: JsonObject = {
        "name": "Requests",
        "translation": {"fr": {"name": "Requêtes"}},
        "priceType": "usage",
        "unitOfMeasure": {"amount": 1, "units": "request"},
        "tier": [
            {"upTo": FREE_REQUESTS, "price": {"unit": "EUR", "value": 0}},
            {"price": {"unit": "EUR", "value": 0.02}},
        ],
    }
    return [{**price, "lifecycleStatus": "Active", "tax": VAT} for price in (monthly, per_request)]


def _offering(specification: JsonObject, prices: Sequence[JsonObject], parties: list[Json]) -> JsonObject:
    return {
        "name": NAME,
        "description": "Free bikes, docks and charging points, as they change. Everything is made up.",
        "translation": {
            "fr": {
                "name": "Vélos et points de charge en direct (simulés)",
                "description": "Vélos, places et points de charge libres, en direct. Tout est inventé.",
            },
            "en": {},
        },
        "lifecycleStatus": "Active",
        "productSpecification": {"id": specification["id"], "name": NAME},
        "productOfferingPrice": [{"id": price["id"], "name": price["name"]} for price in prices],
        "productOfferingTerm": [_terms(), _service_level()],
        "relatedParty": parties,
    }


def _terms() -> JsonObject:
    return {
        "@type": "DataUseTerm",
        "name": "Terms of use",
        "licence": {"spdxId": "ODbL-1.0"},
        "region": ["EU"],
        "resale": False,
        "personalData": "none",
        "duration": {"amount": 12, "units": "month"},
    }


def _service_level() -> JsonObject:
    def objective(metric: str, target: float, **more: Json) -> JsonObject:
        tiers: list[Json] = [{"below": target, "percent": 10}, {"below": 50, "percent": 25}]
        return {"metric": metric, "target": target, "credit": tiers, **more}

    return {
        "@type": "ServiceLevelTerm",
        "name": "Service level",
        "objective": [
            objective("availability", 99.5),
            objective("freshness", 99, withinSeconds=FRESH_WITHIN_S),
        ],
        "greatestCredit": 30,
    }


def _claiming(offering: JsonObject, endpoint: str, claims: Sequence[str]) -> JsonObject:
    used = [
        _characteristic("mimRequirements", "array", [*claims]),
        _characteristic("endpointUrl", "string", endpoint),
    ]
    return {**offering, "prodSpecCharValueUse": [*used]}
