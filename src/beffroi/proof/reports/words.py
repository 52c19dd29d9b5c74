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


def words(lang: Language) -> Mapping[str, str]:
    """The words of the reports in English (`en`) or French (`fr`)."""
    return kept_words("beffroi.proof.reports", lang)
