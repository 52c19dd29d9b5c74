"""Write facet values as bytes whose order is the order of the values, so that one index serves every sort.

All engines store and compare these bytes, hence they cannot differ. A condition on a facet becomes one
range of bytes; long texts are cut, which makes the range let too much through and says so.
"""

import math
import struct
from typing import NamedTuple, TypeAlias

from beffroi.store.port import Between, FacetValue, Prefix, Sort, Where

KEPT = 240
"""So many bytes of a text are indexed: index rows stay small, and PostgreSQL takes 2,700 at most."""

SORT_CODE: dict[Sort, int] = {"boolean": 0, "text": 1, "number": 2, "time": 3}
"""The two low bits of a shelf; bit 1 marks the sorts that are asked by range (see `facet_by_record`)."""

_SIGN = 1 << 63
_ALL_BITS = (1 << 64) - 1

Condition: TypeAlias = Where | Between | Prefix


def shelf_of(path_number: int, sort: Sort) -> int:
    """The number that index rows of one path and sort share."""
    return path_number * 4 + SORT_CODE[sort]


def comparable(sort: Sort, value: FacetValue) -> bool | float | str | None:
    """The value as it is compared: numbers as binary64; None for what is never equal to anything."""
    match sort:
        case "boolean":
            return value if isinstance(value, bool) else None
        case "number":
            return None if isinstance(value, bool | str) else _binary64(value)
        case "text" | "time":
            return value if isinstance(value, str) else None


def ordered(sort: Sort, value: FacetValue) -> bytes | None:
    """The value as bytes; None if no value compares with it.

    >>> ordered("number", -1.5) < ordered("number", -0.0) == ordered("number", 0.0) < ordered("number", 7)
    True
    """
    if sort == "text" and isinstance(value, str):
        return _text(value)[:KEPT]
    found = comparable(sort, value)
    if isinstance(found, bool):
        return b"\1" if found else b"\0"
    if isinstance(found, str):
        return _text(found)[:KEPT]
    return None if found is None else _number(found)


class Span(NamedTuple):
    """Bytes from `low` to `high` (None: no end); `exact` is false where longer texts may slip in."""

    low: bytes
    above_low: bool
    high: bytes | None
    below_high: bool
    exact: bool

    @property
    def single(self) -> bool:
        return self.low == self.high


def span_of(condition: Condition) -> Span | None:
    """The range that a condition allows; None if nothing can satisfy it.

    >>> span_of(Prefix("name", "Lil"))
    Span(low=b'Lil', above_low=False, high=b'Lim', below_high=True, exact=True)
    """
    match condition:
        case Prefix(_, text):
            return _prefix(_text(text))
        case Between(_, sort, low, high):
            start, end = ordered(sort, low), ordered(sort, high)
            if start is None or end is None or start > end:
                return None
            return Span(start, False, end, False, len(start) < KEPT and len(end) < KEPT)
        case Where(_, comparator, sort, value):
            at = ordered(sort, value)
            if at is None:
                return None
            exact = len(at) < KEPT
            match comparator:
                case "==":
                    return Span(at, False, at, False, exact)
                case "<" if at == b"":
                    return None  # nothing is less than the empty text
                case "<" | "<=":
                    return Span(b"", False, at, exact and comparator == "<", exact)
                case ">" | ">=":
                    return Span(at, exact and comparator == ">", None, False, exact)


def _binary64(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    return None if number != number else number  # noqa: PLR0124 - NaN is the only value unequal to itself


def _number(value: float) -> bytes:
    (bits,) = struct.unpack(">Q", struct.pack(">d", value + 0.0))  # -0.0 + 0.0 is 0.0
    return struct.pack(">Q", bits ^ (_ALL_BITS if bits & _SIGN else _SIGN))


def _text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _prefix(start: bytes) -> Span:
    if not start:
        return Span(b"", False, None, False, exact=True)
    kept = start[:KEPT]
    # UTF-8 has no byte 255, so the last byte can always be raised.
    return Span(kept, False, kept[:-1] + bytes([kept[-1] + 1]), True, exact=len(start) <= KEPT)
