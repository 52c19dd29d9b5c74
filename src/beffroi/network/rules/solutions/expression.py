"""Expressions of a mapping: where a value comes from and what is made of it; no code, and always an end.

from / sum / difference / quotient / count / constant, then values, factor, divide, offset, as
(docs/reference/solution-mapping.md)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

from beffroi.kernel.json import Json, JsonObject

SOURCES: Final = ("from", "sum", "difference", "quotient", "count", "constant")
MODIFIERS: Final = ("values", "otherwise", "factor", "divide", "offset", "as", "unit", "over")
OVER: Final = ("first", "sum", "mean", "least", "most")
MOST_INPUTS: Final = 20
AS: Final = ("number", "integer", "text", "boolean")
Path: TypeAlias = tuple[str, ...]
"""An attribute, and the members of its value that lead to what is meant; never empty."""


@dataclass(frozen=True, slots=True)
class Expression:
    """`source` is one of SOURCES; `paths` are attributes, each with the members below it; `over` says what is
    made of the values of several parts."""

    source: str
    paths: tuple[Path, ...] = ()
    constant: Json = None
    words: Mapping[str, Json] = field(default_factory=dict[str, Json])
    otherwise: Json = None
    factor: float = 1.0
    divide: float = 1.0
    offset: float = 0.0
    unit: str = ""
    kind: str = ""
    over: str = ""


class Missing(Exception):
    """An entity gives no value for an attribute; the text says why."""


def evaluate(expression: Expression, values: Mapping[str, Json]) -> Json:
    """The value for one entity, from its attributes' values. Raises Missing.

    >>> evaluate(Expression("difference", (("total",), ("busy",))), {"total": 10, "busy": 4})
    6
    """
    found = _made(expression, values)
    if expression.words:
        found = _translated(expression, found)
    return _as(expression.kind, _scaled(expression, found))


def together(over: str, found: Sequence[Json]) -> Json:
    """One value of those of several parts. Raises Missing.

    >>> together("sum", [1, 0, 1]), together("mean", [1, 2])
    (2, 1.5)
    """
    if over in {"", "first"}:
        return found[0]
    numbers = [_number(each, "a part") for each in found]
    match over:
        case "sum":
            return _whole(math.fsum(numbers))
        case "mean":
            return _whole(math.fsum(numbers) / len(numbers))
        case "least":
            return _whole(min(numbers))
        case _:
            return _whole(max(numbers))


def value_at(path: Path, values: Mapping[str, Json]) -> Json:
    """The value at a path. Raises Missing."""
    return _found(path, values)


def as_json(expression: Expression) -> JsonObject:
    """The expression as it stands in a mapping."""
    found: JsonObject = {}
    written = [list[Json](path) if len(path) > 1 else "".join(path) for path in expression.paths]
    if expression.source == "constant":
        found["constant"] = expression.constant
    elif expression.source in {"from", "count"}:
        found[expression.source] = written[0]
    else:
        found[expression.source] = cast("Json", written)
    if expression.words:
        found["values"] = dict(expression.words)
        found |= {"otherwise": expression.otherwise} if expression.otherwise is not None else {}
    for name, value, usual in (
        ("factor", expression.factor, 1.0),
        ("divide", expression.divide, 1.0),
        ("offset", expression.offset, 0.0),
    ):
        found |= {name: _whole(value)} if value != usual else {}
    found |= {"unit": expression.unit} if expression.unit else {}
    found |= {"over": expression.over} if expression.over else {}
    return found | ({"as": expression.kind} if expression.kind else {})


def _made(expression: Expression, values: Mapping[str, Json]) -> Json:
    match expression.source:
        case "constant":
            return expression.constant
        case "from":
            return _found(expression.paths[0], values)
        case "count":
            listed = _found(expression.paths[0], values)
            return len(listed) if isinstance(listed, list) else 1
        case "sum":
            return _whole(math.fsum(_numbers(expression.paths, values)))
        case "difference":
            first, *others = _numbers(expression.paths, values)
            return _whole(first - math.fsum(others))
        case _:
            above, below = _numbers(expression.paths, values)
            if below == 0:
                raise Missing(f"'{expression.paths[1][-1]}' is 0 and divides nothing")
            return _whole(above / below)


def _found(path: Path, values: Mapping[str, Json]) -> Json:
    attribute, *members = path
    value: Json = values.get(attribute)
    for name in members:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        raise Missing(f"'{'.'.join(path)[-80:]}' has no value")
    return value


def _numbers(paths: Sequence[Path], values: Mapping[str, Json]) -> list[float]:
    return [_number(_found(path, values), path[-1]) for path in paths]


def _number(value: Json, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Missing(f"'{name[-80:]}' is {str(value)[:40]!r}, no number")
    return float(value)


def _translated(expression: Expression, value: Json) -> Json:
    word = str(value).lower() if isinstance(value, bool) else str(value)
    found = expression.words.get(word, expression.otherwise)
    if found is None:
        raise Missing(f"{word[:40]!r} is a word that the mapping does not know")
    return found


def _scaled(expression: Expression, value: Json) -> Json:
    if (expression.factor, expression.divide, expression.offset) == (1.0, 1.0, 0.0):
        return value
    number = _number(value, "the value")
    return _whole(number * expression.factor / expression.divide + expression.offset)


def _as(kind: str, value: Json) -> Json:
    match kind:
        case "text":
            return str(value).lower() if isinstance(value, bool) else str(value)
        case "boolean":
            return value not in {0, "", "false", "0", "no"}
        case "number" | "integer":
            try:
                number = float(value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            except (TypeError, ValueError):
                raise Missing(f"{str(value)[:40]!r} is no number") from None
            if not math.isfinite(number):
                raise Missing(f"{str(value)[:40]!r} is no finite number")
            return math.floor(number + 0.5) if kind == "integer" else _whole(number)
        case _:
            return value


def _whole(number: float) -> Json:
    """The number without the noise of binary fractions; an integer where it is one."""
    if not math.isfinite(number):
        raise Missing("the result is too large a number")
    rounded = float(f"{number:.12g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded
