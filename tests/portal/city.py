"""A made-up city in NGSI-LD: bikes, chargers, air, lamps, a park, and what hostile people would send."""

from math import cos, sin
from random import Random

from beffroi.kernel.json import JsonObject

CENTRE = (3.06, 50.63)
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&{{7*7}}"
SIMULATED = {"type": "Property", "value": "Simulated city (made up)"}


def made_up_city(chance: Random, stations: int = 60, lamps: int = 120) -> list[JsonObject]:
    """The city's entities; `chance` decides where things stand."""
    made = [_station(chance, number) for number in range(1, stations + 1)]
    made += [_charger(chance, number) for number in range(1, 31)]
    made += [_sensor(chance, number) for number in range(1, 9)]
    made += [_lamp(chance, number) for number in range(1, lamps + 1)]
    made.append(_park())
    return made


def hostile_entity() -> JsonObject:
    """An entity whose every text tries to become markup."""
    return {
        "id": "urn:ngsi-ld:Evil:%3Cscript%3E",
        "type": "Evil",
        "name": {"type": "Property", "value": HOSTILE},
        "status": {"type": "Property", "value": HOSTILE},
        "homepage": {"type": "Property", "value": "javascript:alert(1)"},
        "level": {"type": "Property", "value": 3, "unitCode": "<b>"},
        "refersTo": {"type": "Relationship", "object": "javascript:alert(1)"},
        "notes": {"type": "Property", "value": {"</script>": HOSTILE}},
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [3.061, 50.631]},
        },
    }


def bikes_at(number: int, bikes: int, moment: str) -> JsonObject:
    """A fragment: so many bikes at a station."""
    return {
        "availableBikeNumber": {"type": "Property", "value": bikes, "observedAt": moment},
        "freeSlotNumber": {"type": "Property", "value": 20 - bikes, "observedAt": moment},
    }


def _place(chance: Random, spread: float = 1.0) -> JsonObject:
    angle, far = chance.random() * 6.283, spread * chance.random() ** 0.7
    east, north = CENTRE[0] + 0.05 * far * cos(angle), CENTRE[1] + 0.032 * far * sin(angle)
    point: JsonObject = {"type": "Point", "coordinates": [round(east, 5), round(north, 5)]}
    return {"type": "GeoProperty", "value": point}


def _station(chance: Random, number: int) -> JsonObject:
    bikes = chance.randint(0, 20)
    return {
        "id": f"urn:ngsi-ld:BikeHireDockingStation:sim-{number:03}",
        "type": "BikeHireDockingStation",
        "name": {"type": "Property", "value": f"Place Élise n° {number}"},
        "address": {
            "type": "Property",
            "value": {"streetAddress": f"{number} rue Simulée", "addressLocality": "Simville"},
        },
        **bikes_at(number, bikes, "2026-11-22T12:59:00Z"),
        "totalSlotNumber": {"type": "Property", "value": 20},
        "status": {"type": "Property", "value": "working" if number % 9 else "outOfService"},
        "dataProvider": SIMULATED,
        "refNeighbour": {
            "type": "Relationship",
            "object": f"urn:ngsi-ld:BikeHireDockingStation:sim-{number % 60 + 1:03}",
        },
        "location": _place(chance),
    }


def _charger(chance: Random, number: int) -> JsonObject:
    return {
        "id": f"urn:ngsi-ld:EVChargingStation:sim-{number:03}",
        "type": "EVChargingStation",
        "name": {
            "type": "LanguageProperty",
            "languageMap": {"fr": f"Borne {number}", "en": f"Point {number}"},
        },
        "status": {"type": "Property", "value": ["working", "charging", "outOfService", "free"][number % 4]},
        "power": {"type": "Property", "value": [7.4, 22, 50, 150][number % 4], "unitCode": "KWT"},
        "dataProvider": SIMULATED,
        "location": _place(chance),
    }


def _sensor(chance: Random, number: int) -> JsonObject:
    observed = "2026-11-22T12:45:00Z"
    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:sim-{number}",
        "type": "AirQualityObserved",
        "name": {"type": "Property", "value": f"Capteur {number}"},
        "NO2": {
            "type": "Property",
            "value": round(12 + 30 * chance.random(), 1),
            "unitCode": "GQ",
            "observedAt": observed,
            "accuracy": {"type": "Property", "value": 0.5, "unitCode": "GQ"},
        },
        "temperature": {
            "type": "Property",
            "value": round(6 + 3 * chance.random(), 1),
            "unitCode": "CEL",
            "observedAt": observed,
        },
        "location": _place(chance, 0.9),
    }


def _lamp(chance: Random, number: int) -> JsonObject:
    return {
        "id": f"urn:ngsi-ld:Streetlight:sim-{number:04}",
        "type": "Streetlight",
        "name": {"type": "Property", "value": f"Lampe {number}"},
        "powerState": {"type": "Property", "value": "on" if chance.random() < 0.7 else "off"},
        "lampPower": {"type": "Property", "value": chance.choice([40, 60, 90]), "unitCode": "WTT"},
        "location": _place(chance, 1.1),
    }


def _park() -> JsonObject:
    ring = [[3.045, 50.642], [3.053, 50.642], [3.053, 50.637], [3.045, 50.637], [3.045, 50.642]]
    area: JsonObject = {"type": "Polygon", "coordinates": [ring]}
    return {
        "id": "urn:ngsi-ld:Garden:sim-1",
        "type": "https://example.org/models#Garden",
        "name": {"type": "Property", "value": "Jardin simulé"},
        "location": {"type": "GeoProperty", "value": area},
    }
