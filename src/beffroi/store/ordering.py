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
"""The two low bits of a shelf; bit 1 marks the sorts that are asked by range (see `facet_by_block`)."""

SEVERAL = b""
"""Beside the values of a record that has several on a ranged shelf: it may satisfy two conditions by
different values, which no range of values shows."""

_SIGN = 1 << 63
_ALL_BITS = (1 << 64) - 1

Condition: TypeAlias = Where | Between | Prefix


def shelf_of(path_number: int, sort: Sort) -> int:
    """The number that index rows of one path and sort share."""
    return path_number * 4 + SORT_CODE[sort]


def is_ranged(shelf: int) -> bool:
    """Whether it has numbers or times."""
    return shelf & 2 == 2


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
            return _unmarked(Span(start, False, end, False, len(start) < KEPT and len(end) < KEPT), sort)
        case Where(_, comparator, sort, value):
            at = ordered(sort, value)
            if at is None:
                return None
            exact = len(at) < KEPT
            match comparator:
                case "==":
                    return _unmarked(Span(at, False, at, False, exact), sort)
                case "<" if at == b"":
                    return None  # nothing is less than the empty text
                case "<" | "<=":
                    return _unmarked(Span(b"", False, at, exact and comparator == "<", exact), sort)
                case ">" | ">=":
                    return _unmarked(Span(at, exact and comparator == ">", None, False, exact), sort)


def both(one: Span, other: Span) -> Span | None:
    """What lies in both; None if nothing can."""
    low, out = max((one.low, one.above_low), (other.low, other.above_low))
    ends = [(span.high, not span.below_high) for span in (one, other) if span.high is not None]
    high, end = min(ends) if ends else (None, True)
    if high is not None and (low > high or (low == high and (out or not end))):
        return None
    return Span(low, out, high, not end, one.exact and other.exact)


def _unmarked(span: Span, sort: Sort) -> Span | None:
    """The span without what marks a record that has several values."""
    if span.low != SEVERAL or sort not in ("number", "time"):
        return span
    return None if span.high == SEVERAL else span._replace(above_low=True)


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
