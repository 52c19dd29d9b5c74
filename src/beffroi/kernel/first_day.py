"""The first of a month as French writes it."""

import re
from typing import Final

_FIRST: Final = re.compile(r"(?<!\d)1(?= [^\W\d_])")


def with_first(text: str, language: str) -> str:
    """A date in words, as CLDR writes it, with the ordinal that French has for the first of a month alone.

    >>> with_first("1 novembre 2026", "fr"), with_first("dim. 1 nov.", "fr"), with_first("11 mai 2026", "fr")
    ('1er novembre 2026', 'dim. 1er nov.', '11 mai 2026')
    >>> with_first("1 November 2026", "en")
    '1 November 2026'
    """
    return _FIRST.sub("1er", text, count=1) if language == "fr" else text
