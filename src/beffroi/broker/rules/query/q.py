"""Parse the NGSI-LD query language (clause 4.9) into a Condition."""

from collections.abc import Callable, Collection, Iterator
from typing import TypeAlias

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.query.cursor import Cursor
from beffroi.broker.rules.query.literal import moment_of, read_comparable, read_pattern, read_values
from beffroi.broker.rules.query.query import (
    MEMBERS,
    MOMENTS,
    Absent,
    And,
    Comparator,
    Compare,
    Condition,
    Exists,
    Link,
    Literals,
    Moment,
    Name,
    OneOf,
    Or,
    Path,
    Range,
)
from beffroi.kernel.pattern import compile_pattern
from beffroi.kernel.problem import Problem, TooComplexQuery

MOST_TERMS = 200
"""Each range and each moment in a list of values counts as a term; patterns count ten times."""

DEEPEST = 40
"""Parentheses within parentheses, or links within links."""

_OPERATORS: tuple[Comparator, ...] = ("!~=", "==", "!=", "~=", ">=", "<=", ">", "<")
_NOT_ATTRIBUTES = frozenset({"id", "type", "scope"})
_KEYWORDS = frozenset({"id", "type"})
"""Names of members that no context expands; nor does it those that begin with @."""
_VOCABULARY = frozenset({"objectType", "valueType"})
"""Members whose values are terms (type coercion @vocab in the core context)."""

_Expand: TypeAlias = Callable[[str], str]


def parse_q(
    text: str,
    context: Context,
    *,
    expand_values: Collection[str] = (),
    json_keys: Collection[str] = (),
) -> Condition:
    """Read a query; percent-decoding has been done.

    `expand_values` are names of attributes (short or expanded) whose values in the query are terms or
    compact URIs; `json_keys` are those in whose values the names between brackets stay as written.
    Raises Problem(BadRequestData) with the position, or Problem(TooComplexQuery) beyond 16,384
    characters, MOST_TERMS or DEEPEST.

    >>> parse_q("speed>50", Context("", {}, {})).values
    (50,)
    """
    cursor = Cursor(text, "query q")
    expanded = frozenset(map(context.expand, expand_values))
    as_written = frozenset(map(context.expand, json_keys))
    condition = _Parser(cursor, context, expanded, as_written).either(0)
    cursor.finish()
    return condition


def attributes_of(condition: Condition) -> frozenset[str]:
    """The attributes of the entity itself that a condition names (expanded), without its members.

    Clause 5.7.2.4 asks for at least one non-system attribute: a query without any is too wide.
    """
    return frozenset(path.steps[0] for path in paths_of(condition) if path.steps[0] not in MEMBERS)


def link_depth_of(condition: Condition) -> int:
    """How many links the deepest path follows; at most joinLevel is allowed (clause 5.7.2.4)."""
    return max(map(_depth, paths_of(condition)))


def paths_of(condition: Condition) -> Iterator[Path]:
    """Every path that a condition names, from left to right."""
    match condition:
        case And() | Or():
            for part in condition.of:
                yield from paths_of(part)
        case _:
            yield condition.path


def _depth(path: Path) -> int:
    return 0 if path.link is None else 1 + _depth(path.link.path)


