"""What the families of sources are called on the pages."""

from beffroi.portal.words.language import Language
from beffroi.sources.rules.dataset import TITLES, Family


def source_family_name(language: Language, family: Family) -> str:
    """The name of a standard is the same everywhere; what a file may be is said."""
    return language.say("CSV, GeoJSON or JSON file") if family == "file" else TITLES[family]
