"""How PostgreSQL says what engines say differently; extents in PostGIS."""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

from collections.abc import Sequence

from beffroi.kernel.geometry import Box
from beffroi.store.indexing import EXTENTS_BITS, inside, last_slot
from beffroi.store.postgres.connecting import unescaped
from beffroi.store.wording import Numbers, Sql


class PostgresDialect:
    by_block = ""
    near_by_number = False

    def text(self, stored: object) -> str:
        return unescaped(str(stored))

    def among(self, column: str, values: Sequence[int] | Sequence[str]) -> Sql:
        if not values:
            return Sql("false")
        if len(values) == 1:
            return Sql(f"{column} = ?", (values[0],))
        form = "bigint" if isinstance(values[0], int) else "text"
        return Sql(f"{column} = ANY(?::{form}[])", (list(values),))

    def series(self, first: int, last: int) -> Sql:
        return Sql("generate_series(?::bigint, ?::bigint) AS b (value)", (first, last))

    def near(self, collection: int, path: str, box: Box, numbers: Numbers) -> Sql:
        west, south, east, north = box
        text = (
            f"SELECT DISTINCT slot >> {EXTENTS_BITS} AS n FROM place"
            " WHERE area && ST_MakeEnvelope(?, ?, ?, ?, 4326) AND collection = ? AND path = ?"
            " AND west <= ? AND east >= ? AND south <= ? AND north >= ? AND slot > ? AND slot <= ?"
        )
        area = (inside(west), inside(south), inside(east), inside(north))
        slots = (last_slot(numbers.after), last_slot(numbers.upto))
        return Sql(text, (*area, collection, path, east, west, north, south, *slots))

    def is_near(self, path: str, box: Box) -> Sql:
        west, south, east, north = box
        text = (
            f"(SELECT true FROM place WHERE slot >= n << {EXTENTS_BITS} AND slot < (n + 1) << {EXTENTS_BITS}"
            " AND path = ? AND west <= ? AND east >= ? AND south <= ? AND north >= ? LIMIT 1)"
        )
        return Sql(text, (path, east, west, north, south))
