"""Try a mapping on the first records of a source, without writing anything."""

from dataclasses import dataclass

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.sources.operations.adapters.adapter import Adapter
from beffroi.sources.operations.discover import ADAPTERS
from beffroi.sources.operations.fetching import Limits, Visit, World
from beffroi.sources.operations.registry import list_sources
from beffroi.sources.rules.mapping.apply import Setting
from beffroi.sources.rules.mapping.axes import axes_of, neighbourhood
from beffroi.sources.rules.mapping.format import Mapping
from beffroi.sources.rules.mapping.moment import zone_of
from beffroi.sources.rules.mapping.path import written_path
from beffroi.sources.rules.mapping.tally import DryRun, dry_run
from beffroi.sources.rules.page import Mark
from beffroi.sources.rules.source import Source
from beffroi.store.port import Store

MOST_TRIED = 1_000
TRIAL_LIMITS = Limits(most_requests=50, most_bytes=100_000_000, most_seconds=60.0, attempts=2)


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of the records; `error` says why a run would stop, `cut_short` that the time of the
    trial was over before all were read that were to be tried."""

    source: str
    dry_run: DryRun
    mapping: Mapping
    error: str = ""
    cut_short: str = ""

    def shown(self) -> JsonObject:
        return {
            "source": self.source,
            "error": self.error,
            "cutShort": self.cut_short,
            **self.dry_run.shown(self.mapping),
        }


async def try_source(
    world: World,
    source: Source,
    mapping: Mapping,
    setting: Setting | None = None,
    most: int = MOST_TRIED,
    limits: Limits = TRIAL_LIMITS,
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
    made = dry_run(mapping, records[:most], setting or setting_of(source))
    error, cut_short = ("", error) if visit.is_late else (error, "")
    return Trial(source.name, made, mapping, error or made.stop, cut_short)


async def try_beside(
    store: Store, tenant: str, world: World, source: Source, mapping: Mapping, limits: Limits = TRIAL_LIMITS
) -> Trial:
    """Try a source where the node's things are known to be: its places may be turned as a harvest would."""
    setting = await surrounded(store, tenant, source, mapping)
    return await try_source(world, source, mapping, setting, limits=limits)


def adapter_of(source: Source) -> Adapter:
    """The adapter of a source's family."""
    return ADAPTERS[source.family]


def setting_of(source: Source, around: tuple[Box, ...] = ()) -> Setting:
    """What the source adds to its mapping; `around` is where its places may be expected."""
    zone = zone_of(source.zone) if source.zone else None
    return Setting(source.name, source.area, zone, source.axes, around, source.dataset)


async def surrounded(store: Store, tenant: str, source: Source, mapping: Mapping) -> Setting:
    """What the source adds to its mapping, with where the node's things are known to be.

    Where somebody wants all places turned, only what is known of the source itself speaks against it.
    """
    if source.area is not None:
        return setting_of(source)
    others = [] if axes_of(mapping, source.axes) == "swapped" else await list_sources(store, tenant)
    boxes = [
        source.places,
        *(box for each in others if each.name != source.name for box in (each.area, each.places)),
    ]
    return setting_of(source, tuple(near for box in boxes for near in neighbourhood(box)))


def sort_key(mapping: Mapping) -> str:
    """The field by which a source is asked to sort."""
    return written_path(mapping.id.paths[0])


async def _no_marks(_: str) -> Mark | None:
    return None
