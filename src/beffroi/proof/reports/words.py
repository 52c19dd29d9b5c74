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


def silence_said(failure: str, lang: Language) -> tuple[str, str]:
    """Of an address that never answered: why, as the rest of a sentence that begins with it, and what to do.

    >>> silence_said("timeout", "en")[0]
    'nothing answers there in time.'
    """
    said = words(lang)
    return said.get(f"silent_{failure}", said["silent"]), said["silent_advice"]


def words(lang: Language) -> Mapping[str, str]:
    """The words of the reports in English (`en`) or French (`fr`)."""
    return kept_words("beffroi.proof.reports", lang)
