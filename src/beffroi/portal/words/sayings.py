"""Patterns of English sentences and what each becomes, with its values in their places."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import NamedTuple, Protocol, TypeAlias, cast

import re2

Ways: TypeAlias = Mapping[str, Callable[[str, str], str | None]]
"""How a value is said, by the name after its number: of the language and the value; None if it cannot be."""

_Table: TypeAlias = Mapping[str, Mapping[str, str]]


class _Match(Protocol):
    def groups(self) -> tuple[str, ...]: ...


class Saying(NamedTuple):
    """What has a pattern, and what it becomes: texts, each with the value after it and how that is said."""

    fits: Callable[[str], _Match | None]
    parts: tuple[tuple[str, int | None, str], ...]


@cache
def table(name: str, section: str) -> Mapping[str, str]:
    """A section of a table as it is written; empty if there is none."""
    text = files("beffroi.portal.words").joinpath(name).read_text("utf-8")
    return cast("_Table", cast("object", tomllib.loads(text))).get(section, {})


def sayings(patterns: Mapping[str, str]) -> tuple[Saying, ...]:
    """The most particular first: the one with the most letters of its own."""
    order = sorted(patterns, key=lambda pattern: -len(pattern.replace("{}", "")))
    return tuple(Saying(_fits(pattern), _parts(patterns[pattern])) for pattern in order)


def first_said(known: Iterable[Saying], text: str, language: str, ways: Ways) -> str | None:
    """What the first pattern that fits makes of the text; None without one, or if a value cannot be said."""
    for saying in known:
        match = saying.fits(text)
        if match is not None:
            return _filled(saying, match.groups(), language, ways)
    return None


def _filled(saying: Saying, values: tuple[str, ...], language: str, ways: Ways) -> str | None:
    said = list[str]()
    for text, number, way in saying.parts:
        said.append(text)
        if number is None:
            continue
        value = ways[way](language, values[number]) if way else values[number]
        if value is None:
            return None
        said.append(value)
    return "".join(said)


def _parts(saying: str) -> tuple[tuple[str, int | None, str], ...]:
    return tuple(
        (text, int(field) if field is not None else None, way or "")
        for text, field, way, _ in Formatter().parse(saying)
    )


def _fits(pattern: str) -> Callable[[str], _Match | None]:
    """Whether a text has this pattern, in linear time: values may be a visitor's own words."""
    text = "(?s)" + "(.*?)".join(re.escape(part) for part in pattern.split("{}"))
    compiled = cast("_Re2", cast("object", re2)).compile(text)
    return compiled.fullmatch


class _Compiled(Protocol):
    def fullmatch(self, text: str) -> _Match | None: ...


class _Re2(Protocol):
    def compile(self, text: str) -> _Compiled: ...
