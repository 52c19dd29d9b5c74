"""What domains of needs, the questions about them and their levels are called."""

from beffroi.network.rules.needs.vocabulary import DOMAINS, LEVELS, QUESTIONS
from beffroi.portal.words.language import Language


def domain_names(language: Language) -> dict[str, str]:
    """The domains by their codes."""
    return {code: names[_at(language)] for code, names in DOMAINS.items()}


def question_names(language: Language) -> dict[str, str]:
    """The questions by their codes."""
    return {code: names[_at(language)] for code, names in QUESTIONS.items()}


def level_names(language: Language) -> list[str]:
    """The levels, the lowest first."""
    return [names[_at(language)] for names in LEVELS]


def _at(language: Language) -> int:
    return 1 if language.code == "fr" else 0
