"""Choose how to find: which index drives, which ones are probed, in SQL that names the way.

A database's own planner guesses badly here (all values of all attributes stand in one table), so the
text leaves it no choice: one condition drives, in the order of creation; the others are asked about one
record at a time. A rare condition drives and is sorted; a frequent one is met soon by walking.
"""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from beffroi.kernel.geometry import Box
from beffroi.store.ordering import Span
from beffroi.store.resolving import Always, And, Ids, Leaf, Near, Node, Or, Range, leaves

T = TypeVar("T")
Row: TypeAlias = tuple[object, ...]
WAYS_KEPT = 512
USES_OF_A_WAY = 100
RARE = 64
"""A condition that lets no more through drives, whatever the others are: they are not counted further."""
LAST = (1 << 43) - 1
"""More than any record's number."""


class Sql(NamedTuple):
    """SQL text with `?` for each parameter."""

    text: str
    parameters: tuple[object, ...] = ()


Search: TypeAlias = Generator[Sql, Sequence[Row], T]
"""A function that gives out SQL, is sent the rows, and returns T: no I/O, so every engine runs it."""


class Numbers(NamedTuple):
    """Record numbers from `after` (excluded) to `upto`."""

    after: int
    upto: int


class Dialect(Protocol):
    """Where engines differ in how they say the same."""

    @property
    def by_record(self) -> str:
        """How to insist on the index `facet_by_record`."""
        ...

    def text(self, stored: object) -> str:
        """A text as it was before it was stored."""
        ...

    def among(self, column: str, values: Sequence[int] | Sequence[str]) -> Sql:
        """The column is one of these values."""
        ...

    def near(self, collection: int, path: str, box: Box, numbers: Numbers) -> Sql:
        """Select `n`, the numbers of records with an extent that touches the box."""
        ...

    def is_near(self, path: str, box: Box) -> Sql:
        """The record `n` has an extent that touches the box."""
        ...


@dataclass(frozen=True, slots=True)
class Way:
    """`driver` gives candidates in the order of creation, `probed` are asked about each.

    `driver=None` walks all records. `exact` says whether the candidates that pass are exactly those that
    the conditions let through. `detour` is taken when a walk meets nothing for long.
    """

    collection: int
    driver: Node | None
    probed: tuple[Node, ...] = ()
    exact: bool = True
    detour: "Way | None" = None


class Ways:
    """Ways chosen lately, so that a question that comes again is not estimated anew each time.

    An old choice is slower at worst: a way decides where the search begins, not what it finds.
    """

    def __init__(self) -> None:
        self._chosen: dict[tuple[Node, int, int | None], tuple[Way, int]] = {}

    def known(self, node: Node, collection: int, wanted: int | None) -> Way | None:
        way, uses = self._chosen.get((node, collection, wanted), (None, 0))
        if way is None or uses == 0:
            return None
        self._chosen[node, collection, wanted] = (way, uses - 1)
        return way

    def keep(self, node: Node, wanted: int | None, way: Way) -> None:
        if len(self._chosen) >= WAYS_KEPT:
            self._chosen.clear()
        self._chosen[node, way.collection, wanted] = (way, USES_OF_A_WAY)


def choose(node: Node, collection: int, wanted: int | None, dialect: Dialect, ways: Ways) -> Search[Way]:
    """How to find what a node lets through; `wanted` is how many matches are asked, None for all."""
    if isinstance(node, Always):
        return Way(collection, None)
    way = ways.known(node, collection, wanted)
    if way is None:
        way = yield from _choose(node, collection, wanted, dialect)
        ways.keep(node, wanted, way)
    return way


def candidates(way: Way, numbers: Numbers, dialect: Dialect) -> Sql:
    """Select `n`, the numbers of candidates; in no order yet."""
    if way.driver is None:
        text = "SELECT number AS n FROM record WHERE collection = ? AND number > ? AND number <= ?"
        chosen = Sql(text, (way.collection, *numbers))
    else:
        chosen = _drive(way.driver, way.collection, numbers, dialect)
    asked = [sql for sql in (_probe(one, dialect) for one in way.probed) if sql is not None]
    return _filtered(chosen, asked)


def _choose(node: Node, collection: int, wanted: int | None, dialect: Dialect) -> Search[Way]:
    """Estimate by bounded counts, then decide."""
    conjuncts = node.of if isinstance(node, And) else (node,)
    if len(conjuncts) == 1 and (_in_order(conjuncts[0]) or wanted is None):
        return Way(collection, conjuncts[0])
    sizes = yield from _sizes(leaves(node), collection, RARE, dialect)
    cap = RARE
    if all(_size(one, sizes) > RARE for one in conjuncts):
        rows = yield Sql("SELECT max(number) FROM record")
        cap = _break_even(int(str(rows[0][0] or 0)), wanted)
        sizes = yield from _sizes(leaves(node), collection, cap, dialect)
    conjuncts = tuple(sorted((_by_size(one, sizes) for one in conjuncts), key=lambda one: _size(one, sizes)))
    rarest = conjuncts[0]
    direct = _way(collection, rarest, conjuncts)
    if wanted is None or _size(rarest, sizes) <= cap or _in_order(rarest):
        return direct
    walked = next((one for one in conjuncts if _in_order(one)), None)
    return replace(_way(collection, walked, conjuncts), detour=direct)


def _way(collection: int, driver: Node | None, conjuncts: Sequence[Node]) -> Way:
    probed = tuple(one for one in conjuncts if one is not driver)
    return Way(collection, driver, probed, all(_is_probed(one) for one in probed))


