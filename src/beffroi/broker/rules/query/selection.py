"""Parse the entity type selection language (clause 4.17) and say which types it selects."""

from collections.abc import Callable, Collection

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.query.cursor import Cursor
from beffroi.broker.rules.query.query import EachOf, Name, OneOf, Selection
from beffroi.kernel.problem import Problem, TooComplexQuery

DEEPEST = 20
MOST_NAMES = 500

_NEVER_IN_A_NAME = frozenset(' \t\r\n"<>{}\\^`*')


def parse_types(text: str, context: Context) -> Selection:
    """Read `A|B`, `A,B`, `(A;B)` and what they make together; names or URIs, which are expanded.

    A `;` binds tighter than `|` and `,`, with or without parentheses. `*` is for the caller.
    Raises Problem(BadRequestData), or Problem(TooComplexQuery) beyond MOST_NAMES or DEEPEST.

    >>> parse_types("Home|Car", Context("", {"Home": "ex:Home", "Car": "ex:Car"}, {}))
    OneOf(of=(Name(text='ex:Home'), Name(text='ex:Car')))
    """

    def read(cursor: Cursor) -> Name:
        start = cursor.at
        name = cursor.until("|,;()")
        if not name or not name.isprintable() or not _NEVER_IN_A_NAME.isdisjoint(name):
            cursor.at = start
            cursor.refuse("an entity type is expected")
        return Name(context.expand(name))

    return parse_selection(Cursor(text, "type selection"), read)


def parse_selection(cursor: Cursor, read: Callable[[Cursor], Name]) -> Selection:
    """The algebra that types and scopes share; `read` reads one name."""
    names = 0

    def either(depth: int) -> Selection:
        parts = [each(depth)]
        while cursor.skip("|") or cursor.skip(","):
            parts.append(each(depth))
        return parts[0] if len(parts) == 1 else OneOf(tuple(parts))

    def each(depth: int) -> Selection:
        parts = [one(depth)]
        while cursor.skip(";"):
            parts.append(one(depth))
        return parts[0] if len(parts) == 1 else EachOf(tuple(parts))

    def one(depth: int) -> Selection:
        nonlocal names
        names += 1
        if names > MOST_NAMES or depth > DEEPEST:
            detail = f"The {cursor.what} has more than {MOST_NAMES} names or {DEEPEST} levels."
            raise Problem(TooComplexQuery, detail)
        if not cursor.skip("("):
            return read(cursor)
        inner = either(depth + 1)
        cursor.expect(")")
        return inner

    selection = either(0)
    cursor.finish()
    return selection


def type_matcher(selection: Selection) -> Callable[[Collection[str]], bool]:
    """Compile a selection into a test of an entity's types (expanded)."""
    match selection:
        case Name(text):
            return lambda types: text in types
        case EachOf(of):
            parts = tuple(map(type_matcher, of))
            return lambda types: all(part(types) for part in parts)
        case OneOf(of):
            if all(isinstance(part, Name) for part in of):
                wanted = frozenset(part.text for part in of if isinstance(part, Name))
                return lambda types: not wanted.isdisjoint(types)
            parts = tuple(map(type_matcher, of))
            return lambda types: any(part(types) for part in parts)
