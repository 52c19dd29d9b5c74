"""One line of the gate's journal: an answer to the holder of a product, as JSON.

    {"p": product, "t": Instant, "m": method, "c": path class, "s": status, "r": requests, "e": entities,
     "b": bytes, "n": notifications}

`r` is 1 for an answer that counts, 0 for a refusal or for a later piece of an answer that comes in pieces;
counters that are 0 are left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import decode_object, encode
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
    start, what = _around(product, method, path, status)
    last = f',"n":{notifications}' if notifications else ""
    sized = f',"b":{size}' if size else ""
    return f"{start}{at}{what}{_few(requests, entities)}{sized}{last}}}".encode()


@lru_cache(maxsize=1_024)
def _around(product: str, method: str, path: str, status: int) -> tuple[str, str]:
    """What stands before the moment and what follows it."""
    whose, where = encode(product).decode(), encode(path_class(path)).decode()
    return f'{{"p":{whose},"t":"', f'","m":{encode(method[:10]).decode()},"c":{where},"s":{status}'


@lru_cache(maxsize=1_024)
def _few(requests: int, entities: int) -> str:
    asked = f',"r":{requests}' if requests else ""
    return f'{asked},"e":{entities}' if entities else asked


def path_class(path: str) -> str:
    """The beginning of a path that says which interface it is of, without ids.

    >>> path_class("/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1"), path_class("/ogc/collections/Room/items")
    ('/ngsi-ld/v1/entities', '/ogc/collections')
    """
    found = _BEGINNING.match(path)
    return found[0][:200] if found else ""


_BEGINNING: Final = re.compile(r"/through(?=/)|/ogc/[^/]*|/?[^/]*(?:/[^/]*){0,2}")


def tallied(lines: Iterable[bytes]) -> dict[tuple[str, str], "Tally"]:
    """Counters by product and day (UTC), in the order of their first lines; lines that count nothing are
    passed over."""
    found = defaultdict[tuple[str, str], tuple[list[Instant], list[Counts]]](lambda: ([], []))
    for line in lines:
        said = decode_object(line)
        counted = cast("Counts", (said.get("r", 0), said.get("e", 0), said.get("b", 0), said.get("n", 0)))
        if any(counted):
            at = Instant(cast("str", said["t"]))
            moments, counts = found[cast("str", said["p"]), at[:10]]
            moments.append(at)
            counts.append(counted)
    return {whose: _tally(moments, counts) for whose, (moments, counts) in found.items()}


class Tally(NamedTuple):
    """Counters by metric, and the moments of the earliest and the latest line."""

    first: Instant
    last: Instant
    counted: dict[str, int]


def _tally(moments: list[Instant], counts: list[Counts]) -> Tally:
    sums = map(sum, zip(*counts, strict=True))
    return Tally(min(moments), max(moments), dict(zip(METRICS, sums, strict=True)))
