"""A made-up city in NGSI-LD: bikes, chargers, air, lamps, a park, and what hostile people would send."""

from math import cos, sin
from random import Random

from beffroi.kernel.json import Json, JsonObject

CENTRE = (3.06, 50.63)
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&{{7*7}}"
SIMULATED: JsonObject = {"type": "Property", "value": "Simulated city (made up)"}


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
        "chargingState": {
            "type": "Property",
            "value": ["available", "charging", "outOfService", "occupied"][number % 4],
        },
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
    ring: list[Json] = [[3.045, 50.642], [3.053, 50.642], [3.053, 50.637], [3.045, 50.637], [3.045, 50.642]]
    area: JsonObject = {"type": "Polygon", "coordinates": [ring]}
    return {
        "id": "urn:ngsi-ld:Garden:sim-1",
        "type": "https://example.org/models#Garden",
        "name": {"type": "Property", "value": "Jardin simulé"},
        "location": {"type": "GeoProperty", "value": area},
    }


def made_up_check(url: str) -> JsonObject:
    """A check as the node keeps it: one requirement met, one not, with hostile words in the evidence."""
    return {
        "format": "beffroi-check/1",
        "url": url,
        "state": "done",
        "mim_set": "dev-2026-06",
        "family": "OGC API Features",
        "base": url,
        "started": "2026-11-22T12:00:00Z",
        "finished": "2026-11-22T12:00:09Z",
        "statement": {
            "level": "INITIAL",
            "testable": 2,
            "passed": 1,
            "failed": 1,
            "inconclusive": 0,
            "not_applicable": 0,
            "attest": 1,
        },
        "verdicts": [
            _verdict("0.C1.R1.1", "PASS", "Data is readable.", "Les données sont lisibles."),
            _verdict("0.C2.R2.1", "FAIL", f"limit=-1 is accepted. {HOSTILE}", "limit=-1 est accepté."),
            _verdict("2.C1.R1.2", "ATTEST", "A person has to say.", "Une personne doit le dire."),
        ],
        "advice": [_verdict("A.1", "ADVICE", "Write a licence.", "Écrire une licence.")],
        "exchanges": [
            {
                "number": 1,
                "at": "2026-11-22T12:00:01Z",
                "method": "GET",
                "url": f"{url}/collections",
                "status": 200,
                "content_type": "application/json",
                "duration_ms": 12,
                "body_sha256": "0" * 64,
                "body_bytes": 120,
                "truncated": False,
                "failure": None,
            }
        ],
    }


def _verdict(requirement: str, outcome: str, en: str, fr: str) -> JsonObject:
    return {
        "requirement": requirement,
        "mim": f"MIM{requirement[0]}",
        "mim_set": "dev-2026-06",
        "level": "SHALL",
        "level_basis": "ours",
        "how": "behaviour",
        "rule": "1",
        "text": {"en": f"Requirement {requirement}", "fr": f"Exigence {requirement}"},
        "outcome": outcome,
        "reason": {"en": en, "fr": fr},
        "repair": {"en": "Repair it.", "fr": "Réparez-le."} if outcome == "FAIL" else None,
        "evidence": [1],
        "decided_by": [],
    }


def made_up_source(name: str, failures: int) -> JsonObject:
    """A source as the sources room keeps it."""
    return {
        "name": name,
        "title": f"Vélos {name}",
        "url": "https://data.example.org/ogcapi",
        "family": "ogc",
        "dataset": "sim:velos",
        "mapping": "lille-bike-stations",
        "interval": 300,
        "lastRun": f"{name}:1",
        "lastAt": "2026-11-22T12:58:00.000000Z",
        "lastState": "stopped" if failures else "completed",
        "failures": failures,
    }


def made_up_run(source: str, failure: str = "") -> JsonObject:
    """A run as the sources room keeps it."""
    return {
        "id": f"{source}:1",
        "source": source,
        "mapping": "lille-bike-stations",
        "type": "BikeHireDockingStation",
        "started": "2026-11-22T12:57:58.000000Z",
        "ended": "2026-11-22T12:58:00.000000Z",
        "state": "stopped" if failure else "completed",
        "read": 1260,
        "new": 3,
        "changed": 44,
        "same": 1211,
        "refused": 2,
        "rejected": 0,
        "failure": failure,
        "warnings": [],
        "reasons": [{"reason": f"No place. {HOSTILE}", "count": 2, "examples": ["velo-7"]}],
        "notes": [],
        "swapped": 17,
        "places": [3.0, 50.6, 3.1, 50.7],
        "whereabouts": "unknown",
        "unused": ["code_insee"],
    }