def _break_even(records: int, wanted: int | None) -> int:
    """So many matches may be sorted before walking is cheaper.

    Sorting m matches costs about m, walking to `wanted` of them about 3 · wanted · records / m. The count
    that finds it out ends at 2,000, so that it costs the same however many records there are.
    """
    if wanted is None:
        return 20_000
    return min(max(int(math.sqrt(3 * wanted * records)), 500), 2_000)


def _in_order(node: Node) -> bool:
    """Whether the index rows stand in the order of creation, so that the first ones can be had alone."""
    return isinstance(node, Range) and node.span.single


def _sizes(asked: list[Leaf], collection: int, cap: int, dialect: Dialect) -> Search[dict[Leaf, int]]:
    counted = [leaf for leaf in dict.fromkeys(asked) if not isinstance(leaf, Ids)]
    sizes: dict[Leaf, int] = {leaf: len(leaf.ids) for leaf in asked if isinstance(leaf, Ids)}
    if counted:
        everywhere = Numbers(0, LAST)
        counts: list[Sql] = []
        for leaf in counted:
            rows = _drive(leaf, collection, everywhere, dialect, distinct="")
            counts.append(Sql(f"(SELECT count(*) FROM ({rows.text} LIMIT {cap + 1}) AS d)", rows.parameters))
        found = yield _joined("SELECT ", ", ", counts, "")
        sizes |= {leaf: int(str(size)) for leaf, size in zip(counted, found[0], strict=True)}
    return sizes


def _size(node: Node, sizes: Mapping[Leaf, int]) -> int:
    match node:
        case And(of):
            return min(_size(one, sizes) for one in of)
        case Or(of):
            return sum(_size(one, sizes) for one in of)
        case Always():
            return LAST
        case _:
            return sizes[node]


def _by_size(node: Node, sizes: Mapping[Leaf, int]) -> Node:
    """The same node with the rarest condition of every conjunction first, where it drives."""
    match node:
        case And(of):
            return And(tuple(sorted((_by_size(one, sizes) for one in of), key=lambda one: _size(one, sizes))))
        case Or(of):
            return Or(tuple(_by_size(one, sizes) for one in of))
        case _:
            return node


def _drive(
    node: Node, collection: int, numbers: Numbers, dialect: Dialect, distinct: str = "DISTINCT "
) -> Sql:
    match node:
        case Range(shelf, span):
            bounds = _bounds(span)
            text = f"FROM facet WHERE shelf = ? AND {bounds.text} AND number > ? AND number <= ?"
            unique = "" if span.single else distinct
            return Sql(f"SELECT {unique}number AS n {text}", (shelf, *bounds.parameters, *numbers))
        case Near(path, box):
            return dialect.near(collection, path, box, numbers)
        case Ids(ids):
            among = dialect.among("id", ids)
            text = f"FROM record WHERE collection = ? AND {among.text} AND number > ? AND number <= ?"
            return Sql(f"SELECT number AS n {text}", (collection, *among.parameters, *numbers))
        case And(of):
            asked = [sql for sql in (_probe(one, dialect) for one in of[1:]) if sql is not None]
            return _filtered(_drive(of[0], collection, numbers, dialect), asked)
        case Or(of):
            return _joined("", " UNION ", [_drive(one, collection, numbers, dialect) for one in of], "")
        case Always():
            raise AssertionError("A truth constant drives nothing.")


def _probe(node: Node, dialect: Dialect) -> Sql | None:
    """Ask a condition about the record `n`; None where no index can tell for one record."""
    match node:
        case Range(shelf, span) if _is_probed(node):
            bounds = _bounds(span)
            hint = "" if span.single else dialect.by_record
            term = "" if span.single else "AND shelf & 2 = 2 "  # the term of that partial index
            text = f"FROM facet {hint} WHERE shelf = ? AND number = n {term}AND {bounds.text}"
            return Sql(f"(SELECT true {text} LIMIT 1)", (shelf, *bounds.parameters))
        case Near(path, box):
            return dialect.is_near(path, box)
        case Ids(ids):
            among = dialect.among("id", ids)
            return Sql(f"(SELECT true FROM record WHERE number = n AND {among.text})", among.parameters)
        case And(of):
            asked = [sql for sql in (_probe(one, dialect) for one in of) if sql is not None]
            return _joined("(", " AND ", asked, ")") if asked else None
        case Or(of) if all(_has_probe(one) for one in of):
            asked = [sql for sql in (_probe(one, dialect) for one in of) if sql is not None]
            return _joined("(", " OR ", asked, ")")
        case _:
            return None


def _is_probed(node: Node) -> bool:
    """Whether a probe of this node answers exactly."""
    match node:
        case Range(shelf, span):
            return span.single or shelf & 2 == 2  # `facet_by_record` has numbers and times
        case And(of) | Or(of):
            return all(_is_probed(one) for one in of)
        case Always():
            return False
        case _:
            return True


def _has_probe(node: Node) -> bool:
    match node:
        case And(of):
            return any(_has_probe(one) for one in of)
        case Or(of):
            return all(_has_probe(one) for one in of)
        case _:
            return _is_probed(node)


def _bounds(span: Span) -> Sql:
    if span.single:
        return Sql("value = ?", (span.low,))
    text = f"value {'>' if span.above_low else '>='} ?"
    if span.high is None:
        return Sql(text, (span.low,))
    return Sql(f"{text} AND value {'<' if span.below_high else '<='} ?", (span.low, span.high))


def _filtered(rows: Sql, asked: list[Sql]) -> Sql:
    if not asked:
        return rows
    terms = _joined("", " AND ", asked, "")
    return Sql(f"SELECT n FROM ({rows.text}) AS d WHERE {terms.text}", rows.parameters + terms.parameters)


def _joined(start: str, between: str, parts: Sequence[Sql], end: str) -> Sql:
    text = start + between.join(part.text for part in parts) + end
    return Sql(text, tuple(value for part in parts for value in part.parameters))
