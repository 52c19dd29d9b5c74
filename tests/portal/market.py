"""A simulated market: offers of a simulated city and a simulated firm, and what hostile people would offer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.portal.city import HOSTILE, made_up_check
from tests.portal.node import Node, make_node

from beffroi.kernel.json import Json, JsonObject

SQUARE: JsonObject = {
    "type": "Polygon",
    "coordinates": [[[3.03, 50.61], [3.09, 50.61], [3.09, 50.65], [3.03, 50.65], [3.03, 50.61]]],
}
SOUND = "https://sound.example.org/ogcapi"
TAX: Json = [{"taxCategory": "S", "taxRate": 20}]
FILLERS = 24


@contextmanager
def make_market(**settings: Any) -> Iterator[Node]:
    """A node with a simulated city and its market filled."""
    with make_node(**settings) as node:
        open_market(node)
        yield node


def open_market(node: Node) -> None:
    """Fill the market of a node: parties, prices, specifications, offerings, checks of their endpoints."""
    for id, name in (("city", "Ville simulée"), ("firm", "Société simulée"), ("buyer", "Acheteur simulé")):
        keep(node, "organization", {"id": id, "tradingName": name, "status": "initialized"})
    for id, name in (("mobility", "Mobilité"), ("energy", "Énergie")):
        keep(node, "category", {"id": id, "name": name, "lifecycleStatus": "Active"})
    for price in _prices():
        keep(node, "productOfferingPrice", {"lifecycleStatus": "Active", **price})
    for specification, offering in (*_offers(), *map(_filler, range(1, FILLERS + 1))):
        keep(node, "productSpecification", specification)
        keep(node, "productOffering", offering)
    _measure(node)
    sound = made_up_check(SOUND)
    sound["verdicts"] = [one for one in _objects(sound["verdicts"]) if one["outcome"] != "FAIL"]
    node.keep("check", "check-4", sound)
    checks: list[Any] = [{"id": f"check-{n}", "url": f"https://{n}.example"} for n in (1, 2, 3)]
    checks[0]["url"] = "http://portal.example.org/ogcapi"
    node.keep("check-list", "all", {"checks": [*checks, {"id": "check-4", "url": f"{SOUND}/"}]})


def _measure(node: Node) -> None:
    """Hours of the bikes' availability, as the monitor keeps them: one outage of half an hour."""
    today = node.clock()[:10]
    hours: JsonObject = {
        f"{n:02}": {
            "probes": 60,
            "interval": 60,
            "counts": {"availability": [30 if n == 3 else 60, 30 * (n == 3)]},
        }
        for n in range(24)
    }
    node.keep("level", f"bikes|{today}", {"hours": hours})
    counts: JsonObject = {"availability": [1410, 30], "freshness": [1000, 0]}
    node.keep("watch", "bikes", {"month": today[:7], "last": node.clock(), "counts": counts})


PROMISE: JsonObject = {
    "@type": "ServiceLevelTerm",
    "objective": [
        {"metric": "availability", "target": 99, "credit": [{"below": 99, "percent": 5}]},
        {"metric": "freshness", "target": 90, "withinSeconds": 600},
    ],
}


def keep(node: Node, name: str, body: JsonObject) -> None:
    """Store a document as it is."""
    node.keep(f"tmf:{name}", str(body["id"]), body)


def _prices() -> list[JsonObject]:
    month: JsonObject = {"recurringChargePeriodType": "month", "tax": TAX}
    tiers: Json = [
        {"upTo": 10_000, "price": {"unit": "EUR", "value": 0.5}},
        {"price": {"unit": "EUR", "value": 0.2}},
    ]
    use: JsonObject = {"unitOfMeasure": {"amount": 1000, "units": "request"}, "tier": tiers, "tax": TAX}
    return [
        {"id": "monthly", "name": "Abonnement", "priceType": "recurring-prepaid", "price": euro(30), **month},
        {"id": "calls", "name": "Requêtes", "priceType": "usage", **use},
        {"id": "once", "name": "Mise en route", "priceType": "one time", "price": euro(250), "tax": TAX},
        {"id": "free", "name": "Gratuit", "priceType": "free"},
        {"id": "broken", "name": "Prix sans montant", "priceType": "one time"},
    ]


