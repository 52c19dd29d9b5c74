"""Reasons in the audit log, in a visitor's language: those that the node writes (`log.toml`), and sentences
that say what became of something."""

from functools import cache

from beffroi.portal.words.refusals import subject_in
from beffroi.portal.words.sayings import Saying, first_said, sayings, table


def logged_in(language: str, reason: str) -> str:
    """A reason; as it is where a person said it.

    >>> logged_in("fr", "In the portal."), logged_in("en", "In the portal."), logged_in("fr", "She joined.")
    ('Dans le portail.', 'In the portal.', 'She joined.')
    """
    said = first_said(_sayings(language), reason, language, {})
    return subject_in(language, reason) if said is None else said


@cache
def _sayings(language: str) -> tuple[Saying, ...]:
    return sayings(table("log.toml", language))
