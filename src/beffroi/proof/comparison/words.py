"""The words of a comparison, read from `words.toml`; and the sentences that both reports begin with."""

from __future__ import annotations

from collections.abc import Mapping

from beffroi.proof.clauses.evidence import Standing
from beffroi.proof.comparison.comparing import Comparison, Result
from beffroi.proof.kept import Language, kept_words


def words(lang: Language) -> Mapping[str, str]:
    """The words in English (`en`) or French (`fr`)."""
    return kept_words("beffroi.proof.comparison", lang)


def result_said(comparison: Comparison, lang: Language) -> str:
    """What the result means."""
    offline = comparison.result is Result.HOLDS and not comparison.repeated
    return words(lang)[f"said_{comparison.result}{'_offline' if offline else ''}"]


def counts_said(comparison: Comparison, lang: Language) -> str:
    """How many clauses are fulfilled, are not, are open."""
    if comparison.fulfilled:
        return words(lang)["fulfilled"]
    of = [row.standing for row in comparison.rows]
    return words(lang)["not_fulfilled"].format(
        count=len(of),
        fulfilled=of.count(Standing.FULFILLED),
        failed=of.count(Standing.FAILED),
        open=of.count(Standing.OPEN),
    )
