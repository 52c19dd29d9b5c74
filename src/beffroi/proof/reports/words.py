"""The words of the reports, read from `words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias, cast

from beffroi.proof.verdict import Outcome

Language: TypeAlias = Literal["en", "fr"]

SYMBOLS: Mapping[Outcome, str] = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✕",
    Outcome.INCONCLUSIVE: "?",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.ATTEST: "✎",
    Outcome.ADVICE: "!",
}


@cache
def words(lang: Language) -> Mapping[str, str]:
    """
    >>> words("fr")["PASS"]
    'Satisfait'
    """
    text = files("beffroi.proof.reports").joinpath("words.toml").read_text("utf-8")
    return cast(Mapping[str, Mapping[str, str]], tomllib.loads(text))[lang]
