"""One line of the gate's journal: an answer to the holder of a product, as JSON.

    {"p": product, "t": Instant, "m": method, "c": path class, "s": status, "r": requests, "e": entities,
     "b": bytes, "n": notifications}

`r` is 1 for an answer that counts, 0 for a refusal or for a later piece of an answer that comes in pieces;
counters that are 0 are left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, decode_object, encode
from beffroi.market.rules.usage_chain import METRICS

_SHORT: Mapping[str, str] = {"requests": "r", "entities": "e", "bytes": "b", "notifications": "n"}


@dataclass(frozen=True, slots=True)
class Counted:
    """What one answer, or a piece of one, counts."""

    requests: int = 0
    entities: int = 0
    bytes: int = 0
    notifications: int = 0


def line_of(product: str, at: Instant, method: str, path: str, status: int, counted: Counted) -> bytes:
    """The line, without its end."""
    line: JsonObject = {"p": product, "t": at, "m": method[:10], "c": path_class(path), "s": status}
    if counted.requests:
        line["r"] = counted.requests
    if counted.entities:
        line["e"] = counted.entities
    if counted.bytes:
        line["b"] = counted.bytes
    if counted.notifications:
        line["n"] = counted.notifications
    return encode(line)


def path_class(path: str) -> str:
    """The beginning of a path that says which interface it is of, without ids.

    >>> path_class("/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1"), path_class("/ogc/collections/Room/items")
    ('/ngsi-ld/v1/entities', '/ogc/collections')
    """
    end = 0
    for _ in range(_depth(path)):
        end = path.find("/", end + 1)
        if end < 0:
            return path[:200]
    return path[: min(end, 200)]


def _depth(path: str) -> int:
    return 1 if path.startswith("/through/") else 2 if path.startswith("/ogc/") else 3


def tallied(lines: Iterable[bytes]) -> dict[tuple[str, str], "Tally"]:
    """Counters by product and day (UTC), in the order of their first lines; lines that count nothing are
    passed over."""
    found: dict[tuple[str, str], Tally] = {}
    for line in lines:
        said = decode_object(line)
        numbers = {metric: _number(said.get(short)) for metric, short in _SHORT.items()}
        if any(numbers.values()):
            at = Instant(str(said["t"]))
            tally = found.setdefault((str(said["p"]), at[:10]), Tally(at, at, dict.fromkeys(METRICS, 0)))
            tally.add(at, numbers)
    return found


@dataclass(slots=True)
class Tally:
    """Counters, and the moments of the earliest and the latest line."""

    first: Instant
    last: Instant
    counted: dict[str, int]

    def add(self, at: Instant, numbers: Mapping[str, int]) -> None:
        self.first, self.last = min(self.first, at), max(self.last, at)
        for metric, number in numbers.items():
            self.counted[metric] += number


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0
