"""What a Filter means: the pure evaluator, and the reference for the SQL of every engine."""

from collections.abc import Callable, Collection, Iterator

from beffroi.kernel.geometry import Box
from beffroi.kernel.record import Record
from beffroi.store.ordering import comparable
from beffroi.store.port import (
    All,
    Between,
    Comparator,
    Either,
    Extent,
    Facet,
    FacetValue,
    Filter,
    Find,
    Indexer,
    Named,
    Prefix,
    Sort,
    Touches,
    Where,
)

NO_INDEXER = Indexer(facets=lambda _body, _paths: (), extents=lambda _body: ())
"""For kinds of record that have nothing to be found by but their id."""


def holds(where: Filter, facets: Collection[Facet], extents: Collection[Extent], id: str) -> bool:
    """Whether a record with these facets, extents and id satisfies the filter.

    >>> holds(Where("speed", ">", "number", 50), [Facet("speed", "number", 70)], [], "urn:1")
    True
    """
    match where:
        case All(of):
            return all(holds(one, facets, extents, id) for one in of)
        case Either(of):
            return any(holds(one, facets, extents, id) for one in of)
        case Named(ids):
            return id in ids
        case Touches(path, box):
            return any(extent.path == path and touch(extent.box, box) for extent in extents)
        case Prefix(path, text):
            return any(str(value).startswith(text) for value in _values(facets, path, "text"))
        case Between(path, sort, low, high):
            return any(
                compares(value, ">=", sort, low) and compares(value, "<=", sort, high)
                for value in _values(facets, path, sort)
            )
        case Where(path, comparator, sort, value):
            return any(compares(stored, comparator, sort, value) for stored in _values(facets, path, sort))


def touch(one: Box, other: Box) -> bool:
    """Whether two boxes have a point in common; a shared edge or corner is one."""
    return (
        one.west <= other.east and other.west <= one.east
        and one.south <= other.north and other.south <= one.north
    )  # fmt: skip


def compares(stored: FacetValue, comparator: Comparator, sort: Sort, asked: FacetValue) -> bool:
    """Compare two values of one sort; texts by code point, numbers as binary64, NaN with nothing."""
    left, right = comparable(sort, stored), comparable(sort, asked)
    if left is None or right is None:
        return False
    if isinstance(left, str) and isinstance(right, str):
        less, equal = left < right, left == right
    else:
        less, equal = float(left) < float(right), left == right
    match comparator:
        case "==":
            return equal
        case "<":
            return less
        case "<=":
            return less or equal
        case ">":
            return not (less or equal)
        case ">=":
            return not less


def paths_of(where: Filter) -> frozenset[str]:
    """The facet paths that a filter asks."""
    return frozenset(_paths(where))


def evaluator(find: Find, indexer: Indexer) -> Callable[[Record], bool]:
    """The meaning of a Find as a function of one record: its `keep`, or else its `where`, and its `also`."""
    also, meant = find.also, _meant(find, indexer)
    return meant if also is None else lambda record: bool(also([record])) and meant(record)


def _meant(find: Find, indexer: Indexer) -> Callable[[Record], bool]:
    if find.keep is not None:
        return find.keep
    where, paths = find.where, paths_of(find.where)

    def matches(record: Record) -> bool:
        body = record.shared
        return holds(where, list(indexer.facets(body, paths)), list(indexer.extents(body)), record.key.id)

    return matches


def _paths(where: Filter) -> Iterator[str]:
    match where:
        case All(of) | Either(of):
            for one in of:
                yield from _paths(one)
        case Where() | Between() | Prefix():
            yield where.path
        case Named() | Touches():
            return


def _values(facets: Collection[Facet], path: str, sort: Sort) -> Iterator[FacetValue]:
    return (facet.value for facet in facets if facet.path == path and facet.sort == sort)
