"""One line of the gate's journal: answers to the holder of a product, as JSON.

    {"p": product, "t": Instant, "m": method, "c": path class, "s": status, "r": requests, "e": entities,
     "b": bytes, "n": notifications}

`r` is how many answers count that are alike and left together, 0 for a refusal or for a later piece of one
that comes in pieces; counters that are 0 are left out.
"""

import re
from collections import defaultdict
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


def tallied(lines: Iterable[bytes]) -> tuple[dict[tuple[str, str], Tally], list[bytes]]:
    """Counters by product and day (UTC), in the order of their first lines, and the lines that are damaged.
    Lines that count nothing are passed over."""
    found = defaultdict[tuple[str, str], tuple[list[Instant], list[Counts]]](lambda: ([], []))
    damaged: list[bytes] = []
    for line in lines:
        said = _said(line)
        if said is None:
            damaged.append(line)
        elif any(said.counted):
            moments, counts = found[said.product, said.at[:10]]
            moments.append(said.at)
            counts.append(said.counted)
    return {whose: _tally(moments, counts) for whose, (moments, counts) in found.items()}, damaged


def _tally(moments: list[Instant], counts: list[Counts]) -> Tally:
    sums = map(sum, zip(*counts, strict=True))
    return Tally(min(moments), max(moments), dict(zip(METRICS, sums, strict=True)))


class _Said(NamedTuple):
    """What a line says, as far as it is counted."""

    product: str
    at: Instant
    counted: Counts


def _said(line: bytes) -> _Said | None:
    """What a line says; None for a damaged one."""
    try:
        said = decode_object(line)
    except NotJson:
        return None
    product, at, method, path = (said.get(name) for name in ("p", "t", "m", "c"))
    if not (isinstance(product, str) and isinstance(at, str) and isinstance(method, str)):
        return None
    if not (isinstance(path, str) and isinstance(said.get("s"), int)) or parse_instant(at) != at:
        return None
    counted = [count for name in "rebn" if isinstance(count := said.get(name, 0), int) and count >= 0]
    if len(counted) < len(METRICS):
        return None
    return _Said(product, Instant(at), Counted(*counted))
