"""Sentences that refuse, in a visitor's language (`refusals*.toml`), found by their pattern.

The sentences are made where something is refused, in English, and go out so in every standard's shape;
pages say them in their own language where a table has them. A value stands in the saying as it was, `{0}`,
or is said itself: `{0:word}`, `{0:value}`, `{0:member}`, `{0:members}`, `{0:reasons}`, `{0:sentence}`,
`{0:subject}`, `{0:cause}`.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from beffroi.portal.words.reasons import member_in, members_in, reasons_in, word_in
from beffroi.portal.words.sayings import Saying, first_said, sayings, table

LONGEST: Final = 4_000
"""Characters of a sentence that is looked up; a longer one stays as it is."""

_FIELD: Final = re.compile(r"([A-Za-z]\w{0,99}): ")
"""The attribute that a sentence of a record is about: `location: 'x' is not a place.`"""

LONGEST_WITHIN: Final = 500
"""Characters of a sentence within another one; each may hold the next."""

MARKET: Final = "refusals_market.toml"
SOURCES: Final = "refusals_sources.toml"
OUTBOUND: Final = "refusals_outbound.toml"
TABLES: Final = (
    "refusals.toml", MARKET, "refusals_network.toml", "refusals_solutions.toml", "refusals_files.toml",
    SOURCES, OUTBOUND,
)  # fmt: skip


def said_in(language: str, sentence: str) -> str | None:
    """The sentence in this language; None where the table does not have it.

    >>> said_in("fr", "There is no account 'ada'.")
    'Il n’y a pas de compte «\\xa0ada\\xa0».'
    """
    if len(sentence) > LONGEST:
        return None
    field = _FIELD.match(sentence)
    if field is not None:
        said = first_said(_sayings(language), sentence[field.end() :], language, _WAYS)
        if said is not None:
            return f"{field[1]}\u00a0: {said}"
    return first_said(_sayings(language), sentence, language, _WAYS)


@cache
def patterns(language: str) -> Mapping[str, str]:
    """The tables as they are written: English patterns, and what they become."""
    return {pattern: said for name in TABLES for pattern, said in table(name, language).items()}


@cache
def _sayings(language: str) -> tuple[Saying, ...]:
    return sayings(patterns(language))


def _sentence_in(language: str, sentence: str) -> str:
    """A sentence within a sentence; as it is where no table has it: another node may have said it."""
    said = said_in(language, sentence) if len(sentence) <= LONGEST_WITHIN else None
    return sentence if said is None else said


def subject_in(language: str, subject: str) -> str:
    """What a sentence is about: one or several of the sayings of subjects; others as they are.

    >>> subject_in("fr", "The price 'Bikes'")
    'Le prix «\\xa0Bikes\\xa0»'
    """
    known = _subjects(language)
    said = first_said(known, subject, language, {})
    if said is not None or ". " not in subject:
        return subject if said is None else said
    pieces = (f"{piece.rstrip('.')}." for piece in subject.split(". "))
    return " ".join(first_said(known, piece, language, {}) or piece for piece in pieces)


@cache
def _subjects(language: str) -> tuple[Saying, ...]:
    return sayings(table(MARKET, f"{language}-subjects"))


def cause_in(language: str, cause: str) -> str:
    """Why another server is not reached, as the operating system, the HTTP client or we say it; as it is
    where no table has it.

    >>> cause_in("fr", "Server disconnected")
    'le serveur a coupé la connexion'
    """
    said = first_said(_causes(language), cause, language, {})
    return _sentence_in(language, cause) if said is None else said


@cache
def _causes(language: str) -> tuple[Saying, ...]:
    return sayings(table(OUTBOUND, f"{language}-causes"))


def value_in(language: str, value: str) -> str:
    """A foreign value as a sentence has it: quoted, as it is; else what it is said to be.

    >>> value_in("fr", "an object"), value_in("fr", "'x'")
    ('un objet', "'x'")
    """
    return first_said(_values(language), value, language, {}) or value


@cache
def _values(language: str) -> tuple[Saying, ...]:
    return sayings(table(SOURCES, f"{language}-values"))


_WAYS: Final[Mapping[str, Callable[[str, str], str | None]]] = {
    "word": word_in,
    "value": value_in,
    "member": member_in,
    "members": members_in,
    "reasons": reasons_in,
    "sentence": _sentence_in,
    "subject": subject_in,
    "cause": cause_in,
}
