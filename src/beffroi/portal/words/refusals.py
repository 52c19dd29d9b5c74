"""Sentences that refuse, in a visitor's language (`refusals.toml`): found by their pattern, values filled in.

The sentences are made where something is refused, in English, and go out so in every standard's shape;
pages say them in their own language where the table has them.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple, Protocol, TypeAlias, cast

import re2

LONGEST: Final = 2_000
"""Characters of a sentence that is looked up; a longer one stays as it is."""

_Table: TypeAlias = Mapping[str, Mapping[str, str]]


class _Match(Protocol):
    def groups(self) -> tuple[str, ...]: ...


class _Saying(NamedTuple):
    fits: Callable[[str], _Match | None]
    said: str


def said_in(language: str, sentence: str) -> str | None:
    """The sentence in this language; None where the table does not have it.

    >>> said_in("fr", "There is no account 'ada'.")
    'Il n’y a pas de compte «\\xa0ada\\xa0».'
    """
    if len(sentence) > LONGEST:
        return None
    for saying in _sayings(language):
        match = saying.fits(sentence)
        if match is not None:
            return saying.said.format(*match.groups())
    return None


@cache
def patterns(language: str) -> Mapping[str, str]:
    """The table as it is written: English patterns, and what they become."""
    text = files("beffroi.portal.words").joinpath("refusals.toml").read_text("utf-8")
    return cast("_Table", cast("object", tomllib.loads(text))).get(language, {})


@cache
def _sayings(language: str) -> tuple[_Saying, ...]:
    """The most particular first: the one with most words of its own."""
    table = patterns(language)
    return tuple(
        _Saying(_fits(pattern), table[pattern])
        for pattern in sorted(table, key=lambda pattern: (pattern.count("{}"), -len(pattern)))
    )


def _fits(pattern: str) -> Callable[[str], _Match | None]:
    """Whether a sentence has this pattern, in linear time: values may be a visitor's own words."""
    text = "(?s)" + "(.*?)".join(re.escape(part) for part in pattern.split("{}"))
    compiled = cast("_Re2", cast("object", re2)).compile(text)
    return compiled.fullmatch


class _Compiled(Protocol):
    def fullmatch(self, text: str) -> _Match | None: ...


class _Re2(Protocol):
    def compile(self, text: str) -> _Compiled: ...
