"""One line of the gate's journal: answers to the holder of a product, as JSON.

    {"p": product, "t": Instant, "m": method, "c": path class, "s": status, "r": requests, "e": entities,
     "b": bytes, "n": notifications}

`r` is how many answers count that are alike and left together, 0 for a refusal or for a later piece of one
that comes in pieces; counters that are 0 are left out.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import NotJson, decode_object, encode
from beffroi.market.rules.access.usage_chain import METRICS

Counts: TypeAlias = tuple[int, int, int, int]
"""A Counted, or its members in their order."""


class Counted(NamedTuple):
    """What one answer, or a piece of one, counts."""

    requests: int = 0
    entities: int = 0
    bytes: int = 0
    notifications: int = 0


def line_of(product: str, at: Instant, method: str, path: str, status: int, counted: Counts) -> bytes:
    """The line, without its end. `path` may be the template of the row that answered.

    >>> line_of("7", Instant("2026-11-22T13:49:00.000000Z"), "GET", "/ogc/types", 200, Counted(1, 0, 1500))
    b'{"p":"7","t":"2026-11-22T13:49:00.000000Z","m":"GET","c":"/ogc/types","s":200,"r":1,"b":1500}'
    """
    requests, entities, size, notifications = counted
    start, what = _around(product, method, path, status, requests, entities)
    last = f',"n":{notifications}' if notifications else ""
    sized = f',"b":{size}' if size else ""
    return f"{start}{at}{what}{sized}{last}}}".encode()


@lru_cache(maxsize=4_096)
def _around(
    product: str, method: str, path: str, status: int, requests: int, entities: int
) -> tuple[str, str]:
    """What stands before the moment and what follows it, up to the bytes."""
    whose, where = encode(product).decode(), encode(path_class(path)).decode()
    asked = f',"r":{requests}' if requests else ""
    shown = f',"e":{entities}' if entities else ""
    what = f'","m":{encode(method[:10]).decode()},"c":{where},"s":{status}{asked}{shown}'
    return f'{{"p":{whose},"t":"', what


def path_class(path: str) -> str:
    """The beginning of a path that says which interface it is of, without ids.

    >>> path_class("/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1"), path_class("/ogc/collections/Room/items")
    ('/ngsi-ld/v1/entities', '/ogc/collections')
    """
    found = _BEGINNING.match(path)
    return found[0][:200] if found else ""


_BEGINNING: Final = re.compile(r"/through(?=/)|/ogc/[^/]*|/?[^/]*(?:/[^/]*){0,2}")


class Tally(NamedTuple):
    """Counters by metric, and the moments of the earliest and the latest line."""

    first: Instant
    last: Instant
    counted: dict[str, int]


class _Sums:
    """What the lines of one product and day add up to so far; moments as they are written."""

    __slots__ = ("entities", "first", "last", "notifications", "requests", "size")

    def __init__(self, at: bytes) -> None:
        self.first = self.last = at
        self.requests = self.entities = self.size = self.notifications = 0

    def add(self, at: bytes, requests: int, entities: int, size: int) -> None:
        if at < self.first:
            self.first = at
        elif at > self.last:
            self.last = at
        self.requests += requests
        self.entities += entities
        self.size += size

    @property
    def tally(self) -> Tally:
        sums = self.requests, self.entities, self.size, self.notifications
        first, last = Instant(self.first.decode()), Instant(self.last.decode())
        return Tally(first, last, dict(zip(METRICS, sums, strict=True)))


class _Said(NamedTuple):
    """What a line is made of, as `line_of` takes it."""

    product: str
    at: Instant
    method: str
    path: str
    status: int
    counted: Counted


_TIME: Final = b'","t":"'
_SIZE: Final = b',"b":'
_SECOND, _MOMENT = 20, 26
"""Characters of a moment before the fractions of its second, and before the letter behind them."""


def tallied(lines: Iterable[bytes]) -> tuple[dict[tuple[str, str], Tally], list[bytes]]:
    """Counters by product and day (UTC), in the order of their first lines, and the lines that are damaged.
    Lines that count nothing are passed over.

    What stands before the fractions of a second, and what stands between them and the bytes, comes again and
    again, and is decoded once.
    """
    found, damaged = dict[tuple[str, str], _Sums](), list[bytes]()
    starts, middles = dict[bytes, _Sums](), dict[bytes, tuple[int, int]]()
    for line in lines:
        begin, size_at = line.find(_TIME) + len(_TIME), line.rfind(_SIZE)
        second, end = begin + _SECOND, begin + _MOMENT
        has_places = end < size_at and size_at + len(_SIZE) < len(line)
        sums = starts.get(line[:second]) if has_places else None
        counted = middles.get(line[end:size_at]) if sums is not None else None
        if sums is not None and counted is not None:
            size, fraction = line[size_at + len(_SIZE) : -1], line[second:end]
            if fraction.isdigit() and _is_count(size) and line.endswith(b"}"):
                sums.add(line[begin : end + 1], counted[0], counted[1], int(size))
                continue
        said = _said(line)
        if said is None:
            damaged.append(line)
        elif any(said.counted):
            sums = _added(found, said)
            if (
                has_places
                and said.counted.bytes
                and not said.counted.notifications
                and line == line_of(*said)
            ):
                starts[line[:second]] = sums
                middles[line[end:size_at]] = (said.counted.requests, said.counted.entities)
    return {whose: sums.tally for whose, sums in found.items()}, damaged


def _is_count(digits: bytes) -> bool:
    return digits.isdigit() and len(digits) < 16 and not digits.startswith(b"0")


def _added(found: dict[tuple[str, str], _Sums], said: _Said) -> _Sums:
    """The sums that a line belongs to, with what it counts."""
    whose, at, counted = (said.product, said.at[:10]), said.at.encode(), said.counted
    sums = found.get(whose)
    if sums is None:
        sums = found[whose] = _Sums(at)
    sums.add(at, counted.requests, counted.entities, counted.bytes)
    sums.notifications += counted.notifications
    return sums


def _said(line: bytes) -> _Said | None:
    """What a line says; None for a damaged one."""
    try:
        said = decode_object(line)
    except NotJson:
        return None
    product, at, method, path = (said.get(name) for name in ("p", "t", "m", "c"))
    status, *counts = (said.get(name, 0) for name in ("s", "r", "e", "b", "n"))
    if not (isinstance(product, str) and isinstance(at, str) and isinstance(method, str)):
        return None
    if not (isinstance(path, str) and isinstance(status, int)) or parse_instant(at) != at:
        return None
    counted = [count for count in counts if isinstance(count, int) and count >= 0]
    if len(counted) < len(counts):
        return None
    return _Said(product, Instant(at), method, path, status, Counted(*counted))
