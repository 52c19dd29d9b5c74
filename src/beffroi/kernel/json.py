"""JSON: the type, and the one way in and out of bytes (RFC 8259, I-JSON RFC 7493)."""

import re
from collections.abc import Mapping
from typing import TypeAlias, cast

import orjson

from beffroi.kernel.problem import InvalidRequest, Problem

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]
NotJson: TypeAlias = orjson.JSONDecodeError

_LONG = 16_384
_BACKSLASH = 0x5C
"""As a number: bytes are looked for in bytes by way of an exception."""
_ESCAPED_BACKSLASH = re.compile(rb"\\\\")
_DIGITS = bytes([0x30 if chr(code).isdigit() and code < 0x80 else 0x20 for code in range(256)])
_LONG_NUMBER = b"0" * 19
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
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
    if quotes(text) != quotes(again):
        raise Problem(InvalidRequest, "The JSON names a member twice in one object.")
    if _BACKSLASH in text and b"u0000" in text and b"\\u0000" in _ESCAPED_BACKSLASH.sub(b"", again):
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


def decode_object(text: bytes) -> JsonObject:
    """Parse bytes that we wrote ourselves and that hold an object; nothing is checked again. Raises NotJson
    for what somebody else wrote over."""
    found = orjson.loads(text)
    if not isinstance(found, dict):
        raise NotJson("This is no object", "", 0)
    return cast("JsonObject", found)


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


def as_written(value: "Json | Mapping[str, object]") -> object:
    """A value that stands in several others, written once: `encode` takes it for itself."""
    return orjson.Fragment(encode(value))


def quotes(text: bytes) -> int:
    """Count the quotation marks that delimit strings: two a string, so a dropped member shows."""
    return count_of(without_escapes(text), b'"')


def count_of(text: bytes, letter: bytes) -> int:
    """How often one byte stands in a text: a long one is looked through many bytes at a time."""
    if len(text) < _LONG:
        return text.count(letter)
    import numpy as np  # noqa: PLC0415 - commands that read no long text do without it

    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == letter[0]))


def without_escapes(text: bytes) -> bytes:
    """Without pairs of backslashes, from the left as a reader takes them, then escaped quotation marks."""
    return text.replace(rb"\\", b"").replace(rb"\"", b"") if _BACKSLASH in text else text


def _may_hold_long_integer(text: bytes) -> bool:
    """Look for a run of digits that is too long and no fraction; quick, because it is asked of every body."""
    digits = text.translate(_DIGITS)
    at = digits.find(_LONG_NUMBER)
    while at >= 0:
        end = digits.find(b" ", at)
        end = len(digits) if end < 0 else end
        if (at == 0 or text[at - 1 : at] != b".") and text[end : end + 1] not in {b".", b"e", b"E"}:
            return True
        at = digits.find(_LONG_NUMBER, end)
    return False


def _refuse_inexact_integers(text: bytes) -> None:
    for found in _LONG_INTEGER.finditer(_STRING.sub(b'""', text)):
        number = int(found[0]) if len(found[0]) < 40 else 1 << 64
        if not -(1 << 63) <= number < 1 << 64:
            raise Problem(InvalidRequest, f"The integer {found[0][:40].decode()} does not fit into 64 bits.")
