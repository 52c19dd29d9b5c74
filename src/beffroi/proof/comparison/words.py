"""The words of a comparison, read from `words.toml`; and the sentences that both reports begin with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias, cast

from beffroi.proof.clauses.evidence import Standing
from beffroi.proof.comparison.comparing import Comparison, Result

Language: TypeAlias = Literal["en", "fr"]


@cache
def words(lang: Language) -> Mapping[str, str]:
    """The words in English (`en`) or French (`fr`)."""
    text = files("beffroi.proof.comparison").joinpath("words.toml").read_text("utf-8")
    return cast("dict[str, dict[str, str]]", tomllib.loads(text))[lang]


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