class _Parser:
    """One reading of one query: the grammar's rules as methods over a cursor."""

    __slots__ = ("_as_written", "_context", "_cursor", "_expanded", "_terms")

    def __init__(
        self, cursor: Cursor, context: Context, expanded: frozenset[str], as_written: frozenset[str]
    ) -> None:
        self._cursor = cursor
        self._context = context
        self._expanded = expanded
        self._as_written = as_written
        self._terms = 0

    def either(self, depth: int) -> Condition:
        parts = [self._each(depth)]
        while self._cursor.skip("|"):
            parts.append(self._each(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _each(self, depth: int) -> Condition:
        parts = [self._term(depth)]
        while self._cursor.skip(";"):
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _term(self, depth: int) -> Condition:
        self._check(depth)
        if self._cursor.skip("("):
            inner = self.either(depth + 1)
            self._cursor.expect(")")
            return inner
        self._count(1)
        if self._cursor.skip("!"):
            return Absent(self._path(depth))
        return self._comparison(self._path(depth))

    def _check(self, depth: int) -> None:
        if depth > DEEPEST:
            raise Problem(TooComplexQuery, f"The query q nests deeper than {DEEPEST} levels.")

    def _count(self, terms: int) -> None:
        self._terms += terms
        if self._terms > MOST_TERMS:
            raise Problem(TooComplexQuery, f"The query q has more than {MOST_TERMS} terms.")

    def _comparison(self, path: Path) -> Condition:
        cursor = self._cursor
        start = cursor.at
        operator = next(filter(cursor.skip, _OPERATORS), None)
        values: tuple[Literals | Range, ...]
        match operator:
            case None:
                return Exists(path)
            case "~=" | "!~=":
                self._count(9)
                values = (read_pattern(cursor),)
                compile_pattern(str(values[0]))
            case "==" | "!=":
                values = read_values(cursor)
                self._count(sum(isinstance(value, Range | Moment) for value in values[1:]))
            case _:
                values = (read_comparable(cursor),)
        last = _last_step(path)
        if last in MOMENTS and operator not in {"~=", "!~="}:
            values = tuple(self._as_moment(value, start) for value in values)
        elif last in _VOCABULARY or last in self._expanded:
            values = tuple(_expand_text(value, self._context.expand) for value in values)
        return Compare(path, operator, values)

    def _as_moment(self, value: Literals | Range, start: int) -> Literals | Range:
        """A member of clause 4.8 holds a date-time, so a text in quotation marks means one."""
        match value:
            case Range():
                low, high = self._as_moment(value.low, start), self._as_moment(value.high, start)
                return value if isinstance(low, Range) or isinstance(high, Range) else Range(low, high)
            case str():
                moment = moment_of(value)
                if moment is None or moment.sort != "datetime":
                    self._cursor.at = start
                    self._cursor.refuse("a date-time such as 2018-12-04T12:00:00Z is expected")
                return moment
            case _:
                return value

    def _path(self, depth: int) -> Path:
        """AttrName, sub-attributes after dots, then either members in brackets or a link in braces."""
        self._check(depth)
        cursor = self._cursor
        steps = [self._step(first=True)]
        while cursor.peek() == "." and not cursor.text.startswith("..", cursor.at):
            cursor.at += 1
            if steps[-1] in MEMBERS:
                cursor.refuse(f"an operator is expected, since '{steps[-1]}' has no sub-attributes")
            steps.append(self._step(first=False))
        if cursor.skip("{"):
            return Path(tuple(steps), link=self._link(depth))
        if not cursor.skip("["):
            return Path(tuple(steps))
        members = self._members()
        keys = members if steps[-1] in self._as_written else tuple(map(self._key, members))
        return Path(tuple(steps), members, keys)

    def _step(self, *, first: bool) -> str:
        start = self._cursor.at
        name = self._cursor.name("an attribute name")
        if self._cursor.peek() == ":":
            self._cursor.at += 1
            name += ":" + self._cursor.name("the rest of a name with a prefix")
        if first and name in _NOT_ATTRIBUTES:
            self._cursor.at = start
            self._cursor.refuse("an attribute is expected")
        return name if name in MEMBERS else self._context.expand(name)

    def _members(self) -> tuple[str, ...]:
        members: list[str] = []
        while not members or self._cursor.skip("."):
            member = self._cursor.until(".[]")
            if not member or not member.isprintable():
                self._cursor.refuse("the name of a member is expected")
            members.append(member)
        self._cursor.expect("]")
        return tuple(members)

    def _key(self, member: str) -> str:
        return member if member in _KEYWORDS or member[0] in "@*" else self._context.expand(member)

    def _link(self, depth: int) -> Link:
        """`Type,Type:path` or `path`; the last colon ends the types, so that they may have prefixes."""
        cursor = self._cursor
        start = cursor.at
        cursor.until("{}[.=<>!~;|()")
        colon = cursor.text.rfind(":", start, cursor.at)
        cursor.at = start
        types: list[Name] = []
        while colon >= 0 and cursor.at <= colon:
            name = cursor.name("an entity type")
            if cursor.at < colon and cursor.skip(":"):
                name += ":" + cursor.name("the rest of a name with a prefix")
            types.append(Name(self._context.expand(name)))
            cursor.expect(":" if cursor.at == colon else ",")
        path = self._path(depth + 1)
        cursor.expect("}")
        selection = None if not types else types[0] if len(types) == 1 else OneOf(tuple(types))
        return Link(selection, path)


def _last_step(path: Path) -> str:
    return path.steps[-1] if path.link is None else _last_step(path.link.path)


def _expand_text(value: Literals | Range, expand: _Expand) -> Literals | Range:
    match value:
        case Range() | Moment():
            return value
        case str():
            return expand(value)
        case _:
            return value
