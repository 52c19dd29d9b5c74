"""The words of the reports, read from `words.toml`."""

from __future__ import annotations

from collections.abc import Mapping

from beffroi.proof.kept import Language, kept_words
from beffroi.proof.verdict import Outcome

SYMBOLS: Mapping[Outcome, str] = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✕",
    Outcome.INCONCLUSIVE: "?",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.ATTEST: "✎",
    Outcome.ADVICE: "!",
}


_ANSWERED = frozenset({"unended", "cut-short", "too-large", "bad-answer"})
"""Failures of an address where something answers."""


def silence_said(failure: str, lang: Language) -> tuple[str, str]:
    """Of an address without a whole answer: why, as the rest of a sentence that begins with it; what to do.

    >>> silence_said("timeout", "en")[0]
    'nothing answers there in time.'
    """
    said = words(lang)
    advice = said["silent_advice_answered" if failure in _ANSWERED else "silent_advice"]
    return said.get(f"silent_{failure}", said["silent"]), advice


def failure_said(failure: str, lang: Language) -> str:
    """Why one request has no answer, in a few words.

    >>> failure_said("unended", "en")
    'the answer did not end in time'
    """
    said = words(lang)
    return said.get(f"failed_{failure}", said["failed"])


def words(lang: Language) -> Mapping[str, str]:
    """The words of the reports in English (`en`) or French (`fr`)."""
    return kept_words("beffroi.proof.reports", lang)
