"""The words of DCAT-AP: the JSON-LD context of our catalogue, and concepts of the EU authority tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.offers.translations import in_json_ld

CONTEXT: Final[JsonObject] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

EU: Final = "http://publications.europa.eu/resource/authority/"
IANA: Final = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True, slots=True)
class Concept:
    """One row of an authority table: its IRI, its class, its name, and the table it belongs to."""

    iri: str
    kind: str
    en: str
    fr: str
    scheme: str
    scheme_title: str


def concept_node(concept: Concept) -> JsonObject:
    """The concept as a node, so that a reader needs no other document to know what it is."""
    return {
        "@id": concept.iri,
        "@type": list[Json](dict.fromkeys((concept.kind, "skos:Concept"))),
        "skos:prefLabel": texts(concept.en, concept.fr),
        "skos:inScheme": {"@id": concept.scheme},
    }


def scheme_node(concept: Concept) -> JsonObject:
    return {
        "@id": concept.scheme,
        "@type": "skos:ConceptScheme",
        "dct:title": {"@value": concept.scheme_title, "@language": "en"},
    }


def texts(en: str, fr: str) -> list[Json]:
    """A text in both languages."""
    return in_json_ld({"fr": fr, "en": en})


def _of(table: str, title: str, kind: str) -> Mapping[str, str]:
    return {"scheme": f"{EU}{table}", "scheme_title": title, "kind": kind}


def _language(code: str, en: str, fr: str) -> Concept:
    return Concept(
        f"{EU}language/{code}", en=en, fr=fr, **_of("language", "Language", "dct:LinguisticSystem")
    )


def _theme(code: str, en: str, fr: str) -> Concept:
    return Concept(f"{EU}data-theme/{code}", en=en, fr=fr, **_of("data-theme", "Data theme", "skos:Concept"))


def _frequency(code: str, en: str, fr: str) -> Concept:
    return Concept(f"{EU}frequency/{code}", en=en, fr=fr, **_of("frequency", "Frequency", "dct:Frequency"))


def _file_type(code: str, name: str) -> Concept:
    table = _of("file-type", "File type", "dct:MediaTypeOrExtent")
    return Concept(f"{EU}file-type/{code}", en=name, fr=name, **table)


def _access(code: str, en: str, fr: str) -> Concept:
    table = _of("access-right", "Access right", "dct:RightsStatement")
    return Concept(f"{EU}access-right/{code}", en=en, fr=fr, **table)


FRENCH: Final = _language("FRA", "French", "français")
ENGLISH: Final = _language("ENG", "English", "anglais")

PUBLIC: Final = _access("PUBLIC", "public", "public")
RESTRICTED: Final = _access("RESTRICTED", "restricted", "restreint")

CSV: Final = _file_type("CSV", "CSV")
GEOJSON: Final = _file_type("GEOJSON", "GeoJSON")
JSON_LD: Final = _file_type("JSON_LD", "JSON-LD")

AVAILABLE: Final = Concept(
    f"{EU}planned-availability/AVAILABLE",
    en="available",
    fr="disponible",
    **_of("planned-availability", "Planned availability", "skos:Concept"),
)

LOCAL_AUTHORITY: Final = Concept(
    "http://purl.org/adms/publishertype/LocalAuthority",
    "skos:Concept",
    "Local Authority",
    "Collectivité locale",
    "http://purl.org/adms/publishertype/1.0",
    "Publisher type",
)

TRANSPORT: Final = _theme("TRAN", "Transport", "Transports")
ENVIRONMENT: Final = _theme("ENVI", "Environment", "Environnement")
ENERGY: Final = _theme("ENER", "Energy", "Énergie")
REGIONS: Final = _theme("REGI", "Regions and cities", "Régions et villes")
CULTURE: Final = _theme("EDUC", "Education, culture and sport", "Éducation, culture et sport")
HEALTH: Final = _theme("HEAL", "Health", "Santé")
ECONOMY: Final = _theme("ECON", "Economy and finance", "Économie et finances")
AGRICULTURE: Final = _theme(
    "AGRI", "Agriculture, fisheries, forestry and food", "Agriculture, pêche, sylviculture et alimentation"
)

_WORDS: Final[tuple[tuple[Concept, frozenset[str]], ...]] = (
    (ENERGY, frozenset("charging energy solar photovoltaic meter battery streetlight light power".split())),
    (
        TRANSPORT,
        frozenset("bike parking traffic vehicle transport gtfs road bus mobility crowd arrival".split()),
    ),
    (
        ENVIRONMENT,
        frozenset("air weather noise water waste recycling flower garden tree flood green".split()),
    ),
    (HEALTH, frozenset("health hospital pharmacy".split())),
    (CULTURE, frozenset("school museum library event sport interest".split())),
    (AGRICULTURE, frozenset("agri crop farm parcel".split())),
    (ECONOMY, frozenset("shop market business".split())),
)
"""Words in the names of entity types, and the theme that they speak of; the first that fits counts."""

_PARTS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_FREQUENCIES: Final = (
    (0, _frequency("UPDATE_CONT", "continuously updated", "mise à jour continue")),
    (50, _frequency("1MIN", "every minute", "chaque minute")),
    (200, _frequency("5MIN", "every five minutes", "toutes les 5 minutes")),
    (500, _frequency("10MIN", "every ten minutes", "toutes les 10 minutes")),
    (800, _frequency("15MIN", "every fifteen minutes", "toutes les 15 minutes")),
    (1_500, _frequency("30MIN", "every thirty minutes", "toutes les 30 minutes")),
    (3_000, _frequency("HOURLY", "hourly", "toutes les heures")),
    (12 * 3_000, _frequency("12HRS", "every twelve hours", "toutes les 12 heures")),
    (24 * 3_000, _frequency("DAILY", "daily", "quotidien")),
    (6 * 86_400, _frequency("WEEKLY", "weekly", "hebdomadaire")),
    (27 * 86_400, _frequency("MONTHLY", "monthly", "mensuel")),
)
UNKNOWN_FREQUENCY: Final = _frequency("UNKNOWN", "unknown", "inconnu")


def theme_of(type_name: str) -> Concept:
    """The theme that the short name of an entity type speaks of; regions and cities if of none.

    >>> theme_of("BikeHireDockingStation").en, theme_of("Belfry").en
    ('Transport', 'Regions and cities')
    """
    parts = {part.lower() for part in _PARTS.findall(type_name)}
    return next((theme for theme, words in _WORDS if parts & words), REGIONS)


def frequency_of(seconds: float | None) -> Concept:
    """How often data comes that is read every so many seconds; None where nobody knows.

    >>> frequency_of(60).en, frequency_of(3600).en, frequency_of(None).en
    ('every minute', 'hourly', 'unknown')
    """
    if seconds is None:
        return UNKNOWN_FREQUENCY
    return [concept for least, concept in _FREQUENCIES if seconds >= least][-1]
