"""What the codes of a check's report are called on the pages."""

from typing import Final

from beffroi.portal.words.language import Language

OUTCOME_CLASSES: Final = {
    "PASS": "good",
    "FAIL": "bad",
    "INCONCLUSIVE": "unsure",
    "ATTEST": "attest",
    "N/A": "none",
}
FAMILIES: Final = {"ogcapi": "OGC API Features", "ogc": "OGC API Features", "ngsi-ld": "NGSI-LD"}


def outcome_name(language: Language, outcome: str) -> str:
    say = language.say
    names = {
        "PASS": say("met"),
        "FAIL": say("not met"),
        "INCONCLUSIVE": say("not certain"),
        "ATTEST": say("to be attested"),
        "N/A": say("does not apply"),
    }
    return names.get(outcome, outcome)


def level_name(language: Language, level: str) -> str:
    say = language.say
    names = {
        "NONE": say("Nothing could be judged"),
        "INITIAL": say("Initial level"),
        "PARTIAL": say("Partial level"),
        "FULL": say("Full level"),
    }
    return names.get(level, level)


def family_name(language: Language, family: str) -> str:
    return FAMILIES.get(family, family) or language.say("no known interface")
