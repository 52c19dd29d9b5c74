"""The words of a bill, in English and French."""

from collections.abc import Mapping

LANGUAGES = {"en": "en_GB", "fr": "fr_FR"}
"""Languages of bills, and the locales that write their numbers and dates."""

TERM_NAMES = {"PMD": "Late payment", "PMT": "Recovery costs", "AAB": "Early payment"}
"""What the texts are called that a French invoice has to have, by their codes (UNTDID 4451)."""

_FRENCH: Mapping[str, str] = {
    "Invoice": "Facture",
    "Credit note": "Avoir",
    "Takes back": "Annule la facture",
    "Owed to the buyer": "Dû à l’acheteur",
    "Number": "Numéro",
    "Date of issue": "Date d’émission",
    "Due": "Échéance",
    "Period": "Période",
    "Seller": "Vendeur",
    "Buyer": "Acheteur",
    "VAT number": "N° de TVA",
    "Item": "Désignation",
    "Quantity": "Quantité",
    "Unit price": "Prix unitaire",
    "VAT": "TVA",
    "Amount without tax": "Montant HT",
    "Discount": "Remise",
    "Service credit": "Crédit de service",
    "Total without tax": "Total HT",
    "Tax": "TVA",
    "of": "sur",
    "Total with tax": "Total TTC",
    "To be paid": "Net à payer",
    "Account": "Compte",
    "per": "pour",
    "Page": "Page",
    "no tax": "sans TVA",
    "Late payment": "Pénalités de retard",
    "Recovery costs": "Indemnité forfaitaire de recouvrement",
    "Early payment": "Escompte",
    "Service level of": "Niveau de service de",
    "while the product ran": "pendant la durée du produit",
    "promised": "promis",
    "availability": "disponibilité",
    "freshness": "fraîcheur",
    "completeness": "complétude",
}
_UNITS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "one": ("", ""), "day": ("day", "days"), "request": ("request", "requests"),
        "entity": ("entity", "entities"), "notification": ("notification", "notifications"),
        "byte": ("byte", "bytes"),
    },
    "fr": {
        "one": ("", ""), "day": ("jour", "jours"), "request": ("requête", "requêtes"),
        "entity": ("entité", "entités"), "notification": ("notification", "notifications"),
        "byte": ("octet", "octets"), "kB": ("ko", "ko"), "MB": ("Mo", "Mo"), "GB": ("Go", "Go"),
    },
}  # fmt: skip
_REASONS: Mapping[str, tuple[str, str]] = {
    "AE": ("Reverse charge: the buyer owes the tax.", "Autoliquidation."),
    "K": ("Intra-community supply.", "Livraison intracommunautaire."),
    "G": ("Export outside the Union.", "Exportation hors de l’Union."),
    "O": ("Outside the scope of VAT.", "Hors du champ de la TVA."),
    "E": ("Exempt from VAT.", "Exonéré de TVA."),
}


def word(english: str, language: str) -> str:
    """A label.

    >>> word("Due", "fr")
    'Échéance'
    """
    return _FRENCH[english] if language == "fr" else english


def colon(language: str) -> str:
    """What stands between a label and its value."""
    return "\N{NO-BREAK SPACE}: " if language == "fr" else ": "


def unit_word(unit: str, many: bool, language: str) -> str:  # noqa: FBT001
    """A unit, in the singular or the plural.

    >>> unit_word("day", True, "fr")
    'jours'
    """
    return _UNITS[language].get(unit, (unit, unit))[many]


def tax_reason(category: str, language: str) -> str:
    """Why nothing is taken; empty where something is."""
    return _REASONS[category][language == "fr"] if category in _REASONS else ""
