"""A comparison as one web page that needs nothing else and runs nothing: for the file of the tender."""

from __future__ import annotations

from beffroi.proof.comparison.comparing import Comparison
from beffroi.proof.comparison.words import counts_said, result_said, words
from beffroi.proof.kept import Language
from beffroi.proof.page_template import page_template
from beffroi.proof.reports.page import clean


def comparison_html(comparison: Comparison, lang: Language) -> str:
    """The page in English (`en`) or French (`fr`)."""
    return page_template("beffroi.proof.comparison").render(
        lang=lang,
        w=words(lang),
        c=comparison,
        clean=clean,
        result_said=result_said(comparison, lang),
        counts_said=counts_said(comparison, lang),
    )
