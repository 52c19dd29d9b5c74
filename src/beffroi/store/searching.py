"""How a Find is answered from the tables, step by step: a function that asks SQL and is sent the rows.

Index conditions choose candidates; documents of candidates are read in pieces and judged by the meaning
of the find, until the page is full. Where the indexes say all of it, nothing is judged.
"""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias

from beffroi.kernel.record import Key, Record
from beffroi.store.choosing import Way, Ways, candidates, choose
from beffroi.store.holds import evaluator
from beffroi.store.indexing import IndexPath
from beffroi.store.packing import unpacked
from beffroi.store.port import Find, Found, Indexer
from beffroi.store.resolving import Always, Near, Ready, asked_paths, beside, resolve
from beffroi.store.wording import (
    EVERYWHERE,
    LAST,
    REST,
    Dialect,
    Numbers,
    Row,
    Search,
    Sql,
    before_block,
    first_row,
    shelf_walked,
)

FIRST_WALK = 4096
FIRST_WINDOW = 1024
LONGEST_WALK = 65_536
LARGEST_PIECE = 1024
TESTED_AT_ONCE = 8
"""Documents between two looks at what else there is, where they are tested quickly."""
READY = "ready"

_Judgement: TypeAlias = Callable[[list[Record]], list[Record]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`missing` are paths that have no index, `used` the numbers of those that served."""

    found: Found
    missing: frozenset[IndexPath]
    used: tuple[int, ...]


@dataclass(slots=True)
class _Page:
    """Matches in the order of creation; knows where the page begins and when it is full."""

    after: int
    offset: int
    limit: int | None
    counting: bool
    records: list[Record]
    more: bool = False
    matched: int = 0

    def is_full(self) -> bool:
        return self.more and not self.counting

    def add(self, record: Record) -> None:
        self.matched += 1
        if record.number <= self.after:
            return
        if self.offset > 0:
            self.offset -= 1
        elif self.limit is None or len(self.records) < self.limit:
            self.records.append(record)
        else:
            self.more = True


def search(find: Find, indexer: Indexer, dialect: Dialect, ways: Ways) -> Search[Outcome]:
    """Answer a find. All of it must be asked within one snapshot of the database."""
    asked = asked_paths(find.where, indexer)
    named = dialect.among("p.path", sorted({path for path, _ in asked}))
    parted = dialect.among("p.part", sorted({"", *(part for _, part in asked)}))
    catalog = yield Sql(
        "SELECT c.number, p.path, p.part, p.number FROM collection c LEFT JOIN indexed_path p"
        f" ON p.collection = c.number AND p.state = '{READY}' AND {named.text} AND {parted.text}"
        " WHERE c.tenant = ? AND c.kind = ?",
        (*named.parameters, *parted.parameters, find.tenant, find.kind),
    )
    if not catalog:
        return Outcome(Found([], more=False, count=0 if find.count else None), frozenset(), ())
    collection = _whole(catalog[0][0])
    ready = {
        IndexPath(dialect.text(path), dialect.text(part)): _whole(number)
        for _, path, part, number in catalog
        if path is not None
    }
    where = resolve(find.where, Ready(ready, indexer))
    spared = None if find.around is None else Near(find.around.path, find.around.box)
    where = where if spared is None else beside(where, spared)
    if where.node == Always(answer=False):
        found = Found([], more=False, count=0 if find.count else None)
    else:
        wanted = None if find.limit is None or find.count else find.limit + find.offset + 1
        way = yield from choose(where.node, collection, wanted, spared, dialect, ways)
        exact = where.exact and way.exact and (find.exact or find.keep is None)
        is_looked_up = exact and (find.also is None or (wanted is not None and find.offset == 0))
        walk = _Walk(way, find.after if is_looked_up or not find.count else 0)
        if is_looked_up:
            found = yield from _look_up(find, walk, dialect)
        else:
            found = yield from _judge(find, walk, dialect, _judgement(find, indexer, exact=exact))
        walk.note()
    used = (ready.get(path, ready.get(IndexPath(path.path))) for path in asked)
    return Outcome(found, asked.difference(ready), tuple(number for number in used if number is not None))


def _look_up(find: Find, walk: "_Walk", dialect: Dialect) -> Search[Found]:
    """The indexes say everything: documents are read for the page alone."""
    count: int | None = None
    if find.count:
        rows = candidates(walk.to_the_end, EVERYWHERE, dialect)
        counted = yield Sql(f"SELECT count(*) FROM ({rows.text}) AS c", rows.parameters)
        count = _whole(counted[0][0])
    if find.limit is not None and find.offset == 0:
        return (yield from _look_up_page(find, find.limit, walk, dialect, count))
    wanted = None if find.limit is None else find.limit + find.offset + 1
    numbers: list[int] = []
    while not walk.ended and (wanted is None or len(numbers) < wanted):
        numbers += yield from walk.step(None if wanted is None else wanted - len(numbers), dialect)
    page = numbers[find.offset :] if find.limit is None else numbers[find.offset : find.offset + find.limit]
    records: list[Record] = []
    for piece in _pieces(page):
        records += yield from _read(find, piece, dialect)
    return Found(records, len(numbers) > find.offset + len(page), count)


def _look_up_page(
    find: Find, limit: int, walk: "_Walk", dialect: Dialect, count: int | None
) -> Search[Found]:
    """Candidates and their documents together: one document more than the page shows what follows."""
    also, records = find.also, list[Record]()
    while not walk.ended and len(records) <= limit:
        rows = yield from walk.step_to_records(limit + 1 - len(records) + walk.refused, dialect)
        found = _records(find, rows, dialect)
        passed = found if also is None else also(found)
        records += passed
        walk.note_refused(len(found) - len(passed))
    return Found(records[:limit], len(records) > limit, count)


def _judgement(find: Find, indexer: Indexer, *, exact: bool) -> _Judgement:
    if exact and find.also is not None:
        return find.also
    holds = evaluator(find, indexer)
    return lambda records: [record for record in records if holds(record)]


def _judge(find: Find, walk: "_Walk", dialect: Dialect, judgement: _Judgement) -> Search[Found]:
    page = _Page(find.after, find.offset, find.limit, find.count, [])
    at_once = 1 if find.also is None else TESTED_AT_ONCE
    piece = LARGEST_PIECE if find.limit is None or find.count else _first_piece(find, find.limit)
    while not (walk.ended or page.is_full()):
        found = yield from _candidates(find, walk, min(piece, LARGEST_PIECE), dialect)
        at = 0
        while at < len(found) and not page.is_full():
            yield REST
            for record in judgement(found[at : at + at_once]):
                page.add(record)
            at += at_once
        piece *= 2
    return Found(page.records, page.more, page.matched if find.count else None)


def _candidates(find: Find, walk: "_Walk", limit: int, dialect: Dialect) -> Search[list[Record]]:
    """Further candidates; with their numbers at once where few will be refused."""
    if find.also is not None:
        rows = yield from walk.step_to_records(limit, dialect)
        return _records(find, rows, dialect)
    numbers = yield from walk.step(limit, dialect)
    return (yield from _read(find, numbers, dialect)) if numbers else []


def _first_piece(find: Find, limit: int) -> int:
    """Candidates to begin with: of few is refused what `also` alone is asked about."""
    return 2 * limit + 16 if find.also is None else limit + find.offset + 1 + limit // 4


class _Walk:
    """Goes through the candidates of a way; takes its detour after a long walk that met too little.

    Where candidates are had by windows of record numbers, the first one is as long as the walk for such a
    page was the last time, and gaps without index rows are left out.
    """

    def __init__(self, way: Way, after: int) -> None:
        self.ended = False
        before = way.lately.walked
        self.refused = way.lately.refused
        self._refused = 0
        self._first_way = way
        self._way = way if way.detour is None or before <= LONGEST_WALK else way.detour
        self._at = after
        self._walked = 0
        self._window = (before // 4 * 5 or FIRST_WINDOW) if way.windowed else FIRST_WALK
        self._in_a_gap = True

    @property
    def to_the_end(self) -> Way:
        """The way by which all candidates are had at once."""
        return self._way.detour if self._way.windowed and self._way.detour else self._way

    def step(self, limit: int | None, dialect: Dialect) -> Search[list[int]]:
        """Up to `limit` further candidates; none at all does not mean that it ended."""
        numbers = yield from self._next_numbers(limit, dialect)
        if self.ended:
            return []
        chosen = self._chosen(numbers, limit, dialect)
        rows = yield chosen
        found = [_whole(row[0]) for row in rows]
        self._proceed(numbers.upto, len(found), found[-1] if found else 0, limit)
        return found

    def step_to_records(self, limit: int, dialect: Dialect) -> Search[list[Row]]:
        """The same, as rows of the record table in order."""
        numbers = yield from self._next_numbers(limit, dialect)
        if self.ended:
            return []
        chosen = self._chosen(numbers, limit, dialect)
        found = yield Sql(
            "SELECT r.number, r.id, r.version, r.document"
            f" FROM ({chosen.text}) AS c JOIN record r ON r.number = c.n",
            chosen.parameters,
        )
        rows = sorted(found, key=itemgetter(0))
        self._proceed(numbers.upto, len(rows), _whole(rows[-1][0]) if rows else 0, limit)
        return rows

    def note_refused(self, number: int) -> None:
        """So many of the candidates of a step were refused: further ones are had with so many more."""
        self._refused += number
        self.refused = min(self._refused, LARGEST_PIECE)

    def note(self) -> None:
        """Remember how far it went, and how many were refused."""
        lately = self._first_way.lately
        lately.refused = self.refused
        if self._way.detour is not None or self._walked > LONGEST_WALK:
            lately.walked = self._walked

    def _next_numbers(self, limit: int | None, dialect: Dialect) -> Search[Numbers]:
        """Where to look now; it may be found that nothing follows."""
        if limit is None:
            self._way = self.to_the_end
        shelf = shelf_walked(self._way.driver) if self._way.windowed and self._in_a_gap else None
        if shelf is not None:
            rows = yield first_row(shelf, self._at, dialect)
            self.ended = not rows
            self._at = max(self._at, before_block(_whole(rows[0][0])) if rows else LAST)
        upto = LAST if self._way.detour is None else min(self._at + self._window, LAST)
        return Numbers(self._at, upto)

    def _chosen(self, numbers: Numbers, limit: int | None, dialect: Dialect) -> Sql:
        rows = candidates(self._way, numbers, dialect)
        if limit is None:
            return Sql(f"{rows.text} ORDER BY n", rows.parameters)
        return Sql(f"{rows.text} ORDER BY n LIMIT ?", (*rows.parameters, limit))

    def _proceed(self, upto: int, found: int, last: int, limit: int | None) -> None:
        """Go on behind the candidate that filled the limit, or else from `upto`."""
        if limit is not None and found == limit:
            if self._way.detour is not None:
                self._walked += last - self._at
            self._at = last
        elif self._way.detour is None:
            self.ended = True
        else:
            self._walked += upto - self._at
            self._at = upto
            self._in_a_gap = not found
            self._window *= 2
            if self._walked > LONGEST_WALK:
                self._way = self._way.detour


def _read(find: Find, numbers: Sequence[int], dialect: Dialect) -> Search[list[Record]]:
    among = dialect.among("number", numbers)
    rows = yield Sql(f"SELECT number, id, version, document FROM record WHERE {among.text}", among.parameters)
    return _records(find, sorted(rows, key=itemgetter(0)), dialect)


def _records(find: Find, rows: Sequence[Row], dialect: Dialect) -> list[Record]:
    tenant, kind, text = find.tenant, find.kind, dialect.text
    records: list[Record] = []
    for number, id, version, document in rows:
        assert isinstance(document, bytes)
        assert isinstance(version, int)
        assert isinstance(number, int)
        key = Key(tenant, kind, text(id))
        records.append(Record(key, unpacked(document, key), version, number))
    return records


def _pieces(numbers: list[int]) -> list[list[int]]:
    return [numbers[at : at + LARGEST_PIECE] for at in range(0, len(numbers), LARGEST_PIECE)]


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
