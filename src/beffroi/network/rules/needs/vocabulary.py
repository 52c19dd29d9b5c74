"""The words that a need is sorted by: domains, levels and the three questions of SCIFI."""

from collections.abc import Mapping
from typing import Final

DOMAINS: Final[Mapping[str, tuple[str, str]]] = {
    "mobility": ("Mobility", "Mobilité"),
    "environment": ("Environment and climate", "Environnement et climat"),
    "energy": ("Energy", "Énergie"),
    "water": ("Water", "Eau"),
    "waste": ("Waste", "Déchets"),
    "buildings": ("Buildings and housing", "Bâtiments et logement"),
    "safety": ("Safety", "Sécurité"),
    "participation": ("Participation and services to citizens", "Participation et services aux habitants"),
    "health": ("Health and social life", "Santé et vie sociale"),
    "culture": ("Culture, tourism and sport", "Culture, tourisme et sport"),
    "economy": ("Economy and employment", "Économie et emploi"),
    "data": ("Data and administration", "Données et administration"),
}
"""Code, and its label in English and in French."""

QUESTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "desirability": ("Do people want it?", "Est-ce souhaité ?"),
    "applicability": ("Can a solution be used here?", "Une solution est-elle applicable ici ?"),
    "feasibility": (
        "Is there data, money and political backing?",
        "Y a-t-il données, moyens et portage politique ?",
    ),
}
"""What a city asks of a need before it makes a challenge of it, as SCIFI did."""

LEVELS: Final[tuple[tuple[str, str], ...]] = (
    ("not known", "non connu"),
    ("little", "peu"),
    ("partly", "en partie"),
    ("largely", "largement"),
    ("fully", "pleinement"),
)
"""What the levels 0 to 4 mean."""