def euro(value: float) -> JsonObject:
    return {"unit": "EUR", "value": value}


def _offers() -> list[tuple[JsonObject, JsonObject]]:
    quota: JsonObject = {"metric": "requests", "amount": 1000, "period": "day"}
    bikes = _pair(
        "bikes", "Vélos en direct (simulés)", "city", "mobility", ["monthly", "calls"], "ODbL-1.0",
        entityTypes=["BikeHireDockingStation"], attributes=["name", "availableBikeNumber", "status", "location"],
        area=SQUARE, live=True, quota=[quota], endpointUrl=SOUND, mimRequirements=["0.C1.R1.1"],
    )  # fmt: skip
    chargers = _pair(
        "chargers", "Bornes de recharge (simulées)", "city", "energy", ["free"], "etalab-2.0",
        entityTypes=["EVChargingStation"], sample=True, endpointUrl="http://portal.example.org/ogcapi",
        mimRequirements=["0.C2.R2.1", "9.C9.R9.9"],
    )  # fmt: skip
    service = _pair(
        "forecast", "Prévision de charge (service simulé)", "firm", "energy", ["once", "calls"], None,
        endpointUrl="https://service.example.org/api", access="gate",
    )  # fmt: skip
    hostile = _pair(
        "evil&1", HOSTILE, "firm", "mobility", ["once"], "CC-BY-4.0",
        entityTypes=["Evil"], attributes=["name", "status"],
    )  # fmt: skip
    hostile[1]["description"] = HOSTILE
    unpriced = _pair(
        "unpriced", "Offre sans montant (simulée)", "firm", "mobility", ["broken"], "CC-BY-4.0", entityTypes=["Evil"],
    )  # fmt: skip
    bikes[1]["productOfferingTerm"] = [*_objects(bikes[1]["productOfferingTerm"]), PROMISE]
    bikes[1]["approval"] = "manual"
    draft = _pair("draft", "Brouillon simulé", "city", "energy", ["free"], "CC0-1.0")
    retired = _pair("retired", "Ancienne offre simulée", "city", "energy", ["free"], "CC0-1.0")
    draft[1]["lifecycleStatus"], retired[1]["lifecycleStatus"] = "In study", "Retired"
    return [bikes, chargers, service, hostile, unpriced, draft, retired]


def _filler(number: int) -> tuple[JsonObject, JsonObject]:
    return _pair(
        f"lamps-{number}", f"Éclairage simulé, quartier {number:02}", "city", "energy", ["once"], "CC-BY-4.0",
        entityTypes=["Streetlight"],
    )  # fmt: skip


def _pair(
    id: str, name: str, seller: str, category: str, prices: list[str], licence: str | None, **what: Any
) -> tuple[JsonObject, JsonObject]:
    """A specification and its offering."""
    stated: Json = [
        {"name": each, "productSpecCharacteristicValue": [{"value": value}]} for each, value in what.items()
    ]
    own: JsonObject = {"name": "Conditions simulées", "text": "À utiliser avec soin ; texte simulé."}
    terms: JsonObject = {
        "@type": "DataUseTerm",
        "name": "Terms of use",
        "licence": {"spdxId": licence} if licence else own,
        "purpose": ["research", "mobility-service"] if id == "bikes" else [],
        "duration": {"amount": 12, "units": "month"},
    }
    specification: JsonObject = {"id": f"{id}-spec", "name": name, "productSpecCharacteristic": stated}
    offering: JsonObject = {
        "id": id,
        "name": name,
        "description": "Données simulées pour les essais : rien ici ne décrit une ville réelle.",
        "lifecycleStatus": "Active",
        "isSellable": True,
        "productSpecification": {"id": f"{id}-spec"},
        "productOfferingPrice": [{"id": each} for each in prices],
        "category": [{"id": category}],
        "relatedParty": [{"id": seller, "role": "seller", "@referredType": "Organization"}],
        "productOfferingTerm": [terms],
    }
    return specification, offering


def _objects(value: Any) -> list[dict[str, Any]]:
    return list(value)
