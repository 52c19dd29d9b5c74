"""A catalogue of what a small city serves and sells."""

from beffroi.kernel.geometry import Box
from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.market.rules.dcat.catalogue import Contents
from beffroi.market.rules.dcat.dataset import Served
from beffroi.market.rules.dcat.nodes import About
from beffroi.market.rules.dcat.offer import Offered, offered_from
from beffroi.market.rules.terms.data_use_term import OwnLicence, Terms, term_element

BASE = "https://data.city.example"
AT = Instant("2026-11-22T12:00:00.000000Z")
SQUARE: JsonObject = {
    "type": "Polygon",
    "coordinates": [[[3.0, 50.6], [3.1, 50.6], [3.1, 50.7], [3.0, 50.7], [3.0, 50.6]]],
}
ABOUT = About(
    BASE,
    "Sample City",
    "data@city.example",
    "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0",
)
BIKES = Served(
    "BikeHireDockingStation", "https://smartdatamodels.org/dataModel.Transportation/BikeHireDockingStation",
    "BikeHireDockingStation", {"en": "Bike stations", "fr": "Stations de vélos"}, Box(3.0, 50.6, 3.1, 50.7), AT, AT, 60.0,
)  # fmt: skip
ODD = Served("urn:own:Thing é", "urn:own:Thing é", "urn:own:Thing é", {})
SPECIFICATION: JsonObject = {
    "id": "spec-1",
    "productSpecCharacteristic": [
        {"name": "entityTypes", "productSpecCharacteristicValue": [{"value": ["BikeHireDockingStation"]}]},
        {"name": "area", "productSpecCharacteristicValue": [{"value": SQUARE}]},
        {
            "name": "quota",
            "productSpecCharacteristicValue": [
                {"value": [{"metric": "requests", "amount": 1000, "period": "day"}]}
            ],
        },
    ],
}
TERMS = Terms("ODbL-1.0", ("research",), ("FR",), AT, duration=(12, "month"))
OFFERING: JsonObject = {
    "id": "offer-1", "name": "Live bikes", "description": "Bikes as they come.", "lifecycleStatus": "Active",
    "lastUpdate": "2026-11-20T08:00:00Z", "productSpecification": {"id": "spec-1"}, "productOfferingTerm": [term_element(TERMS)],
    "relatedParty": [{"id": "the firm", "role": "Seller"}],
}  # fmt: skip
BOTH = (("fr", "Conditions de la ville", "Soyez gentils."), ("en", "City terms", "Be kind."))
OWN_TERMS = Terms(OwnLicence("City terms", "Be kind.", translation=BOTH), resale=True)


def offered() -> list[Offered]:
    own: JsonObject = {**OFFERING, "id": "offer-2", "productOfferingTerm": [term_element(OWN_TERMS)]}
    bare: JsonObject = {"id": "offer-3", "lifecycleStatus": "Launched"}
    return [offered_from(OFFERING, SPECIFICATION), offered_from(own, None), offered_from(bare, None)]


CONTENTS = Contents([BIKES, ODD], offered())
QUOTA = Quota("requests", 1000, "day")
