"""What is wrong with a document, in a visitor's language (`reasons.toml`): each member, and why a JSON Schema
or the table of a strategy refuses it."""

import re
from functools import cache
from typing import Final

from beffroi.portal.words.sayings import Saying, Ways, first_said, sayings, table

MOST_PIECES: Final = 50
"""Pieces between semicolons that are looked at: values may have some of their own."""

_TABLE: Final = "reasons.toml"
_MEMBER: Final = re.compile(r"'([^']*)': (.*)", re.DOTALL)


def reasons_in(language: str, text: str) -> str | None:
    """Reasons with semicolons between them; None if one of them is not known.

    >>> reasons_in("fr", "'title': 5 was expected; 'domain': 6 was expected")
    '«\\xa0titre\\xa0»\\xa0: il faut 5\\xa0; «\\xa0domaine\\xa0»\\xa0: il faut 6'
    """
    pieces = text.split("; ")
    if len(pieces) > MOST_PIECES:
        return None
    said = list[str]()
    while pieces:
        found = _first_reason(language, pieces)
        if found is None:
            return None
        reason, count = found
        said.append(reason)
        pieces = pieces[count:]
    return "\u00a0; ".join(said)


def member_in(language: str, path: str) -> str:
    """A member as the forms call it; members of lists are counted from 1.

    >>> member_in("fr", "criteria.0.weight")
    'critères › 1 › poids'
    """
    names = table(_TABLE, f"{language}-members")
    return " › ".join(
        str(int(name) + 1) if name.isascii() and name.isdigit() else names.get(name, name)
        for name in path.split(".")
    )


def members_in(language: str, names: str) -> str:
    """The members that something lacks: `title, no calendar`."""
    return ", ".join(member_in(language, name) for name in names.split(", no "))


def word_in(language: str, word: str) -> str:
    """A kind of document, a state or a sort; as it is where the table does not have it."""
    return table(_TABLE, f"{language}-words").get(word, word)


def _first_reason(language: str, pieces: list[str]) -> tuple[str, int] | None:
    """What the first pieces say, and how many they are: a value may have a semicolon, yet names no member."""
    for count in range(1, len(pieces) + 1):
        if count > 1 and _MEMBER.fullmatch(pieces[count - 1]):
            return None
        reason = _reason_in(language, "; ".join(pieces[:count]))
        if reason is not None:
            return reason, count
    return None


def _reason_in(language: str, reason: str) -> str | None:
    named = _MEMBER.fullmatch(reason)
    if named is None:
        return first_said(_sayings(language), reason, language, _WAYS)
    why = first_said(_sayings(language), named[2], language, _WAYS)
    return None if why is None else f"«\u00a0{member_in(language, named[1])}\u00a0»\u00a0: {why}"


def _value_in(_: str, value: str) -> str:
    """A JSON value; texts in the quotes of the language.

    >>> _value_in("fr", '"x"'), _value_in("fr", "5")
    ('«\\xa0x\\xa0»', '5')
    """
    text = len(value) >= 2 and value[0] == value[-1] == '"'
    return f"«\u00a0{value[1:-1]}\u00a0»" if text else value


def _choices_in(language: str, choices: str) -> str:
    """The texts that are allowed: `"a", "b" or "c"`."""
    words = [word_in(language, word) for word in re.findall(r'"([^"]*)"', choices)]
    more = re.search(r" or (\d+) other candidates$", choices)
    return ", ".join([*words, f"{more[1]}\u00a0autres" if more else ""]).removesuffix(", ")


_WAYS: Final[Ways] = {"word": word_in, "member": member_in, "value": _value_in, "choices": _choices_in}


@cache
def _sayings(language: str) -> tuple[Saying, ...]:
    return sayings(table(_TABLE, language))
