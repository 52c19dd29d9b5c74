"""How many values a JSON text holds, told before it is parsed: apart from `json.py`, so that a command which
reads no body of others does not wait for numpy."""

import numpy as np

from beffroi.kernel.json import count_of, quotes, without_escapes
from beffroi.kernel.problem import InvalidRequest, Problem

_NO_MARKS = bytes(code for code in range(256) if chr(code) not in '",[]{}')


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
    return count_of(text, b",") + count_of(text, b"[") + count_of(text, b"{")


def _marks_of(text: bytes, most: int) -> bytes:
    """The commas and brackets outside of strings, in their order; there is a value for every two strings."""
    if quotes(text) // 4 <= most:
        marks = _outside_strings(text)
        if _separators(marks) <= most:
            return marks
    raise Problem(InvalidRequest, f"The JSON holds more than {most:,} values; send it in parts.")


def _outside_strings(text: bytes) -> bytes:
    marks = without_escapes(text).translate(None, _NO_MARKS).replace(b'""', b"")
    if b'"' not in marks:
        return marks
    signs = np.frombuffer(marks, np.uint8)
    inside = np.cumsum(signs == ord('"'), dtype=np.uint8) & 1  # it overflows, and odd stays odd
    return (signs * (inside ^ 1)).tobytes().translate(None, b'\0"')
