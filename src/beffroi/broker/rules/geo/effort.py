"""How much work geometries make, before anybody does it.

What GEOS goes through are the pairs of segments whose boxes touch, the parts of one geometry for each
position of the other, and for a distance, at worst, all pairs of positions; what it makes of a polygon that
crosses itself grows with its crossings.

Counting stops where there are too many.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from beffroi.broker.rules.query.query import Relation
from beffroi.kernel.problem import BadRequestData, Problem, TooComplexQuery

MOST_CROSSINGS: Final = 500
"""At which a polygon may cross itself: to make the area of it that it covers takes some 5 ms."""

MOST_CLOSE: Final = 200_000
"""Pairs of segments of one polygon whose boxes touch, neighbours apart."""

MOST_PAIRS: Final = 2_000_000
"""Pairs of segments of two geometries that are looked through for the first that meet: some 20 ms."""

MOST_NODES: Final = 100_000
"""Pairs of segments where all have to be known, which "overlaps" asks for: some 150 ms and 30 MB."""

MOST_PRODUCT: Final = 20_000_000
"""Parts of one geometry by positions of another, and positions of both where their distance is measured: some
0.5 s at worst."""

_SLICE: Final = 500_000
"""Pairs that may be found at a time, of all but the longest geometries."""

_LEAST: Final = 64
"""Segments that are looked up at once."""

_FEW: Final = 33
"""Positions of a polygon that has not MOST_CROSSINGS."""

Lines: TypeAlias = NDArray[np.object_]


@dataclass(frozen=True)
class Edges:
    """The segments of a geometry's lines or rings; none of its points."""

    shape: BaseGeometry

    @cached_property
    def lines(self) -> Lines:
        drawn = shapely.boundary(self.shape) if _is_area(self.shape) else self.shape
        parts = shapely.get_parts(drawn)
        places, part = shapely.get_coordinates(parts, return_index=True)
        whole = part[1:] == part[:-1]
        ends = np.stack([places[:-1][whole], places[1:][whole]], axis=1)
        return cast("Lines", shapely.linestrings(ends))

    @cached_property
    def tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.lines)

    @cached_property
    def count(self) -> int:
        """At most so many segments, told at no cost."""
        return int(shapely.count_coordinates(self.shape))

    def pairs_with(self, other: "Edges", most: int) -> int:
        """Pairs of a segment here and one there whose boxes touch; more than `most` are not counted."""
        found = 0
        step = max(_LEAST, _SLICE // max(self.count, 1))
        for start in range(0, len(other.lines), step):
            found += self.tree.query(other.lines[start : start + step]).shape[1]
            if found > most:
                break
        return found

    def close(self, most: int) -> NDArray[np.intp] | None:
        """Pairs of segments of this one whose boxes touch, neighbours apart; None if more than `most`."""
        kept: list[NDArray[np.intp]] = []
        found = 0
        step = max(_LEAST, _SLICE // max(self.count, 1))
        for start in range(0, len(self.lines), step):
            pairs = self.tree.query(self.lines[start : start + step])
            pairs[0] += start
            kept.append(pairs[:, pairs[0] + 1 < pairs[1]])
            found += kept[-1].shape[1]
            if found > most:
                return None
        return np.concatenate(kept, axis=1) if kept else np.empty((2, 0), dtype=np.intp)


def check_area(shape: BaseGeometry) -> None:
    """Raise Problem(BadRequestData) for a polygon that crosses itself so often that nobody may ask for it."""
    edges = Edges(shape)
    if edges.count <= _FEW or (edges.count**2 < 2 * MOST_CLOSE and shapely.is_valid(shape)):
        return
    pairs = edges.close(MOST_CLOSE)
    if pairs is None:
        raise Problem(
            BadRequestData,
            f"The {shape.geom_type} is too intricate: at more than {MOST_CLOSE:,} places its edges are close "
            "to others.",
        )
    if shapely.is_valid(shape):
        return
    one, other = edges.lines[pairs[0]], edges.lines[pairs[1]]
    if int(np.count_nonzero(shapely.intersects(one, other))) > MOST_CROSSINGS:
        raise Problem(
            BadRequestData, f"The {shape.geom_type} crosses itself at more than {MOST_CROSSINGS} places."
        )


class Bound:
    """Whether a geometry may be compared with one reference. Raises Problem(TooComplexQuery) where the
    reference alone is too much."""

    def __init__(self, relation: Relation, reference: BaseGeometry) -> None:
        self._is_noded = relation == "overlaps"
        self._most = MOST_NODES if self._is_noded else MOST_PAIRS
        self._reference = Edges(reference)
        self._parts = len(shapely.get_parts(reference))
        self._is_area = _is_area(reference)
        self._check_alone(self._reference)

    def check(self, target: BaseGeometry) -> None:
        """Raise Problem(TooComplexQuery) where it would take too long."""
        edges = Edges(target)
        looked = self._parts * edges.count
        if not self._is_area:  # in a prepared area points are found by an index
            looked += len(shapely.get_parts(target)) * self._reference.count
        if looked > MOST_PRODUCT:
            raise _too_large(looked, "parts by positions")
        self._check_alone(edges)
        if self._reference.count * edges.count <= self._most:
            return
        if self._reference.pairs_with(edges, self._most) > self._most:
            raise _too_much(self._most)

    def _check_alone(self, edges: Edges) -> None:
        if self._is_noded and edges.count**2 > 2 * self._most and edges.close(self._most) is None:
            raise _too_much(self._most)


def check_distance(one: BaseGeometry, other: BaseGeometry) -> None:
    """Raise Problem(TooComplexQuery) where it would take too long to find the nearest places of two."""
    product = int(shapely.count_coordinates(one)) * int(shapely.count_coordinates(other))
    if product > MOST_PRODUCT:
        raise _too_large(product, "pairs of positions")


def _too_large(product: int, of_what: str) -> Problem:
    return Problem(
        TooComplexQuery,
        f"The geo-query compares geometries that are too large: {product:,} {of_what}; {MOST_PRODUCT:,} are "
        "the most.",
    )


def _too_much(most: int) -> Problem:
    return Problem(
        TooComplexQuery,
        f"The geo-query compares geometries whose edges are close to others at more than {most:,} places.",
    )


def _is_area(shape: BaseGeometry) -> bool:
    return isinstance(shape, shapely.Polygon | shapely.MultiPolygon)
