"""A comparison as one web page that needs nothing else and runs nothing: for the file of the tender."""

from __future__ import annotations

from functools import cache

import jinja2

from beffroi.proof.comparison.comparing import Comparison
from beffroi.proof.comparison.words import Language, counts_said, result_said, words
from beffroi.proof.reports.page import clean


def comparison_html(comparison: Comparison, lang: Language) -> str:
    """The page in English (`en`) or French (`fr`)."""
    return _template().render(
        lang=lang,
        w=words(lang),
        c=comparison,
        clean=clean,
        result_said=result_said(comparison, lang),
        counts_said=counts_said(comparison, lang),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("beffroi.proof.comparison", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
