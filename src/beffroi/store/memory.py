"""The reference engine: dictionaries. The other engines are compared with it."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import islice

from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem, Unavailable
from beffroi.kernel.record import Key, Record
from beffroi.store.holds import NO_INDEXER, evaluator
from beffroi.store.picture import Draft, Picture, nameable_only
from beffroi.store.port import Decide, Find, Found, Indexer, Past, Pending, Trace


class MemoryStore:
    def __init__(self, indexers: Mapping[str, Indexer]) -> None:
        self._indexers = indexers
        self._records: dict[Key, Record] = {}
        self._outbox: dict[int, Pending] = {}
        self._history: list[Trace] = []
        self._history_of: dict[Key, list[Trace]] = {}
        self._last_trace = 0
        self._last_record = 0
        self._last_event = 0
        self._commits = 0
        self._listeners: list[Callable[[], None]] = []
        self._closed = False

    async def read(self, keys: Sequence[Key]) -> dict[Key, Record]:
        self._check_open()
        return {key: self._records[key] for key in keys if key in self._records}

    async def find(self, find: Find) -> Found:
        self._check_open()
        matches = evaluator(find, self._indexers.get(find.kind, NO_INDEXER))
        kept = [record for record in self._in_order(find.tenant, find.kind) if matches(record)]
        following = [record for record in kept if record.number > find.after][find.offset :]
        page = following if find.limit is None else following[: find.limit]
        return Found(page, len(following) > len(page), len(kept) if find.count else None)

    async def stream(self, find: Find) -> AsyncIterator[Record]:
        self._check_open()
        matches = evaluator(find, self._indexers.get(find.kind, NO_INDEXER))
        skipped = 0
        for record in self._in_order(find.tenant, find.kind):
            if record.number > find.after and matches(record):
                skipped += 1
                if skipped > find.offset:
                    yield record

    async def values(self, tenant: str, kind: str, path: str) -> dict[str, int]:
        self._check_open()
        facets = self._indexers.get(kind, NO_INDEXER).facets
        counted: Counter[str] = Counter()
        for record in self._in_order(tenant, kind):
            found = facets(record.body, frozenset({path}))
            counted.update(
                {str(facet.value) for facet in found if facet.path == path and facet.sort == "text"}
            )
        return dict(counted)

    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        self._check_open()
        asked = set(nameable_only(reads))
        while True:
            picture = Picture(asked, {key: self._records[key] for key in asked if key in self._records})
            picture.run(reads, decide)
            if not picture.unread:
                break
            asked |= picture.unread
        self._store(picture.draft())

    async def lanes(self, now: Instant, limit: int) -> list[str]:
        self._check_open()
        due = (first.lane for first in self._first_of_lanes() if first.due <= now)
        return list(islice(due, limit))

    async def next_due(self) -> Instant | None:
        self._check_open()
        return min((first.due for first in self._first_of_lanes()), default=None)

    async def pending(self, lane: str, limit: int) -> list[Pending]:
        self._check_open()
        return list(islice((event for event in self._outbox.values() if event.lane == lane), limit))

    async def history(self, key: Key, past: Past) -> list[Trace]:
        self._check_open()
        told = self._history_of.get(key, [])
        ordered = reversed(told) if past.first == "newest" else told
        return list(islice((trace for trace in ordered if _is_in(trace, past)), past.limit))

    async def ended(self, tenant: str, kind: str, *, after: str, limit: int) -> list[Trace]:
        self._check_open()
        ids = (
            key.id
            for key in self._history_of
            if key.tenant == tenant and key.kind == kind and key.id > after and key not in self._records
        )
        return [self._history_of[Key(tenant, kind, id)][-1] for id in sorted(ids)[:limit]]

    async def traces(self, *, after: int, limit: int) -> list[Trace]:
        self._check_open()
        start = bisect_right(self._history, after, key=lambda trace: trace.number)
        return self._history[start : start + limit]

    async def last_trace(self) -> int:
        self._check_open()
        return self._history[-1].number if self._history else 0

    async def forget_traces(self, before: Instant, limit: int) -> int:
        self._check_open()
        oldest = self._history[: min(limit, max(0, len(self._history) - 1))]
        kept = [trace for trace in oldest if trace.at >= before]
        self._history[: len(oldest)] = kept
        gone = {trace.number for trace in oldest if trace.at < before}
        for key in {trace.key for trace in oldest if trace.at < before}:
            left = [trace for trace in self._history_of[key] if trace.number not in gone]
            if left:
                self._history_of[key] = left
            else:
                del self._history_of[key]
        return len(oldest) - len(kept)

    async def tenants(self) -> list[str]:
        self._check_open()
        return sorted({key.tenant for key in self._records})

    def mark(self) -> int:
        return self._commits

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    async def close(self) -> None:
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise Problem(Unavailable, "The store is closed.")

    def _in_order(self, tenant: str, kind: str) -> list[Record]:
        of_kind = (
            record for key, record in self._records.items() if key.tenant == tenant and key.kind == kind
        )
        return sorted(of_kind, key=lambda record: record.number)

    def _first_of_lanes(self) -> list[Pending]:
        first: dict[str, Pending] = {}
        for event in self._outbox.values():
            first.setdefault(event.lane, event)
        return list(first.values())

    def _store(self, draft: Draft) -> None:
        self._commits += 1
        for record in draft.removed:
            del self._records[record.key]
        for _, record in draft.changed:
            self._records[record.key] = record
        for record in draft.created:
            self._last_record += 1
            self._records[record.key] = Record(record.key, record.document, record.version, self._last_record)
        for key, at, body in draft.traces:
            self._last_trace += 1
            trace = Trace(self._last_trace, key, at, body)
            self._history.append(trace)
            self._history_of.setdefault(key, []).append(trace)
        self._retell(draft)
        self._send(draft)
        if draft.events:
            for listener in self._listeners:
                listener()

    def _retell(self, draft: Draft) -> None:
        for number, was, body in draft.retold:
            at = bisect_left(self._history, number, key=lambda trace: trace.number)
            if at == len(self._history) or self._history[at].number != number:
                continue
            trace = self._history[at]
            of_record = self._history_of[trace.key]
            if body is None:
                del self._history[at]
                of_record.remove(trace)
                if not of_record:
                    del self._history_of[trace.key]
            elif trace.body == was:
                self._history[at] = of_record[of_record.index(trace)] = trace._replace(body=body)

    def _send(self, draft: Draft) -> None:
        for event in draft.events:
            self._last_event += 1
            self._outbox[self._last_event] = Pending(self._last_event, event.lane, event.body, event.due, 0)
        for later in draft.postponed:
            if (waiting := self._outbox.get(later.number)) is not None:
                again = waiting._replace(due=later.due, body=later.body, attempts=waiting.attempts + 1)
                self._outbox[later.number] = again
        for number in draft.settled:
            self._outbox.pop(number, None)


def _is_in(trace: Trace, past: Past) -> bool:
    return (
        trace.at >= past.since
        and not (past.until and trace.at >= past.until)
        and trace.number > past.after
        and not (past.before and trace.number >= past.before)
    )
