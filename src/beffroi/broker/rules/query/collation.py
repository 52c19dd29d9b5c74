"""Order texts as people expect (clause 4.23.1: the root collation of UTS 10; tags of RFC 6067).

An approximation without tables of its own: letters are compared first by what they are, then by their
accents, then by case (small before capital), and white space, punctuation, symbols and digits come before
letters, as the root collation of CLDR has it. Letters of other scripts than Latin come in the order of
their code points, which keeps scripts together but is not always their alphabet.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile, groupby
from typing import NamedTuple, NoReturn, TypeAlias

from beffroi.broker.rules.names import bad
from beffroi.kernel.problem import OperationNotSupported, Problem

TextKey: TypeAlias = tuple[tuple[int, ...], ...]

_TAG = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*", re.ASCII)
_AS_ROOT = frozenset("und root ca de en eu fr ga id it lb ms nl oc pt rm sw zu".split())
"""Languages whose standard order is the root collation, whatever the region (CLDR)."""

_OTHERWISE = frozenset({"fr-ca"})
_STRENGTHS = {"level1": 1, "level2": 2, "level3": 3, "level4": 3, "identic": 4}

_FIRST = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
"""The order of ASCII marks in the root collation of CLDR."""

_KINDS = {"Z": 1, "C": 2, "P": 3, "S": 4, "N": 5, "L": 6, "M": 6}
"""The order of the kinds of characters, by the first letter of their general category."""

_SHIFT = 22
"""Bits that the place of a character within its kind takes."""

_DIGIT, _LETTER = _KINDS["N"] << _SHIFT, _KINDS["L"] << _SHIFT
_STRUCK = {"đ": "d", "ħ": "h", "ł": "l", "ø": "o", "ŧ": "t"}
"""Letters that the root collation takes for others with an accent."""

_APART = {"æ": "ae", "œ": "oe"}
_STROKE, _LIGATURE = 0x338, 0x300
"""What counts as the accent of these."""

_AFTER = {"ð": "d", "ı": "i", "ŋ": "n", "ə": "e"}
"""Letters of their own that come after others."""

_PHONE_BOOK = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True, slots=True)
class Collation:
    """How texts are compared: `strength` 1 letters, 2 also accents, 3 also case, 4 also code points."""

    strength: int = 3
    numeric: bool = False
    capitals_first: bool = False
    phone_book: bool = False


ROOT = Collation()


class _Weight(NamedTuple):
    letter: int
    accent: int
    case: int


def parse_collation(tag: str) -> Collation:
    """Read a collation tag, such as `und-u-ks-level2` or `de-u-co-phonebk`.

    Raises Problem(BadRequestData) for what is no tag and Problem(OperationNotSupported) for a tag whose
    order this node does not know, rather than answer in another order.

    >>> parse_collation("de-u-co-phonebk").phone_book
    True
    """
    lowered = tag.lower()
    if not _TAG.fullmatch(lowered):
        bad(f"The collation '{tag[:100]}' is not a tag such as und or de-u-co-phonebk (RFC 6067).")
    locale, _, private = lowered.partition("-x-")
    locale, _, extension = locale.partition("-u-")
    language = locale.partition("-")[0]
    if language not in _AS_ROOT or locale in _OTHERWISE or private not in {"", "icu"}:
        _refuse(tag)
    keywords = _keywords(extension, tag)
    order = keywords.pop("co", "standard")
    strength = _STRENGTHS.get(keywords.pop("ks", "level3"))
    numeric, case = keywords.pop("kn", "false"), keywords.pop("kf", "false")
    if keywords or strength is None or numeric not in {"", "true", "false"}:
        _refuse(tag)
    if order not in {"standard", "phonebk"} or case not in {"upper", "lower", "false"}:
        _refuse(tag)
    if order == "phonebk" and language != "de":
        _refuse(tag)
    return Collation(strength, numeric in {"", "true"}, case == "upper", order == "phonebk")


def text_order(collation: Collation) -> Callable[[str], TextKey]:
    """A function that gives texts keys, which compare as the texts shall.

    >>> sorted(["b", "á", "B", "A", "a 1", "œuvre", "ode"], key=text_order(Collation()))
    ['A', 'á', 'a 1', 'b', 'B', 'ode', 'œuvre']
    """

    def key(text: str) -> TextKey:
        plain = text.translate(_PHONE_BOOK) if collation.phone_book else text
        weights = [w for character in unicodedata.normalize("NFD", plain) for w in _weights(character)]
        letters = tuple(weight.letter for weight in weights if weight.letter)
        if collation.numeric:
            letters = _as_numbers(letters)
        accents = tuple(weight.accent for weight in weights)
        turn = -1 if collation.capitals_first else 1
        cases = tuple(turn * weight.case for weight in weights)
        points = tuple(map(ord, text)) if collation.strength > 3 else ()
        return (letters, accents, cases, points)[: collation.strength]

    return key


def _refuse(tag: str) -> NoReturn:
    raise Problem(OperationNotSupported, f"This node does not know the order of the collation '{tag[:100]}'.")


def _keywords(extension: str, tag: str) -> dict[str, str]:
    """The keys of a Unicode extension with their values; a key without one means true."""
    found: dict[str, str] = {}
    key = ""
    for part in extension.split("-") if extension else ():
        if len(part) == 2:
            key = part
            found[key] = ""
        elif key:
            found[key] = f"{found[key]}-{part}" if found[key] else part
        else:
            _refuse(tag)
    return found


@lru_cache(maxsize=4096)
def _weights(character: str) -> tuple[_Weight, ...]:
    """What a character counts for; a combining mark is an accent alone."""
    if unicodedata.combining(character):
        return (_Weight(0, ord(character), 0),)
    small = character.casefold()
    case = 0 if character == small else 1
    found: list[_Weight] = []
    for part in unicodedata.normalize("NFKD", _APART.get(small, small)):
        if unicodedata.combining(part):
            found.append(_Weight(0, ord(part), 0))
            continue
        found.append(_Weight(_letter(part), 0, case))
        if part in _STRUCK:
            found.append(_Weight(0, _STROKE, 0))
    if small in _APART:
        found.append(_Weight(0, _LIGATURE, 0))
    return tuple(found)


def _letter(part: str) -> int:
    """The place of a character: kind by kind, Latin letters by the alphabet."""
    if part in _FIRST:
        return 1 + _FIRST.index(part)
    digit = unicodedata.digit(part, None)
    if digit is not None:
        return _DIGIT + digit
    if part in _AFTER:
        return _LETTER + 2 * ord(_AFTER[part]) + 1
    kind = _KINDS[unicodedata.category(part)[0]] << _SHIFT
    return kind + (2 * ord(_STRUCK.get(part, part)) if kind == _LETTER else 10 + ord(part))


def _as_numbers(letters: tuple[int, ...]) -> tuple[int, ...]:
    """Runs of digits ordered as numbers: the longer is the greater, zeros in front aside."""
    found: list[int] = []
    for is_number, run in groupby(letters, key=lambda letter: _DIGIT <= letter < _DIGIT + 10):
        if is_number:
            digits = list(dropwhile(lambda digit: digit == _DIGIT, run))
            found.append(_DIGIT + len(digits))
            found.extend(digits)
        else:
            found.extend(run)
    return tuple(found)
