"""Word a condition in SQL: as the source of candidates, or as a question about one record.

A database's own planner guesses badly here (all values of all attributes stand in one table), so the
text leaves it no choice of index.
"""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

from collections.abc import Generator, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias, TypeVar

from beffroi.kernel.geometry import Box
from beffroi.store.ordering import Span
from beffroi.store.resolving import Always, And, Ids, Near, Node, Or, Range

T = TypeVar("T")
Row: TypeAlias = tuple[object, ...]
LAST = (1 << 43) - 1
"""More than any record's number."""
BLOCK_BITS = 6
"""The index `facet_by_block` has the values of 64 neighbouring records together, each block in the order of
values: a range of values is read in the order of creation, block after block, and asking one record is still
cheap. Fewer bits make the first dearer, more the second."""
_BLOCK = f"number >> {BLOCK_BITS}"


class Sql(NamedTuple):
    """SQL text with `?` for each parameter."""

    text: str
    parameters: tuple[object, ...] = ()


Search: TypeAlias = Generator[Sql, Sequence[Row], T]
"""A function that gives out SQL, is sent the rows, and returns T: no I/O, so every engine runs it."""

REST: Final = Sql("")
"""What a search gives out before each document that it judges: nothing is asked, but what follows may take
long, and nobody may wait for it any more."""


class Numbers(NamedTuple):
    """Record numbers from `after` (excluded) to `upto`."""

    after: int
    upto: int


EVERYWHERE = Numbers(0, LAST)


class Dialect(Protocol):
    """Where engines differ in how they say the same."""

    @property
    def by_block(self) -> str:
        """How to insist on the index `facet_by_block`."""
        ...

    @property
    def near_by_number(self) -> bool:
        """Whether `near` costs less for few numbers than for all."""
        ...

    def text(self, stored: object) -> str:
        """A text as it was before it was stored."""
        ...

    def among(self, column: str, values: Sequence[int] | Sequence[str]) -> Sql:
        """The column is one of these values."""
        ...

    def series(self, first: int, last: int) -> Sql:
        """A table `b` whose column `value` has these whole numbers."""
        ...

    def near(self, collection: int, path: str, box: Box, numbers: Numbers) -> Sql:
        """Select `n`, the numbers of records with an extent that touches the box."""
        ...

    def is_near(self, path: str, box: Box) -> Sql:
        """The record `n` has an extent that touches the box."""
        ...


def is_in_order(node: Node) -> bool:
    """Whether the index rows stand in the order of creation, so that the first ones can be had alone."""
    return isinstance(node, Range) and node.span.single


def goes_by_windows(node: Node, dialect: Dialect) -> bool:
    """Whether candidates among few record numbers can be had without going through all of them."""
    match node:
        case Range():
            return is_probed(node)
        case Near():
            return dialect.near_by_number
        case And(of):
            return goes_by_windows(of[0], dialect)
        case Or(of):
            return all(goes_by_windows(one, dialect) for one in of)
        case _:
            return False


def everything(collection: int, numbers: Numbers) -> Sql:
    """Select `n`, the numbers of all records."""
    text = "SELECT number AS n FROM record WHERE collection = ? AND number > ? AND number <= ?"
    return Sql(text, (collection, *numbers))


def drive(node: Node, collection: int, numbers: Numbers, dialect: Dialect) -> Sql:
    """Select `n`, the numbers of the records that a node lets through, each once, in no order."""
    match node:
        case Range():
            return _in_range(node, numbers, "" if node.span.single else "DISTINCT ")
        case Near(path, box):
            return dialect.near(collection, path, box, numbers)
        case Ids(ids):
            among = dialect.among("id", ids)
            text = f"FROM record WHERE collection = ? AND {among.text} AND number > ? AND number <= ?"
            return Sql(f"SELECT number AS n {text}", (collection, *among.parameters, *numbers))
        case And(of):
            return filtered(drive(of[0], collection, numbers, dialect), of[1:], dialect)
        case Or(of):
            return joined("", " UNION ", [drive(one, collection, numbers, dialect) for one in of], "")
        case Always():
            raise AssertionError("A truth constant drives nothing.")


def drives_exactly(node: Node) -> bool:
    """Whether `drive` lets through what the node does and no more: of a conjunction the first condition
    drives, and the others are asked as far as an index can tell."""
    match node:
        case And(of):
            return drives_exactly(of[0]) and all(is_probed(one) for one in of[1:])
        case Or(of):
            return all(drives_exactly(one) for one in of)
        case _:
            return True


def drive_in_window(node: Node, collection: int, numbers: Numbers, dialect: Dialect) -> Sql:
    """The same for few numbers, where the node `goes_by_windows`."""
    match node:
        case Range(shelf, span) if not span.single:
            blocks = dialect.series((numbers.after + 1) >> BLOCK_BITS, numbers.upto >> BLOCK_BITS)
            bounds = _bounds(span)
            return Sql(
                f"SELECT DISTINCT number AS n FROM {blocks.text} CROSS JOIN facet {dialect.by_block}"
                f" WHERE shelf = ? AND shelf & 2 = 2 AND {_BLOCK} = b.value AND {bounds.text}"
                " AND number > ? AND number <= ?",
                (*blocks.parameters, shelf, *bounds.parameters, *numbers),
            )
        case And(of):
            return filtered(drive_in_window(of[0], collection, numbers, dialect), of[1:], dialect)
        case Or(of):
            parts = [drive_in_window(one, collection, numbers, dialect) for one in of]
            return joined("", " UNION ", parts, "")
        case _:
            return drive(node, collection, numbers, dialect)


