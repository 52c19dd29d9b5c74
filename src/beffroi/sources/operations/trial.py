"""Try a mapping on the first records of a source, without writing anything."""

from dataclasses import dataclass

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.sources.operations.adapters.adapter import Adapter
from beffroi.sources.operations.discover import ADAPTERS
from beffroi.sources.operations.fetching import Limits, Visit, World
from beffroi.sources.rules.mapping.apply import Setting
from beffroi.sources.rules.mapping.format import Mapping
from beffroi.sources.rules.mapping.moment import zone_of
from beffroi.sources.rules.mapping.path import written_path
from beffroi.sources.rules.mapping.tally import DryRun, dry_run
from beffroi.sources.rules.page import Mark
from beffroi.sources.rules.source import Source

MOST_TRIED = 1_000
TRIAL_LIMITS = Limits(most_requests=50, most_bytes=100_000_000, most_seconds=60.0, attempts=2)


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of the records; `error` says why not all could be read."""

    source: str
    dry_run: DryRun
    mapping: Mapping
    error: str = ""

    def shown(self) -> JsonObject:
        return {"source": self.source, "error": self.error, **self.dry_run.shown(self.mapping)}


async def try_source(
    world: World, source: Source, mapping: Mapping, most: int = MOST_TRIED, limits: Limits = TRIAL_LIMITS
) -> Trial:
    """Read up to `most` records of a source, which need not be stored, and map them."""
    visit = Visit(world, limits, source.url)
    records, error = list[JsonObject](), ""
    try:
        async for page in adapter_of(source).pages(
            source.url, source.dataset, sort_key(mapping), visit, _no_marks
        ):
            records.extend(page.records)
            if len(records) >= most:
                break
    except Problem as problem:
        if problem.kind is not SourceFailed:
            raise
        error = problem.detail
    return Trial(source.name, dry_run(mapping, records[:most], setting_of(source)), mapping, error)


def adapter_of(source: Source) -> Adapter:
    """The adapter of a source's family."""
    return ADAPTERS[source.family]


def setting_of(source: Source) -> Setting:
    """What the source adds to its mapping."""
    return Setting(source.name, source.area, zone_of(source.zone) if source.zone else None)


def sort_key(mapping: Mapping) -> str:
    """The field by which a source is asked to sort."""
    return written_path(mapping.id.paths[0])


async def _no_marks(_: str) -> Mark | None:
    return None
