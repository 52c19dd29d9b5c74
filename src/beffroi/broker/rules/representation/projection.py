"""Parse the attribute projection language of pick and omit (clause 4.21)."""

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.query.bounds import MOST_NAMES
from beffroi.broker.rules.query.cursor import Cursor
from beffroi.broker.rules.query.query import Projection
from beffroi.kernel.problem import Problem, TooComplexQuery

ENTITY_MEMBERS = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt"})
"""Names that stay as they are: members of an entity that are no attributes (clauses 4.8, 4.18, 5.2.4)."""

DEEPEST = 40


def parse_projection(text: str, context: Context) -> Projection:
    """Read `a,b{c,d}` (or with `|`); names are expanded, those of ENTITY_MEMBERS stay.

    A name that is given twice counts once, what its braces say taken together. Raises
    Problem(BadRequestData), or Problem(TooComplexQuery) beyond MOST_NAMES or DEEPEST.

    >>> parse_projection("id,createdAt", Context("", {}, {}))
    Projection(members=(('id', None), ('createdAt', None)))
    """
    cursor = Cursor(text, "projection")
    projection = _terms(cursor, context, 0)
    cursor.finish()
    return projection


def projection_depth(projection: Projection) -> int:
    """How many links the projection follows; at most joinLevel is allowed (clause 5.7.2.4)."""
    return max((1 + projection_depth(inner) for _, inner in projection.members if inner), default=0)


def _terms(cursor: Cursor, context: Context, depth: int) -> Projection:
    if depth > DEEPEST:
        raise Problem(TooComplexQuery, f"The projection nests deeper than {DEEPEST} levels.")
    members: dict[str, Projection | None] = {}
    while not members or cursor.skip(",") or cursor.skip("|"):
        name = _name(cursor, context)
        inner = None
        if cursor.skip("{"):
            inner = _terms(cursor, context, depth + 1)
            cursor.expect("}")
        members[name] = _together(members[name], inner) if name in members else inner
        if len(members) > MOST_NAMES:
            raise Problem(TooComplexQuery, f"The projection has more than {MOST_NAMES} names.")
    return Projection(tuple(members.items()))


def _name(cursor: Cursor, context: Context) -> str:
    start = cursor.at
    name = cursor.name("the name of a member")
    if cursor.peek() != ":":
        return name if name in ENTITY_MEMBERS else context.expand(name)
    uri = name + cursor.until(",|{}; \t\r\n\"'<>")
    if uri.endswith(":") or not uri.isprintable():
        cursor.at = start
        cursor.refuse("the name of a member is expected")
    return context.expand(uri)


def _together(one: Projection | None, other: Projection | None) -> Projection | None:
    """None means the whole, so it takes in every other."""
    if one is None or other is None:
        return None
    members = dict(one.members)
    for name, inner in other.members:
        members[name] = _together(members[name], inner) if name in members else inner
    return Projection(tuple(members.items()))
