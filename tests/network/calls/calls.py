"""A simulated call, and firms that apply for it."""

from typing import Any

from beffroi.kernel.instant import Instant

CALL: dict[str, Any] = {
    "title": "Stationnement : voir les places libres de Bourgneuf",
    "language": "fr",
    "challenge": "Bourgneuf et Nieuwdam cherchent un guidage vers les places libres. Écrire à achats@bourgneuf.example avant le 1er mars 2027. Budget : 40 000 EUR.",
    "domain": "mobility",
    "needs": ["did:web:bourgneuf.example/needs/1"],
    "cities": [
        {
            "id": "did:web:bourgneuf.example",
            "name": "Ville de Bourgneuf",
            "contact": "Camille Ferrand",
            "address": "12 place des Tilleuls",
        },
        {"id": "did:web:nieuwdam.example", "name": "Stad Nieuwdam"},
    ],
    "criteria": [
        {"id": "quality", "name": "Qualité du service", "weight": 50},
        {"id": "price", "name": "Prix", "weight": 30},
        {"id": "open", "name": "Interopérabilité", "weight": 20},
    ],
    "calendar": {
        "zone": "Europe/Paris",
        "opens": "2027-01-04T09:00:00+01:00",
        "questions": "2027-02-01T12:00:00+01:00",
        "closes": "2027-03-01T12:00:00+01:00",
        "decides": "2027-04-01T12:00:00+02:00",
    },
    "budget": {"currency": "EUR", "from": "15000", "to": "40000"},
    "eligibility": ["Personne morale de l'Union européenne"],
    "requirements": {"rules": "dev-2026-06", "ids": ["MIM1-R1", "MIM2-R3"]},
    "contract": "Le prestataire livre à Bourgneuf, 12 place des Tilleuls, contact Camille Ferrand.",
    "place": "Bourgneuf",
    "simulated": True,
}

BEFORE = Instant("2026-12-20T10:00:00.000000Z")
DURING = Instant("2027-01-10T10:00:00.000000Z")
AFTER = Instant("2027-03-01T11:00:00.000000Z")
"""The very moment at which the call closes."""

LATER = Instant("2027-03-20T10:00:00.000000Z")

APPLICATION: dict[str, Any] = {
    "firm": "Parkwise (simulated)",
    "language": "en",
    "summary": "A simulated service.",
    "answers": {"quality": "Good.", "price": "Low.", "open": "NGSI-LD."},
    "price": {"currency": "EUR", "amount": "24000.00"},
    "eligible": True,
    "simulated": True,
}
