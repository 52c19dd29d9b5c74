"""Choose the text of a language map that fits a reader best (clause 4.15, RFC 4647, RFC 9110)."""

import re
from collections.abc import Mapping
from functools import lru_cache

from beffroi.broker.rules.names import bad
from beffroi.kernel.json import Json

DEFAULT = "@none"

LONGEST_FILTER = 1_000

_TAG = r"(?:\*|[A-Za-z]{1,8})(?:-(?:\*|[A-Za-z0-9]{1,8}))*"
_WEIGHT = r"[ \t]*;[ \t]*q=(?:0(?:\.\d*)?|1(?:\.0*)?)"
_RANGE = re.compile(f"{_TAG}(?:{_WEIGHT})?", re.ASCII)


def best_language(languages: Mapping[str, str | list[str]], asked: str) -> tuple[str, Json]:
    """The tag that fits `asked` best, and its text. With no fitting one: the default, then any.

    >>> best_language({"en": "Town hall", "fr": "Mairie"}, "fr-CH,en;q=0.5")
    ('fr', 'Mairie')
    """
    for wanted in preferences(asked):
        for tag, text in languages.items():
            if _fits(tag, wanted):
                return tag, text  # type: ignore[return-value]
    tag = DEFAULT if DEFAULT in languages else next(iter(languages), DEFAULT)
    return tag, languages.get(tag, "")  # type: ignore[return-value]


def check_language_filter(asked: str) -> str:
    """Return `asked` if it is a language filter: ranges (RFC 4647) with or without weights (RFC 9110).

    >>> check_language_filter("fr-CH,fr;q=0.9, *;q=0.5")
    'fr-CH,fr;q=0.9, *;q=0.5'
    >>> check_language_filter("en!")
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The lang has 'en!', which is no language tag with or without a weight.
    """
    if len(asked) > LONGEST_FILTER:
        bad(f"The lang has {len(asked):,} characters; at most {LONGEST_FILTER:,} are read.")
    for part in asked.split(","):
        if _RANGE.fullmatch(part.strip(" \t")) is None:
            bad(f"The lang has '{part.strip()[:50]}', which is no language tag with or without a weight.")
    return asked


@lru_cache(maxsize=256)
def preferences(asked: str) -> tuple[str, ...]:
    """The language ranges of a lang parameter, best first, each followed by its shorter forms.

    >>> preferences("fr-CH,fr;q=0.9,en;q=0.8,*;q=0.5")
    ('fr-ch', 'fr', 'en')
    """
    ranges: list[tuple[float, str]] = []
    for part in asked.split(",")[:50]:
        tag, _, weight = part.strip().partition(";")
        quality = weight.strip().removeprefix("q=") or "1"
        try:
            ranges.append((-float(quality), tag.strip().lower()))
        except ValueError:
            bad(f"The language range '{part.strip()[:50]}' has no readable weight.")
    ranges.sort(key=lambda pair: pair[0])
    found: dict[str, None] = {}
    for _, tag in ranges:
        if tag == "*":
            break
        found.update({tag: None, **{tag[:n]: None for n, c in enumerate(tag) if c == "-"}})
    return tuple(found)


def _fits(tag: str, wanted: str) -> bool:
    tag = tag.lower()
    return tag == wanted or tag.startswith(wanted + "-")
