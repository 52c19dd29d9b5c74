"""Numbers as foreign systems write them: JSON numbers, and text with a decimal comma or grouped digits."""

import re
from decimal import Decimal
from math import isfinite
from typing import Literal, TypeAlias

from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.rules.quoting import quoted

Mark: TypeAlias = Literal["auto", ".", ","]

MOST_CHARACTERS = 40
LARGEST = Decimal(10) ** 30

_SPACES = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'’](?=\d{3}(?!\d))")
_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_GROUPED = {mark: re.compile(rf"[+-]?\d{{1,3}}(?:\{mark}\d{{3}})+", re.ASCII) for mark in ".,"}


def number_of(value: Json, mark: Mark = "auto") -> Decimal:
    """Read a number exactly. `mark` is the decimal mark of numbers in text.

    With "auto", the last of two kinds of marks is the decimal one, a mark that occurs twice groups
    thousands, and a single mark, point or comma, is the decimal one. Raises Problem(BadRequestData).

    >>> number_of("1 234,5"), number_of("1,234.5"), number_of("1.234.567")
    (Decimal('1234.5'), Decimal('1234.5'), Decimal('1234567'))
    >>> number_of("1,234", "."), number_of("1,234", "auto")
    (Decimal('1234'), Decimal('1.234'))
    """
    match value:
        case bool():
            pass
        case int():
            return _bounded(Decimal(value), value)
        case float() if isfinite(value):
            return _bounded(Decimal(repr(value)), value)
        case str() if len(value) <= MOST_CHARACTERS:
            plain = _plain(value.strip(), mark)
            if _PLAIN.fullmatch(plain):
                return _bounded(Decimal(plain), value)
        case _:
            pass
    raise Problem(BadRequestData, f"{quoted(value)} is not a number.")


def plain(number: Decimal) -> int | float:
    """The JSON number of an exact one: whole where it is whole.

    >>> plain(Decimal("22.0")), plain(Decimal("0.1"))
    (22, 0.1)
    """
    if number == number.to_integral_value() and abs(number) < 2**53:
        return int(number)
    return float(number)


def _plain(text: str, mark: Mark) -> str:
    text = _SPACES.sub("", text)
    decimal = _decimal_mark(text) if mark == "auto" else mark
    group = "." if decimal == "," else ","
    whole, _, rest = text.partition(decimal)
    if group in whole:
        if _GROUPED[group].fullmatch(whole) is None:
            return ""
        whole = whole.replace(group, "")
    return f"{whole}.{rest}" if rest else whole


def _decimal_mark(text: str) -> Literal[".", ","]:
    if "," in text and "." in text:
        return "," if text.rindex(",") > text.rindex(".") else "."
    if text.count(",") == 1 or text.count(".") > 1:
        return ","
    return "."


def _bounded(number: Decimal, value: Json) -> Decimal:
    if abs(number) > LARGEST:
        raise Problem(BadRequestData, f"{quoted(value)} is too large for a measured number.")
    return number
