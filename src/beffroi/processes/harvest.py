"""Harvest: what a city has comes in as entities (sources → broker), batch by batch, each of them whole."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from beffroi.kernel.geometry import Box
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import (
    AddressRefused,
    BadRequestData,
    Conflict,
    InvalidRequest,
    Problem,
    SourceFailed,
    TooLarge,
)
from beffroi.sources.operations.catalogue import Catalogue
from beffroi.sources.operations.fetching import Limits, Visit, World
from beffroi.sources.operations.harvested import Arrival, Memory
from beffroi.sources.operations.registry import find_source, record_run
from beffroi.sources.operations.trial import adapter_of, setting_of, sort_key, surrounded
from beffroi.sources.rules.dataset import common_area
from beffroi.sources.rules.mapping.apply import Mapped, map_record
from beffroi.sources.rules.mapping.axes import surveyed
from beffroi.sources.rules.mapping.format import Mapping as Rules
from beffroi.sources.rules.mapping.tally import Tally
from beffroi.sources.rules.page import Mark, Page
from beffroi.sources.rules.run import Counts, Run, State, run_id
from beffroi.sources.rules.source import Source, after_run
from beffroi.store.port import Store

BATCH = 250
DETAILS = ("notes", "unused", "empty", "absent", "places")
MOST_NAMED = 20
FEW = 10
"""As many records tell whether a source has changed its shape; as many may vanish without a question."""
THEIRS = (SourceFailed, AddressRefused, BadRequestData, InvalidRequest, TooLarge)
"""Problems that a source causes: the run stops and says so. Others are ours, and are raised."""


class Written(NamedTuple):
    """What became of entities, by id. The others were there already, and as they came; `refused` says why."""

    created: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    refused: Mapping[str, str] = {}


class Upsert(Protocol):
    """Bring entities into the broker, all in one commit."""

    def __call__(self, tenant: str, arrivals: Sequence[Arrival], /) -> Awaitable[Written]: ...


class Delete(Protocol):
    """Delete entities that are there."""

    def __call__(self, tenant: str, ids: Sequence[str], /) -> Awaitable[None]: ...


class Progress(NamedTuple):
    """How far a run is, as its report will count; `total` is None where the source does not say."""

    source: str
    read: int = 0
    total: int | None = None
    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0


class Present(Protocol):
    """Which of these entities are there."""

    def __call__(self, tenant: str, ids: Collection[str], /) -> Awaitable[AbstractSet[str]]: ...


@dataclass(frozen=True, slots=True)
class Harvester:
    """The services of a harvest. `busy` says of the sources that are being read at this moment, by tenant and
    name, how far that is."""

    store: Store
    world: World
    catalogue: Catalogue
    upsert: Upsert
    delete: Delete
    present: Present
    limits: Limits = field(default_factory=Limits)
    busy: dict[tuple[str, str], Progress] = field(default_factory=dict[tuple[str, str], Progress])


def silent(_: Progress) -> None:
    """Nobody watches."""


async def harvest(
    node: Harvester, tenant: str, name: str, on_progress: Callable[[Progress], None] = silent
) -> Run:
    """Read a source once and keep the report.

    What the source does wrong is in the report, not raised. Raises Problem(ResourceNotFound) for a source
    that is not there, Problem(Conflict) if it is being read already.
    """
    source = await find_source(node.store, tenant, name)
    mapping = node.catalogue.mappings.get(source.mapping)
    if mapping is None:
        return await _refused(node, tenant, source, f"There is no mapping '{source.mapping}' on this node.")
    if (tenant, name) in node.busy:
        raise Problem(Conflict, f"The source '{name}' is being harvested already.")
    node.busy[tenant, name] = Progress(name)

    def told(progress: Progress) -> None:
        node.busy[tenant, name] = progress
        on_progress(progress)

    try:
        return await _Harvest(node, tenant, source, mapping, told).run()
    finally:
        del node.busy[tenant, name]


async def _refused(node: Harvester, tenant: str, source: Source, sentence: str) -> Run:
    """The report of a run that could not begin."""
    now = node.world.now()
    run = Run(
        run_id(source.name, now), source.name, source.mapping, "", now, now, "stopped", failure=sentence
    )
    await record_run(node.store, tenant, run, lambda stored: after_run(stored, run.id, now, state="stopped"))
    return run


class _Harvest:
    """One run, from its first request to its report."""

    def __init__(
        self,
        node: Harvester,
        tenant: str,
        source: Source,
        mapping: Rules,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._node = node
        self._tenant = tenant
        self._source = source
        self._mapping = mapping
        self._report = on_progress
        self._setting = setting_of(source)
        self._memory = Memory(node.store, tenant, source, mapping)
        self._visit = Visit(node.world, node.limits, source.url)
        self._tally = Tally()
        self._seen: set[str] = set()
        self._visited: set[str] = set()
        self._new = self._changed = self._same = self._repeated = self._rejected = 0
        self._unchanged_refused = self._unchanged_read = self._unchanged_swapped = 0
        self._unchanged_skipped = 0
        self._total: int | None = None
        self._refusals: dict[str, str] = {}
        self._warnings: list[str] = []
        self._whereabouts = "known"

    async def run(self) -> Run:
        started = self._node.world.now()
        error = ""
        self._setting = await surrounded(self._node.store, self._tenant, self._source, self._mapping)
        if self._setting.area is None and not self._setting.around:
            self._whereabouts = "unknown"
        try:
            await self._read_all()
        except Problem as problem:
            if problem.kind not in THEIRS:
                raise
            error = problem.detail
        gone, deleted = ([], 0) if error else await self._missing()
        return await self._record(started, error, gone, deleted)

    async def _read_all(self) -> None:
        source, pages = self._source, adapter_of(self._source).pages
        key = sort_key(self._mapping)
        async for page in pages(source.url, source.dataset, key, self._visit, self._mark):
            self._visited.add(page.url)
            self._total = page.total if page.total is not None else self._total
            if page.unchanged is not None:
                self._skip(page)
            else:
                await self._take(page)
            self._tell()

    async def _mark(self, url: str) -> Mark | None:
        """What is known of a page, if all that came from it is still there: else it has to be read again."""
        mark = await self._memory.mark(url)
        if mark is None or set(mark.ids) - await self._node.present(self._tenant, mark.ids):
            return None
        return mark

    def _skip(self, page: Page) -> None:
        """The source says that this page is as it was."""
        mark = page.unchanged
        if mark is None:
            return
        self._check_for_circle(mark.ids)
        first = set(mark.ids) - self._seen
        self._repeated += len(mark.ids) - len(first)
        self._seen.update(first)
        self._same += len(first)
        self._unchanged_read += mark.count
        self._unchanged_refused += mark.refused
        self._unchanged_skipped += mark.count - len(mark.ids) - mark.refused
        self._unchanged_swapped += mark.swapped
        self._tally.repeat(mark.reasons)

    async def _take(self, page: Page) -> None:
        refused_before, swapped_before = self._tally.refused, self._tally.swapped
        reasons_before = self._tally.counted()
        ids = list[str]()
        for start in range(0, len(page.records), BATCH):
            entities = self._map(page.records[start : start + BATCH])
            if start == 0:
                self._check_for_circle([str(each["id"]) for each in entities])
            ids.extend(str(each["id"]) for each in entities)
            await self._write(entities)
            self._tell()
        tally = self._tally
        refused, swapped = tally.refused - refused_before, tally.swapped - swapped_before
        mark = page.mark(tuple(ids), refused, swapped, tally.since(reasons_before))
        if not self._refusals:
            await self._memory.keep_mark(page.url, mark)

    def _map(self, records: Sequence[JsonObject]) -> list[JsonObject]:
        tally, entities = self._tally, list[JsonObject]()
        self._setting = surveyed(self._mapping, records, self._setting)
        for record in records:
            outcome = map_record(self._mapping, record, self._setting)
            tally.add(record, outcome)
            if isinstance(outcome, Mapped):
                entities.append(outcome.entity)
        if tally.refused == tally.read >= FEW:
            why = next(iter(tally.reasons.values())).sentence
            raise Problem(
                SourceFailed,
                f"None of the first {tally.read} records fits the mapping '{self._mapping.name}': {why}",
            )
        return entities

    async def _write(self, entities: Sequence[JsonObject]) -> None:
        """One batch: what is new, different or not there goes to the broker, then it is remembered."""
        self._repeated += len(entities) - len({str(each["id"]) for each in entities} - self._seen)
        judged = await self._memory.judge(entities)
        wanted = await self._wanted(judged)
        written = await self._node.upsert(self._tenant, wanted) if wanted else Written()
        await self._memory.keep([each.entity for each in wanted if each.id not in written.refused])
        first = {each.id for each in judged} - self._seen  # an entity is counted once, where it came first
        new, changed, rejected = (
            len(first & ids) for ids in (written.created, written.changed, written.refused.keys())
        )
        self._new += new
        self._changed += changed
        self._same += len(first) - new - changed - rejected
        self._rejected += rejected
        self._refusals.update(written.refused)
        self._seen.update(str(each["id"]) for each in entities)

    async def _wanted(self, judged: Sequence[Arrival]) -> list[Arrival]:
        """What differs from last time, and what somebody has deleted since."""
        same = [each.id for each in judged if each.news == "same"]
        there = await self._node.present(self._tenant, same) if same else frozenset[str]()
        return [each for each in judged if each.news != "same" or each.id not in there]

    def _check_for_circle(self, ids: Sequence[str]) -> None:
        if ids and all(each in self._seen for each in ids):
            raise Problem(
                SourceFailed,
                f"The source pages in a circle: the first {len(ids)} records of page {len(self._visited)} "
                "have all come before.",
            )

    async def _missing(self) -> tuple[list[str], int]:
        """Entities of earlier runs that the source does not have any more; how many were deleted."""
        read = self._tally.read + self._unchanged_read
        if self._total is not None and read != self._total:
            self._warnings.append(f"The source says that it has {self._total} records, and gave {read}.")
            if read < self._total:
                return [], 0
        if self._repeated and len(self._visited) > 1:
            self._warnings.append(
                f"{self._repeated} records came more than once while paging: others may have been missed."
            )
            return [], 0
        await self._memory.drop_other_marks(self._visited)
        gone, known = await self._memory.absent(self._seen)
        if not gone or not self._source.deletes:
            return gone, 0
        if len(gone) > max(FEW, known // 2):
            self._warnings.append(f"{len(gone)} of {known} entities are gone: too many to delete unasked.")
            return gone, 0
        await self._node.delete(self._tenant, gone)
        await self._memory.drop(gone)
        return gone, len(gone)

    async def _record(self, started: Instant, error: str, gone: Sequence[str], deleted: int) -> Run:
        ended = self._node.world.now()
        state: State = "stopped" if error else "completed"
        run = Run(
            id=run_id(self._source.name, started),
            source=self._source.name,
            mapping=self._mapping.name,
            type=self._mapping.type,
            started_at=started,
            ended_at=ended,
            state=state,
            counts=self._counts(gone=len(gone), deleted=deleted),
            failure=error,
            warnings=tuple(self._warnings),
            requests=self._visit.requests,
            bytes=self._visit.bytes,
            seconds=self._visit.seconds,
            pages=len(self._visited),
            details=self._details(gone),
        )
        await record_run(
            self._node.store,
            self._tenant,
            run,
            lambda source: after_run(
                source, run.id, ended, state=state, places=self._places(), began=started
            ),
        )
        return run

    def _places(self) -> Box | None:
        """Around all that this run has placed, and what it did not read again."""
        found = self._tally.places
        before = self._source.places if self._unchanged_read else None
        return common_area((found, before))

    def _counts(self, *, gone: int, deleted: int) -> Counts:
        tally = self._tally
        return Counts(
            read=tally.read + self._unchanged_read,
            new=self._new,
            changed=self._changed,
            same=self._same,
            refused=tally.refused + self._unchanged_refused,
            skipped=tally.skipped + self._unchanged_skipped,
            rejected=self._rejected,
            repeated=self._repeated,
            swapped=tally.swapped + self._unchanged_swapped,
            gone=gone,
            deleted=deleted,
            total=self._total,
        )

    def _details(self, gone: Sequence[str]) -> JsonObject:
        shown = self._tally.shown(self._mapping) if self._tally.read else {}
        rejected: list[Json] = [
            {"id": each, "reason": why} for each, why in list(self._refusals.items())[:MOST_NAMED]
        ]
        kept: JsonObject = {name: shown[name] for name in DETAILS if name in shown}
        return {
            **kept,
            "reasons": list[Json](self._tally.since({})),
            "whereabouts": self._whereabouts,
            "rejections": rejected,
            "missing": list[Json](gone[:MOST_NAMED]),
        }

    def _tell(self) -> None:
        counts = self._counts(gone=0, deleted=0)
        refused = counts.refused + counts.rejected
        self._report(
            Progress(
                self._source.name, counts.read, counts.total, counts.new, counts.changed, counts.same, refused
            )
        )
