"""An offer on the command line: every line of it is in the language of its reader."""

import re
from typing import Any

import pytest

from beffroi.cli.offer_text import AMONG_THE_TERMS, offer_text
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.ordering import Offer
from beffroi.market.rules.offers.publishing import CLAIM
from beffroi.market.rules.offers.saleable import DATA, SAMPLE, SERVICE
from tests.market.prices import monthly
from tests.market.seller import START

VALUES: dict[str, Any] = {
    "entityTypes": ["BikeHireDockingStation", "Unheard"],
    "attributes": ["availableBikeNumber"],
    "area": {"type": "Polygon", "coordinates": []},
    "live": True,
    "history": False,
    "sample": True,
    "rateLimit": 2.5,
    "purpose": ["research"],
    "period": {"startDateTime": "2026-01-01T00:00:00Z"},
    "region": ["FR"],
    "tenant": "school",
    "quota": [{"metric": "requests", "amount": 9, "period": "day"}],
    "endpointUrl": "https://service.example/api",
    "endpointDescription": "https://service.example/openapi",
    "access": "webhook",
    "methods": ["POST"],
    "credentialsUrl": "https://service.example/credentials",
    CLAIM: ["0.C1.R1.1"],
}
PROMISE: JsonObject = {
    "@type": "ServiceLevelTerm",
    "objective": [{"metric": "availability", "target": 99.5, "credit": [{"below": 99.5, "percent": 5}]}],
}
OFFERING: JsonObject = {
    "id": "bikes", "name": "Vélos", "lifecycleStatus": "Active", "orderLimit": {"total": 1200, "perParty": 2},
    "productOfferingTerm": [PROMISE],
}  # fmt: skip
EVERY = [name for name in (*DATA, *SERVICE, SAMPLE, CLAIM) if name not in AMONG_THE_TERMS]


def characteristic(name: str, value: Any) -> Any:
    values = value if isinstance(value, list) else [value]
    return {"name": name, "productSpecCharacteristicValue": [{"value": each} for each in values]}


def lines(code: str, **values: Any) -> list[str]:
    stated = [characteristic(name, value) for name, value in (values or VALUES).items()]
    said = offer_text(Offer(OFFERING, {"productSpecCharacteristic": stated}, [monthly(30)], START), {}, code)
    return [line.replace("\xa0", " ").replace("\u202f", " ").strip() for line in said]


def test_there_is_a_value_for_every_characteristic() -> None:
    assert VALUES.keys() == {*DATA, *SERVICE, SAMPLE, CLAIM}


@pytest.mark.parametrize("name", EVERY)
def test_a_characteristic_is_said_in_the_language_of_the_reader(name: str) -> None:
    french, english = (set(lines(code, **{name: VALUES[name]})) for code in ("fr", "en"))
    nothing = set(lines("fr", purpose=[])) | set(lines("en", purpose=[]))
    own, others = french - nothing, english - nothing
    assert len(own) == len(others) == 1
    assert own.isdisjoint(others)
    assert not re.search(rf"\b({name}|true|false)\b", f"{own} {others}")


def test_what_codes_mean_stands_before_them() -> None:
    said = lines("fr")
    assert "Données : Stations de vélos (BikeHireDockingStation), Unheard" in said
    assert "Attributs : Vélos disponibles (availableBikeNumber)" in said
    assert "Changements en direct : oui" in said
    assert "Le passé : non" in said
    assert "2,5 requêtes par seconde au plus" in said
    assert "En même temps : 1 200 en tout, 2 par acheteur" in said
    assert "Disponibilité ≥ 99,5 % (< 99,5 % : −5 %)" in said
    assert any(line.endswith("· en vente") for line in said)
    assert any(line.startswith("Access : 30,00 € par mois · ") for line in said)


def test_a_limit_that_is_not_set_is_not_said() -> None:
    free = Offer({**OFFERING, "orderLimit": {"perParty": 1}}, {}, [], START)
    assert "  At the same time: 1 for each buyer" in list(offer_text(free, {}, "en"))
    assert not any("same time" in line for line in offer_text(Offer({"id": "x"}, {}, [], START), {}, "en"))


def test_why_nobody_can_order_at_its_prices_is_said_in_the_language_of_the_reader() -> None:
    old = Offer(OFFERING, {}, [{**monthly(30), "lifecycleStatus": "Retired"}], START)
    assert any("has the price 'monthly', which is 'Retired'." in line for line in offer_text(old, {}, "en"))
    (said,) = [line for line in offer_text(old, {}, "fr") if "monthly" in line]
    assert (
        said.replace("\xa0", " ")
        .replace("\u202f", " ")
        .endswith("a le prix « monthly », qui est à l’état « Retired ».")
    )
