"""How a Find is answered from the tables, step by step: a function that asks SQL and is sent the rows.

Index conditions choose candidates; documents of candidates are read in pieces and judged by the meaning
of the find, until the page is full. Where the indexes say all of it, nothing is judged.
"""

# ruff: noqa: S608 - the text is put together from our own words, every value is bound

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from beffroi.kernel.record import Key, Record
from beffroi.store.choosing import LAST, Dialect, Numbers, Row, Search, Sql, Way, Ways, candidates, choose
from beffroi.store.holds import evaluator, paths_of
from beffroi.store.picture import is_name
from beffroi.store.port import Find, Found, Indexer
from beffroi.store.resolving import Always, Resolved, resolve

FIRST_WINDOW = 4096
LONGEST_WALK = 65_536
LARGEST_PIECE = 1024
READY = "ready"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`missing` are paths that have no index, `used` the numbers of those that served."""

    found: Found
    missing: frozenset[str]
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
    paths = frozenset(path for path in paths_of(find.where) if is_name(path))
    among = dialect.among("p.path", sorted(paths))
    catalog = yield Sql(
        "SELECT c.number, p.path, p.number FROM collection c LEFT JOIN indexed_path p"
        f" ON p.collection = c.number AND p.state = '{READY}' AND {among.text}"
        " WHERE c.tenant = ? AND c.kind = ?",
        (*among.parameters, find.tenant, find.kind),
    )
    if not catalog:
        return Outcome(Found([], more=False, count=0 if find.count else None), frozenset(), ())
    collection = _whole(catalog[0][0])
    ready = {dialect.text(path): _whole(number) for _, path, number in catalog if path is not None}
    where = resolve(find.where, ready)
    if where.node == Always(answer=False):
        found = Found([], more=False, count=0 if find.count else None)
    else:
        wanted = None if find.limit is None or find.count else find.limit + find.offset + 1
        way = yield from choose(where.node, collection, wanted, dialect, ways)
        found = yield from _search(find, indexer, dialect, where, way)
    return Outcome(found, paths - ready.keys(), tuple(ready.values()))


def _search(find: Find, indexer: Indexer, dialect: Dialect, where: Resolved, way: Way) -> Search[Found]:
    if where.exact and way.exact and (find.exact or find.keep is None):
        if find.also is None:
            return (yield from _look_up(find, way, dialect))
        return (yield from _judge(find, way, dialect, find.also))
    return (yield from _judge(find, way, dialect, evaluator(find, indexer)))


def _look_up(find: Find, way: Way, dialect: Dialect) -> Search[Found]:
    """The indexes say everything: documents are read for the page alone."""
    count: int | None = None
    if find.count:
        rows = candidates(way, Numbers(0, LAST), dialect)
        counted = yield Sql(f"SELECT count(*) FROM ({rows.text}) AS c", rows.parameters)
        count = _whole(counted[0][0])
    walk = _Walk(way, find.after)
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
    records: list[Record] = []
    while not walk.ended and len(records) <= limit:
        rows = yield from walk.step_to_records(limit + 1 - len(records), dialect)
        records += [_record(find, row, dialect) for row in rows]
    return Found(records[:limit], len(records) > limit, count)


def _judge(find: Find, way: Way, dialect: Dialect, matches: Callable[[Record], bool]) -> Search[Found]:
    page = _Page(find.after, find.offset, find.limit, find.count, [])
    walk = _Walk(way, 0 if find.count else find.after)
    piece = LARGEST_PIECE if find.limit is None or find.count else _first_piece(find, find.limit)
    while not (walk.ended or page.is_full()):
        numbers = yield from walk.step(min(piece, LARGEST_PIECE), dialect)
        for record in (yield from _read(find, numbers, dialect)) if numbers else ():
            if matches(record):
                page.add(record)
                if page.is_full():
                    break
        piece *= 2
    return Found(page.records, page.more, page.matched if find.count else None)


def _first_piece(find: Find, limit: int) -> int:
    """Candidates to begin with: of few is refused what `also` alone is asked about."""
    return 2 * limit + 16 if find.also is None else limit + find.offset + 1 + limit // 4


class _Walk:
    """Goes through the candidates of a way; takes its detour after a long walk that met too little."""

    def __init__(self, way: Way, after: int) -> None:
        self.ended = False
        self._way = way
        self._at = after
        self._begun = after
        self._window = FIRST_WINDOW

    def step(self, limit: int | None, dialect: Dialect) -> Search[list[int]]:
        """Up to `limit` further candidates; none at all does not mean that it ended."""
        upto = self._horizon()
        rows = yield self._next(upto, limit, dialect)
        numbers = [_whole(row[0]) for row in rows]
        self._proceed(upto, None if limit is None or len(numbers) < limit else numbers[-1])
        return numbers

    def step_to_records(self, limit: int, dialect: Dialect) -> Search[list[Row]]:
        """The same, as rows of the record table in order."""
        upto = self._horizon()
        chosen = self._next(upto, limit, dialect)
        found = yield Sql(
            "SELECT r.number, r.id, r.version, r.document"
            f" FROM ({chosen.text}) AS c JOIN record r ON r.number = c.n",
            chosen.parameters,
        )
        rows = sorted(found, key=_number)
        self._proceed(upto, None if len(rows) < limit else _number(rows[-1]))
        return rows

    def _horizon(self) -> int:
        return LAST if self._way.detour is None else self._at + self._window

    def _next(self, upto: int, limit: int | None, dialect: Dialect) -> Sql:
        chosen = candidates(self._way, Numbers(self._at, upto), dialect)
        if limit is None:
            return Sql(f"{chosen.text} ORDER BY n", chosen.parameters)
        return Sql(f"{chosen.text} ORDER BY n LIMIT ?", (*chosen.parameters, limit))

    def _proceed(self, upto: int, last: int | None) -> None:
        """Go on behind `last`, the candidate that filled the limit, or else from `upto`."""
        if last is not None:
            self._at = last
        elif self._way.detour is None:
            self.ended = True
        else:
            self._at = upto
            self._window *= 2
            if self._at - self._begun > LONGEST_WALK:
                self._way = self._way.detour


def _read(find: Find, numbers: Sequence[int], dialect: Dialect) -> Search[list[Record]]:
    among = dialect.among("number", numbers)
    rows = yield Sql(f"SELECT number, id, version, document FROM record WHERE {among.text}", among.parameters)
    records = [_record(find, row, dialect) for row in rows]
    records.sort(key=lambda record: record.number)
    return records


def _record(find: Find, row: Row, dialect: Dialect) -> Record:
    number, id, version, document = row
    assert isinstance(document, bytes)
    return Record(Key(find.tenant, find.kind, dialect.text(id)), document, _whole(version), _whole(number))


def _number(row: Row) -> int:
    return _whole(row[0])


def _pieces(numbers: list[int]) -> Iterator[list[int]]:
    return (numbers[at : at + LARGEST_PIECE] for at in range(0, len(numbers), LARGEST_PIECE))


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
