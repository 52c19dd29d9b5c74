"""Index a further path in the background: registered, built in pieces between batches, dropped in pieces.

Which paths are indexed changes only under the catalog lock, held alone, which every batch shares: so a
writer that does not know of a path has committed before its building begins. One process builds.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from beffroi.kernel.record import Key, Record
from beffroi.store.holds import NO_INDEXER
from beffroi.store.indexing import IndexPath, Paths, rows_of
from beffroi.store.ordering import shelf_of
from beffroi.store.packing import unpacked
from beffroi.store.port import Indexer
from beffroi.store.postgres.connecting import BUILDING, CATALOG, Session, unescaped
from beffroi.store.postgres.writing import facet_rows, facets_added
from beffroi.store.wishes import RECORDS_AT_ONCE, ROWS_AT_ONCE, Indexed, Wishes
from beffroi.store.wording import Row, Sql

_REGISTER = """
INSERT INTO indexed_path (collection, path, part, state, built_to)
SELECT c.number, p.path, p.part, 'building', 0
FROM collection c, unnest(?::text[], ?::text[]) AS p (path, part)
WHERE c.tenant = ? AND c.kind = ? ON CONFLICT DO NOTHING
"""
_PATHS = """
SELECT p.path, p.part, p.number, p.state FROM indexed_path p JOIN collection c ON c.number = p.collection
WHERE c.tenant = ? AND c.kind = ?
"""
_PIECE = """
SELECT id, document, number FROM record
WHERE collection = ? AND number > ? AND number <= ? ORDER BY id FOR SHARE
"""
_UPTO = """
SELECT max(number), count(*) FROM
(SELECT number FROM record WHERE collection = ? AND number > ? ORDER BY number LIMIT ?) AS piece
"""


class Builder:
    """Does one piece of work per call of `step`, in a transaction of its own."""

    def __init__(self, session: Session, indexers: Mapping[str, Indexer], wishes: Wishes) -> None:
        self._session = session
        self._indexers = indexers
        self._wishes = wishes
        self._idle = False
        self._checked_always = False

    def look_again(self) -> None:
        """There may be something to do."""
        self._idle = False

    async def step(self) -> bool:
        """Whether something was done."""
        if self._idle:
            return False
        self._idle = True  # unless something is done now, or asked meanwhile
        await self._session.roll_back()
        try:
            done = await self._step()
        except BaseException:
            self._idle = False
            await self._session.roll_back()
            raise
        self._idle = self._idle and not done
        return done

    async def _step(self) -> bool:
        if not self._checked_always:
            await self._register_always()
            self._checked_always = True
            return True
        if (wish := self._wishes.take()) is not None:
            await self._register(*wish)
            return True
        (_, (row,)) = await self._session.run(
            Sql("BEGIN"), Sql("SELECT pg_try_advisory_xact_lock(?)", (BUILDING,))
        )
        done = bool(row[0]) and (await self._build() or await self._drop())
        await self._session.run(Sql("COMMIT"))
        return done

    async def _register_always(self) -> None:
        """Paths that a newer version indexes always, on records that were there before."""
        await self._session.run(*_alone())
        (collections,) = await self._session.run(Sql("SELECT tenant, kind FROM collection"))
        for tenant, kind in ((unescaped(str(t)), unescaped(str(k))) for t, k in collections):
            always = sorted(self._indexers.get(kind, NO_INDEXER).always)
            if always:
                await self._session.run(Sql(_REGISTER, (always, [""] * len(always), tenant, kind)))
        await self._session.run(Sql("COMMIT"))

    async def _register(self, tenant: str, kind: str, asked: set[IndexPath]) -> None:
        always = self._indexers.get(kind, NO_INDEXER).always
        *_, rows = await self._session.run(*_alone(), Sql(_PATHS, (tenant, kind)))
        known = {_indexed(path, part): Indexed(cast("int", n), str(state)) for path, part, n, state in rows}
        new, doomed = self._wishes.granted(asked, known, always)
        numbers = [known[path].number for path in doomed]
        await self._session.run(
            Sql("UPDATE indexed_path SET state = 'dropping' WHERE number = ANY(?::integer[])", (numbers,)),
            Sql(_REGISTER, ([path for path, _ in new], [part for _, part in new], tenant, kind)),
            Sql("COMMIT"),
        )

    async def _build(self) -> bool:
        (rows,) = await self._session.run(
            Sql(
                "SELECT p.number, p.collection, p.path, p.built_to, c.tenant, c.kind, p.part"
                " FROM indexed_path p JOIN collection c ON c.number = p.collection"
                " WHERE p.state = 'building' ORDER BY p.collection, p.built_to"
            )
        )
        if not rows:
            return False
        _, of, _, start, tenant, kind, _ = rows[0]
        together = {
            _indexed(row[2], row[6]): cast("int", row[0]) for row in rows if (row[1], row[3]) == (of, start)
        }
        (((upto, count),),) = await self._session.run(Sql(_UPTO, (of, start, RECORDS_AT_ONCE)))
        (records,) = await self._session.run(Sql(_PIECE, (of, start, upto or start)))
        facets = self._facets(unescaped(str(tenant)), unescaped(str(kind)), records, together)
        state = "ready" if cast("int", count) < RECORDS_AT_ONCE else "building"
        numbers = list(together.values())
        await self._session.run(
            *facets_added(facets),
            Sql(
                "UPDATE indexed_path SET built_to = ?, state = ? WHERE number = ANY(?::integer[])",
                (upto or start, state, numbers),
            ),
        )
        return True

    def _facets(
        self, tenant: str, kind: str, records: Sequence[Row], together: Mapping[IndexPath, int]
    ) -> list[tuple[int, bytes, int]]:
        indexer = self._indexers.get(kind, NO_INDEXER)
        paths = Paths.of(together)
        facets: list[tuple[int, bytes, int]] = []
        for id, document, number in cast("Sequence[tuple[str, bytes, int]]", records):
            key = Key(tenant, kind, id)
            rows = rows_of(Record(key, unpacked(document, key), number=number), indexer, paths)
            facets += facet_rows(rows.facets, number)
        return facets

    async def _drop(self) -> bool:
        (rows,) = await self._session.run(
            Sql("SELECT number FROM indexed_path WHERE state = 'dropping' LIMIT 1")
        )
        if not rows:
            return False
        number = cast("int", rows[0][0])
        first, last = shelf_of(number, "boolean"), shelf_of(number, "time")
        (gone,) = await self._session.run(
            Sql(
                "DELETE FROM facet USING (SELECT shelf, value, number FROM facet"
                " WHERE shelf BETWEEN ? AND ? LIMIT ?) AS gone WHERE facet.shelf = gone.shelf"
                " AND facet.value = gone.value AND facet.number = gone.number RETURNING 1",
                (first, last, ROWS_AT_ONCE),
            )
        )
        if len(gone) < ROWS_AT_ONCE:
            await self._session.run(Sql("DELETE FROM indexed_path WHERE number = ?", (number,)))
        return True


def _indexed(path: object, part: object) -> IndexPath:
    return IndexPath(unescaped(str(path)), unescaped(str(part)))


def _alone() -> tuple[Sql, Sql]:
    return Sql("BEGIN"), Sql("SELECT pg_advisory_xact_lock(?)", (CATALOG,))