def before_block(number: int) -> int:
    """The number before the first one of its block."""
    return (number >> BLOCK_BITS << BLOCK_BITS) - 1


def shelf_walked(node: Node | None) -> int | None:
    """The one shelf by blocks whose rows a walk by windows meets; None where there are several, or another
    index."""
    match node:
        case Range(shelf) if shelf & 2 == 2:
            return shelf
        case And(of):
            return shelf_walked(of[0])
        case Or(of):
            shelves = {shelf_walked(one) for one in of}
            return shelves.pop() if len(shelves) == 1 else None
        case _:
            return None


def first_row(shelf: int, after: int, dialect: Dialect) -> Sql:
    """Select a number of the first block with index rows of this shelf that has numbers behind `after`."""
    return Sql(
        f"SELECT number FROM facet {dialect.by_block} WHERE shelf = ? AND shelf & 2 = 2 AND {_BLOCK} >= ?"
        f" ORDER BY {_BLOCK} LIMIT 1",
        (shelf, (after + 1) >> BLOCK_BITS),
    )


def counted(node: Node, collection: int, numbers: Numbers, most: int, dialect: Dialect) -> Sql:
    """Count index rows, as an expression; no further than one more than `most`."""
    match node:
        case Range() if numbers == EVERYWHERE:
            rows = _in_range(node, numbers, "")
        case _ if numbers != EVERYWHERE and goes_by_windows(node, dialect):
            rows = drive_in_window(node, collection, numbers, dialect)
        case _:
            rows = drive(node, collection, numbers, dialect)
    return Sql(f"(SELECT count(*) FROM ({rows.text} LIMIT {most + 1}) AS d)", rows.parameters)


def passing(node: Node, asked: Node, collection: int, numbers: Numbers, most: int, dialect: Dialect) -> Sql:
    """Count a node's rows among these numbers, no more than `most`, and those of them that pass another."""
    drives = drive if is_in_order(node) else drive_in_window
    rows = drives(node, collection, numbers, dialect)
    some = Sql(f"SELECT n FROM ({rows.text} LIMIT {most}) AS s", rows.parameters)
    left = filtered(some, (asked,), dialect)
    text = f"SELECT (SELECT count(*) FROM ({some.text}) AS c), (SELECT count(*) FROM ({left.text}) AS c)"
    return Sql(text, some.parameters + left.parameters)


def filtered(rows: Sql, nodes: Sequence[Node], dialect: Dialect) -> Sql:
    """Of these rows those that pass the nodes, as far as an index can tell for one record."""
    asked = _probes(nodes, dialect)
    if not asked:
        return rows
    terms = joined("", " AND ", asked, "")
    return Sql(f"SELECT n FROM ({rows.text}) AS d WHERE {terms.text}", rows.parameters + terms.parameters)


def is_probed(node: Node) -> bool:
    """Whether asking one record answers exactly."""
    match node:
        case Range(shelf, span):
            return span.single or shelf & 2 == 2  # `facet_by_block` has numbers and times
        case And(of) | Or(of):
            return all(is_probed(one) for one in of)
        case Always():
            return False
        case _:
            return True


def joined(start: str, between: str, parts: Sequence[Sql], end: str) -> Sql:
    text = start + between.join(part.text for part in parts) + end
    return Sql(text, tuple(value for part in parts for value in part.parameters))


def _in_range(leaf: Range, numbers: Numbers, unique: str) -> Sql:
    bounds = _bounds(leaf.span)
    text = f"FROM facet WHERE shelf = ? AND {bounds.text} AND number > ? AND number <= ?"
    return Sql(f"SELECT {unique}number AS n {text}", (leaf.shelf, *bounds.parameters, *numbers))


def _probes(nodes: Sequence[Node], dialect: Dialect) -> list[Sql]:
    return [sql for sql in (_probe(one, dialect) for one in nodes) if sql is not None]


def _probe(node: Node, dialect: Dialect) -> Sql | None:
    """Ask a condition about the record `n`; None where no index can tell for one record."""
    match node:
        case Range(shelf, span) if is_probed(node):
            bounds = _bounds(span)
            index, term = (
                ("", "") if span.single else (dialect.by_block, f"{_BLOCK} = n >> {BLOCK_BITS} AND ")
            )
            partial = "" if span.single else "shelf & 2 = 2 AND "  # the term of that partial index
            text = f"FROM facet {index} WHERE shelf = ? AND {partial}{term}number = n AND {bounds.text}"
            return Sql(f"(SELECT true {text} LIMIT 1)", (shelf, *bounds.parameters))
        case Near(path, box):
            return dialect.is_near(path, box)
        case Ids(ids):
            among = dialect.among("id", ids)
            return Sql(f"(SELECT true FROM record WHERE number = n AND {among.text})", among.parameters)
        case And(of):
            asked = _probes(of, dialect)
            return joined("(", " AND ", asked, ")") if asked else None
        case Or(of) if all(_has_probe(one) for one in of):
            return joined("(", " OR ", _probes(of, dialect), ")")
        case _:
            return None


def _has_probe(node: Node) -> bool:
    match node:
        case And(of):
            return any(_has_probe(one) for one in of)
        case Or(of):
            return all(_has_probe(one) for one in of)
        case _:
            return is_probed(node)


def _bounds(span: Span) -> Sql:
    if span.single:
        return Sql("facet.value = ?", (span.low,))
    text = f"facet.value {'>' if span.above_low else '>='} ?"
    if span.high is None:
        return Sql(text, (span.low,))
    return Sql(f"{text} AND facet.value {'<' if span.below_high else '<='} ?", (span.low, span.high))
