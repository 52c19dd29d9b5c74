"""Aggregate the values of an attribute over periods (clause 4.5.19.1)."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import time, timedelta
from typing import Final, Literal, TypeAlias, cast

from beffroi.broker.rules.entity.entity import VALUE_MEMBER, Instance
from beffroi.broker.rules.names import bad
from beffroi.kernel.instant import parse_instant
from beffroi.kernel.json import Json

METHODS: Final = ("avg", "distinctCount", "max", "min", "stddev", "sum", "sumsq", "totalCount")
Sort: TypeAlias = Literal["number", "text", "boolean", "array", "object", "moment", "date", "time", "uri"]
"""What a value is for the tables of the clause; a Relationship counts as a URI."""

_COUNTS: Final = frozenset({"distinctCount", "totalCount"})
_ENDS: Final = frozenset({"max", "min"})
_ELIGIBLE: Final[Mapping[Sort, frozenset[str]]] = {
    "number": frozenset(METHODS),
    "boolean": frozenset(METHODS),
    "text": _COUNTS | _ENDS,
    "array": _COUNTS | _ENDS | {"avg", "sum"},
    "object": _COUNTS,
    "moment": _COUNTS | _ENDS,
    "date": _COUNTS | _ENDS,
    "time": _COUNTS | _ENDS | {"avg"},
    "uri": _COUNTS,
}
_TYPED: Final[Mapping[str, Sort]] = {"DateTime": "moment", "Date": "date", "Time": "time", "URI": "uri"}
_NATIVE: Final = "https://uri.etsi.org/ngsi-ld/"
_DAY_S: Final = 86_400


def read_methods(text: str) -> tuple[str, ...]:
    """The methods that are named, each once. Raises Problem(BadRequestData)."""
    methods = tuple(dict.fromkeys(word.strip() for word in text.split(",")))
    for method in methods:
        if method not in METHODS:
            bad(f"The aggregation method '{method[:50]}' is none of {', '.join(METHODS)}.")
    return methods


def is_eligible(sort: Sort, method: str) -> bool:
    """Whether a method means anything for values of this sort."""
    return method in _ELIGIBLE[sort]


def sort_of(instance: Instance) -> Sort:
    """What the value of an instance is."""
    match instance["type"]:
        case "Relationship" | "VocabProperty":
            return "uri"
        case "ListProperty" | "ListRelationship":
            return "array"
        case "GeoProperty" | "LanguageProperty":
            return "object"
        case _:
            return _sort_of_value(value_of(instance), _declared(instance))


def value_of(instance: Instance) -> Json:
    """The value of an instance, whatever member has it; of a JSON-LD value object what it holds."""
    value = cast("Json", instance.get(VALUE_MEMBER[instance["type"]]))
    return value["@value"] if isinstance(value, dict) and "@value" in value and "@type" in value else value


def aggregate(method: str, sort: Sort, values: Sequence[Json]) -> Json:
    """One figure for all values of a period, which are of this sort and at least one.

    >>> aggregate("stddev", "number", [1, 3])
    1.0
    >>> aggregate("avg", "array", [["a"], ["a", "b"]])
    1.5
    """
    match method:
        case "totalCount":
            return len(values)
        case "distinctCount":
            return len({json.dumps(value, sort_keys=True) for value in values})
        case "max" | "min" if sort == "number":
            numbers = cast("Sequence[float]", values)
            return max(numbers) if method == "max" else min(numbers)  # as they are: a float has 53 bits
        case _ if sort in {"text", "moment", "date"}:
            return _end(method, sort, cast("Sequence[str]", values))
        case _ if sort == "time":
            return _clock(_figure(method, [_seconds(str(value)) for value in values]))
        case _ if sort == "array":
            return _figure(method, [float(len(cast("list[Json]", value))) for value in values])
        case _:
            return _figure(method, [float(cast("float", value)) for value in values])


def _declared(instance: Instance) -> str:
    """The type that is named for a value: valueType, or @type of a JSON-LD value object."""
    value = instance.get("value")
    return str(value.get("@type", "")) if isinstance(value, dict) else instance.get("valueType", "")


def _sort_of_value(value: Json, declared: str) -> Sort:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "array"
    if isinstance(value, str):
        sort: Sort = _TYPED.get(declared.removeprefix(_NATIVE), "text")
        return "text" if sort == "time" and not _is_time(value) else sort
    return "object"


def _end(method: str, sort: Sort, values: Sequence[str]) -> str:
    key: Callable[[str], str] = _instant if sort == "moment" else str
    return max(values, key=key) if method == "max" else min(values, key=key)


def _instant(text: str) -> str:
    return parse_instant(text) or text


def _figure(method: str, numbers: Sequence[float]) -> float:
    try:
        figure = _computed(method, numbers)
    except OverflowError:
        figure = math.inf
    if not math.isfinite(figure):
        bad(f"The values are too large for the aggregation method '{method}'.")
    return figure


def _computed(method: str, numbers: Sequence[float]) -> float:
    count = len(numbers)
    match method:
        case "max":
            return max(numbers)
        case "min":
            return min(numbers)
        case "sum":
            return math.fsum(numbers)
        case "sumsq":
            return math.fsum(number * number for number in numbers)
        case "stddev":
            mean = math.fsum(numbers) / count
            return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / count)
        case _:
            return math.fsum(numbers) / count


def _seconds(text: str) -> float:
    """Seconds of a day in UTC that a time such as 13:05:10 stands for.

    >>> _seconds("13:05:10Z"), _seconds("01:00:00+02:00")
    (47110.0, 82800.0)
    """
    clock = time.fromisoformat(text)
    offset = clock.utcoffset() or timedelta()
    local = timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )
    return (local - offset).total_seconds() % _DAY_S


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return True


def _clock(seconds: float) -> str:
    whole = round(seconds) % _DAY_S
    return f"{whole // 3_600:02}:{whole // 60 % 60:02}:{whole % 60:02}Z"
