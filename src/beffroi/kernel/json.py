"""JSON: the type, and the one way in and out of bytes (RFC 8259, I-JSON RFC 7493)."""

import re
from collections.abc import Mapping
from typing import TypeAlias, cast

import numpy as np
import orjson

from beffroi.kernel.problem import InvalidRequest, Problem

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]
NotJson: TypeAlias = orjson.JSONDecodeError

_ESCAPED_BACKSLASH = re.compile(rb"\\\\")
_DIGITS = bytes(0x30 if chr(code).isdigit() and code < 0x80 else 0x20 for code in range(256))
_LONG_NUMBER = b"0" * 19
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_MARKS = bytes(code for code in range(256) if chr(code) not in '",[]{}')
_LONG_INTEGER = re.compile(rb"(?<![\d.eE+])-?\d{19,}(?![\d.eE])")


def decode(text: bytes) -> Json:
    """Parse a body from outside; refuse what JSON readers disagree about.

    Beyond the syntax that is: a member name twice in one object, the character U+0000, an integer that
    does not fit into 64 bits, NaN, lone surrogates, more than 250 levels. Raises Problem(InvalidRequest).

    >>> decode(b'{"co2": 900}')
    {'co2': 900}
    >>> decode(rb'["\\\"", "\\\\", "\\u0022"]')
    ['"', '\\\\', '"']
    >>> decode(b'{"co2": 900, "co2": 901}')
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The JSON names a member twice in one object.
    """
    try:
        value = cast("Json", orjson.loads(text))
    except orjson.JSONDecodeError as failure:
        where = f"line {failure.lineno}, column {failure.colno}"
        reason = failure.msg.split(": line")[0]
        raise Problem(InvalidRequest, f"The body is not JSON: {reason} ({where}).") from failure
    try:
        again = orjson.dumps(value)
    except orjson.JSONEncodeError as failure:
        raise Problem(InvalidRequest, "The JSON is nested deeper than 250 levels.") from failure
    if _quotes(text) != _quotes(again):
        raise Problem(InvalidRequest, "The JSON names a member twice in one object.")
    if b"u0000" in text and b"\\u0000" in _ESCAPED_BACKSLASH.sub(b"", again):
        raise Problem(
            InvalidRequest, "The JSON holds the character U+0000, which not every system can store."
        )
    if _may_hold_long_integer(text):
        _refuse_inexact_integers(text)
    return value


def is_same(one: Json, other: Json) -> bool:
    """Whether two values are the same in JSON, where true is not 1, and 1.0 is.

    >>> is_same({"lit": [1, "a"]}, {"lit": [1.0, "a"]}), is_same({"lit": [1]}, {"lit": [True]})
    (True, False)
    """
    if one != other:
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return all(is_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return all(map(is_same, one, other))
    return isinstance(one, bool) is isinstance(other, bool)


def check_values(text: bytes, most: int) -> None:
    """Refuse a body of more than `most` values before it is parsed, which takes a second for a million.

    Commas and opening brackets are counted, those in strings only as long as there are few. Raises
    Problem(InvalidRequest).

    >>> check_values(b'{"a": [1, 2, ",,,,,,,,"]}', 8)
    """
    if _separators(text) > most:
        _marks_of(text, most)


def check_elements(text: bytes, most: int, most_of_one: int) -> None:
    """Refuse an array of more than `most` values as `check_values` does, or with an element of more than
    `most_of_one`.

    >>> check_elements(b'[{"a": [1, 2]}, {"a": [3, 4]}]', 20, 5)
    >>> check_elements(b'[{"a": [1, 2, 3, 4]}, {}]', 20, 5)
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: Element 1 of the JSON array holds more than 5 values.
    """
    if _separators(text) <= min(most, most_of_one):
        return
    found = _marks_of(text, most)
    if len(found) > 2 * most:
        return  # more brackets close than open: the parser refuses it
    marks = np.frombuffer(found, np.uint8)
    opens = (marks == ord("[")) | (marks == ord("{"))
    closes = (marks == ord("]")) | (marks == ord("}"))
    depth = np.cumsum(opens.view(np.int8) - closes.view(np.int8), dtype=np.int32)
    commas = marks == ord(",")
    values = np.cumsum(opens | commas, dtype=np.int32)
    ends = values[np.flatnonzero(commas & (depth == 1))]
    too_large = np.flatnonzero(np.diff(ends, prepend=0, append=values[-1:]) > most_of_one)
    if too_large.size:
        detail = f"Element {too_large[0] + 1} of the JSON array holds more than {most_of_one:,} values."
        raise Problem(InvalidRequest, detail)


def _separators(text: bytes) -> int:
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def _marks_of(text: bytes, most: int) -> bytes:
    """The commas and brackets outside of strings, in their order; there is a value for every two strings."""
    if _quotes(text) // 4 <= most:
        marks = _outside_strings(text)
        if _separators(marks) <= most:
            return marks
    raise Problem(InvalidRequest, f"The JSON holds more than {most:,} values; send it in parts.")


def _outside_strings(text: bytes) -> bytes:
    marks = _without_escapes(text).translate(None, _NO_MARKS).replace(b'""', b"")
    if b'"' not in marks:
        return marks
    signs = np.frombuffer(marks, np.uint8)
    inside = np.cumsum(signs == ord('"'), dtype=np.uint8) & 1  # it overflows, and odd stays odd
    return (signs * (inside ^ 1)).tobytes().translate(None, b'\0"')


def decode_object(text: bytes) -> JsonObject:
    """Parse bytes that we wrote ourselves and that hold an object; nothing is checked again. Raises NotJson
    for what somebody else wrote over."""
    return cast("JsonObject", orjson.loads(text))


def objects_in(value: "Json") -> list[JsonObject]:
    """The objects of an array; none where it is no array.

    >>> objects_in([{"role": "buyer"}, "seller"]), objects_in(None)
    ([{'role': 'buyer'}], [])
    """
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def encode(value: "Json | Mapping[str, object]") -> bytes:
    """Write JSON without white space, members in the order they have."""
    return orjson.dumps(value)


def encode_canonical(value: "Json") -> bytes:
    """Write JSON with sorted names and no white space: the form of RFC 8785 for values without numbers.

    >>> encode_canonical({"b": [True], "a": "x"})
    b'{"a":"x","b":[true]}'
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _quotes(text: bytes) -> int:
    """Count the quotation marks that delimit strings: two a string, so a dropped member shows."""
    return _without_escapes(text).count(b'"')


def _without_escapes(text: bytes) -> bytes:
    """Without pairs of backslashes, from the left as a reader takes them, then escaped quotation marks."""
    return text.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in text else text


def _may_hold_long_integer(text: bytes) -> bool:
    """Look for a run of digits that is too long and no fraction; quick, because it is asked of every body."""
    digits = text.translate(_DIGITS)
    at = digits.find(_LONG_NUMBER)
    while at >= 0:
        end = digits.find(b" ", at)
        end = len(digits) if end < 0 else end
        if text[at - 1 : at] != b"." and text[end : end + 1] not in {b".", b"e", b"E"}:
            return True
        at = digits.find(_LONG_NUMBER, end)
    return False


def _refuse_inexact_integers(text: bytes) -> None:
    for found in _LONG_INTEGER.finditer(_STRING.sub(b'""', text)):
        number = int(found[0]) if len(found[0]) < 40 else 1 << 64
        if not -(1 << 63) <= number < 1 << 64:
            raise Problem(InvalidRequest, f"The integer {found[0][:40].decode()} does not fit into 64 bits.")
