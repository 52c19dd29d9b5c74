"""How SQLite says what engines say differently; extents in an R*Tree."""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

import zlib
from array import array
from collections.abc import Sequence
from functools import lru_cache

from beffroi.kernel.geometry import Box
from beffroi.store.indexing import EXTENTS_BITS, inside, last_slot
from beffroi.store.sqlite.connecting import carray
from beffroi.store.wording import Numbers, Sql

FEW = 24
"""Values that stand in the text one by one: a page's, whose statement is prepared once."""


class SqliteDialect:
    by_block = "INDEXED BY facet_by_block"
    near_by_number = True

    def text(self, stored: object) -> str:
        return str(stored)

    def among(self, column: str, values: Sequence[int] | Sequence[str]) -> Sql:
        if len(values) == 1:
            return Sql(f"{column} = ?", (values[0],))
        if 0 < len(values) <= FEW:
            return Sql(f"{column} IN ({', '.join('?' * len(values))})", tuple(values))
        whole = [value for value in values if isinstance(value, int)]
        if whole:
            return Sql(f"{column} IN (SELECT value FROM carray(?))", (carray(array("q", whole)),))
        # As bytes, because a text in an array would end at a NUL.
        texts = [str(value).encode("utf-8", "surrogatepass") for value in values]
        if not texts:
            return Sql("false")
        return Sql(f"{column} IN (SELECT CAST(value AS TEXT) FROM carray(?))", (carray(tuple(texts)),))

    def series(self, first: int, last: int) -> Sql:
        return Sql("carray(?) AS b", (carray(array("q", range(first, last + 1))),))

    def near(self, collection: int, path: str, box: Box, numbers: Numbers) -> Sql:
        west, south, east, north = box
        bin_number = bin_of(collection, path)
        text = (
            f"SELECT DISTINCT p.slot >> {EXTENTS_BITS} AS n"
            " FROM extent e CROSS JOIN place p ON p.slot = e.slot"
            " WHERE e.west <= ? AND e.east >= ? AND e.south <= ? AND e.north >= ?"
            " AND e.first_bin <= ? AND e.last_bin >= ? AND e.first_number <= ? AND e.last_number >= ?"
            " AND p.collection = ? AND p.path = ?"
            " AND p.west <= ? AND p.east >= ? AND p.south <= ? AND p.north >= ?"
            " AND p.slot > ? AND p.slot <= ?"
        )
        rough = (inside(east), inside(west), inside(north), inside(south))
        slots = (last_slot(numbers.after), last_slot(numbers.upto))
        exactly = (east, west, north, south)
        turns = (turn_of(numbers.upto), turn_of(numbers.after))
        return Sql(text, (*rough, bin_number, bin_number, *turns, collection, path, *exactly, *slots))

    def is_near(self, path: str, box: Box) -> Sql:
        west, south, east, north = box
        text = (
            f"(SELECT true FROM place WHERE slot >= n << {EXTENTS_BITS} AND slot < (n + 1) << {EXTENTS_BITS}"
            " AND path = ? AND west <= ? AND east >= ? AND south <= ? AND north >= ? LIMIT 1)"
        )
        return Sql(text, (path, east, west, north, south))


@lru_cache(1024)
def bin_of(collection: int, path: str) -> int:
    """A third dimension of the tree: other tenants' extents do not slow a query. Two may share one."""
    return zlib.crc32(f"{collection} {path}".encode("utf-8", "surrogatepass")) & 0xFFFFF


def turn_of(number: int) -> float:
    """A record's number as the tree's fourth dimension, so that few records of a full box can be had alone.

    A million records are as far apart as a degree: the tree parts space and numbers about alike. Measured
    with 300,000 points about a town: the scale may be a hundred times smaller or larger.
    """
    return number * 1e-6
