"""Which characters XML 1.0 can write (section 2.2): few below the space, and neither U+FFFE nor U+FFFF."""

import re
from typing import Final

from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem

_UNWRITABLE: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAY_HOLD_ONE: Final = re.compile(rb"\\(?:[bf]|u00[01]|u[fF]{3}[eEfF])|\xef\xbf[\xbe\xbf]")
"""How JSON writes them; an escaped backslash may look like one."""


def writable(text: str) -> str:
    """The text as XML can write it, U+FFFD in the place of what it cannot.

    >>> writable("Ville\\x01 de\\tLille")
    'Ville\ufffd de\\tLille'
    """
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def all_writable(value: Json) -> Json:
    """A value whose texts and names XML can write all."""
    match value:
        case str():
            return writable(value)
        case list():
            return [all_writable(each) for each in value]
        case dict():
            return {writable(name): all_writable(each) for name, each in value.items()}
        case _:
            return value


def may_hold_unwritable(text: bytes) -> bool:
    """Whether JSON as written may hold such a character; quick, because it is asked of every body."""
    return _MAY_HOLD_ONE.search(text) is not None


def check_writable(value: Json) -> None:
    """Raise Problem(BadRequestData) for a document that holds such a character: invoices and RDF/XML are
    written of what documents say."""
    found = unwritable_in(value)
    if found is not None:
        name, character = found
        raise Problem(
            BadRequestData,
            f"The member '{name[:100]}' holds the character {character}, which XML cannot write.",
        )


def unwritable_in(value: Json, name: str = "") -> tuple[str, str] | None:
    """The first such character of a value: the path of the member that holds it, and its number.

    >>> unwritable_in({"contactMedium": [{"city": "Li\\x0blle"}]})
    ('contactMedium.0.city', 'U+000B')
    """
    match value:
        case str():
            found = _UNWRITABLE.search(value)
            return (writable(name), f"U+{ord(found[0]):04X}") if found else None
        case list():
            inner = [(str(place), each) for place, each in enumerate(value)]
        case dict():
            inner = list(value.items())
        case _:
            return None
    for own, each in inner:
        path = f"{name}.{own}" if name else own
        found_there = unwritable_in(own, path) or unwritable_in(each, path)
        if found_there is not None:
            return found_there
    return None
