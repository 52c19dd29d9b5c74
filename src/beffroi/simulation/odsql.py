"""Read a part of the Opendatasoft query language: `where`, `order_by` and `select` over plain field names."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from beffroi.simulation.dataset import Kind
from beffroi.simulation.wire import Json, Record, Refusal

Kinds: TypeAlias = Mapping[str, Kind]
Condition: TypeAlias = Callable[[Record], bool]
# numbers and moments are compared as numbers, all else as text
Ordered: TypeAlias = tuple[float, str]

MOST_CONDITIONS = 50
TOKEN = re.compile(
    r"""\s*(?:(?P<date>date\s*(?:'[^']*'|"[^"]*"))|(?P<text>'[^']*'|"[^"]*")|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<word>[A-Za-z_]\w*)|(?P<sign><=|>=|!=|<>|[=<>(),:]))""",
    re.IGNORECASE,
)
ORDERS: Mapping[str, Callable[[Ordered, Ordered], bool]] = {
    "=": lambda one, other: one == other,
    ":": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the query; `kind` is the name of its group in TOKEN, or `end`."""

    kind: str
    text: str
    position: int


def where(query: str, kinds: Kinds) -> Condition:
    """Parse a condition; raise a Refusal of 400 when it is none, or names a field that is none.

    >>> enough = where("bikes > 3 and not seen is null", {"bikes": "int", "seen": "text"})
    >>> enough({"bikes": 4, "seen": "today"})
    True
    """
    reader = _Reader(query, tuple(_tokens(query)), kinds)
    condition = reader.either()
    reader.expect_end()
    return condition


def ordered(records: Sequence[Record], order_by: str, kinds: Kinds) -> list[Record]:
    """Sort by `field [asc|desc], …`; records without a value come last."""
    result = list(records)
    for part in reversed(order_by.split(",")):
        match part.split():
            case [name] | [name, ("asc" | "ASC")]:
                result.sort(key=_rank(name, kinds))
            case [name, ("desc" | "DESC")]:
                result.sort(key=_rank(name, kinds), reverse=True)
                result.sort(key=_missing(name))
            case _:
                raise syntax_error(f"'{part.strip()}' is no order.")
    return result


def selected(select: str, kinds: Kinds) -> list[str]:
    """Read a list of plain field names; `*` is all of them."""
    if select.strip() == "*":
        return list(kinds)
    names = [name.strip() for name in select.split(",")]
    for name in names:
        _known(name, kinds)
    return names


def syntax_error(sentence: str) -> Refusal:
    return Refusal(400, "ODSQLSyntaxError", f"ODSQL syntax exception: {sentence}")


class _Reader:
    """A reader that walks over the tokens once; `or` binds less than `and`, `and` less than `not`."""

    def __init__(self, query: str, tokens: tuple[Token, ...], kinds: Kinds) -> None:
        self._query, self._tokens, self._kinds = query, tokens, kinds
        self._place = self._conditions = 0

    def either(self) -> Condition:
        choices = [self._both()]
        while self._accept("or"):
            choices.append(self._both())
        return lambda record: any(choice(record) for choice in choices)

    def _both(self) -> Condition:
        parts = [self._negation()]
        while self._accept("and"):
            parts.append(self._negation())
        return lambda record: all(part(record) for part in parts)

    def _negation(self) -> Condition:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise syntax_error(f"more than {MOST_CONDITIONS} conditions in {self._query}.")
        if self._accept("not"):
            denied = self._negation()
            return lambda record: not denied(record)
        if self._accept("("):
            inner = self.either()
            self._expect(")")
            return inner
        return self._predicate()

    def _predicate(self) -> Condition:
        if self._accept("in_bbox"):
            return self._box()
        name = self._take("word").text
        _known(name, self._kinds)
        if self._accept("is"):
            wanted = not self._accept("not")
            self._expect("null")
            return lambda record: (record[name] is None) == wanted
        if self._accept("in"):
            return self._among(name)
        if self._accept("like"):
            part = self._take("text").text[1:-1].strip("%").lower()
            return lambda record: part in str(record[name]).lower()
        holds = ORDERS.get(self._take("sign").text)
        if holds is None:
            raise self._unexpected(self._tokens[self._place - 1])
        kind = self._kinds[name]
        bound = self._literal(kind)
        return lambda record: record[name] is not None and holds(comparable(record[name], kind), bound)

    def _among(self, name: str) -> Condition:
        kind = self._kinds[name]
        self._expect("(")
        choices = {self._literal(kind)}
        while self._accept(","):
            choices.add(self._literal(kind))
        self._expect(")")
        return lambda record: record[name] is not None and comparable(record[name], kind) in choices

    def _box(self) -> Condition:
        """Read in_bbox(field, south, west, north, east)."""
        self._expect("(")
        name = self._take("word").text
        _known(name, self._kinds)
        bounds: list[float] = []
        for _ in range(4):
            self._expect(",")
            bounds.append(float(self._take("number").text))
        self._expect(")")
        south, west, north, east = bounds

        def inside(record: Record) -> bool:
            match record[name]:
                case {"lon": float(lon), "lat": float(lat)}:
                    return west <= lon <= east and south <= lat <= north
                case _:
                    return False

        return inside

    def _literal(self, kind: Kind) -> Ordered:
        token = self._next()
        try:
            match token.kind:
                case "number":
                    return comparable(float(token.text), kind)
                case "text":
                    return comparable(token.text[1:-1], kind)
                case "date":
                    return comparable(token.text[4:].strip()[1:-1], "datetime")
                case _:
                    raise self._unexpected(token)
        except ValueError:
            raise self._unexpected(token) from None

    def expect_end(self) -> None:
        self._take("end")

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _take(self, kind: str) -> Token:
        token = self._next()
        if token.kind != kind:
            raise self._unexpected(token)
        return token

    def _accept(self, word: str) -> bool:
        token = self._tokens[self._place]
        if token.kind not in ("word", "sign") or token.text.lower() != word:
            return False
        self._place += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise self._unexpected(self._tokens[self._place])

    def _unexpected(self, token: Token) -> Refusal:
        return syntax_error(f"unexpected {token.text} at position {token.position} in {self._query}.")


def comparable(value: Json, kind: Kind) -> Ordered:
    """Make two values of one field comparable; raise ValueError when the value is not of the field's kind."""
    if kind == "datetime" and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), ""
    if kind in ("int", "double") and isinstance(value, int | float | str):
        return float(value), ""
    return 0.0, str(value)


def _rank(name: str, kinds: Kinds) -> Callable[[Record], tuple[bool, Ordered]]:
    _known(name, kinds)

    def rank(record: Record) -> tuple[bool, Ordered]:
        value = record[name]
        return (True, (0.0, "")) if value is None else (False, comparable(value, kinds[name]))

    return rank


def _missing(name: str) -> Callable[[Record], bool]:
    return lambda record: record[name] is None


def _known(name: str, kinds: Kinds) -> None:
    if name not in kinds:
        raise syntax_error(f"unknown field: {name}.")


def _tokens(query: str) -> Iterator[Token]:
    position = 0
    while position < len(query.rstrip()):
        found = TOKEN.match(query, position)
        if found is None or found.lastgroup is None:
            raise syntax_error(f"unexpected {query[position]} at position {position} in {query}.")
        yield Token(found.lastgroup, found.group(found.lastgroup), found.start(found.lastgroup))
        position = found.end()
    yield Token("end", "end", position)
