"""Sources and their runs, as a person reads them."""

from dataclasses import dataclass
from typing import Final

from beffroi.kernel.geometry import Box
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.portal.services import Portal
from beffroi.portal.words.language import instant_or_none
from beffroi.processes.harvest import Progress
from beffroi.sources.operations.registry import list_runs, list_sources
from beffroi.sources.rules.reading.document import box_of
from beffroi.sources.rules.source import Source

RUNS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why records were refused or changed on their way in, how often, and for example which."""

    sentence: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunReport:
    """One harvest: what was read and what became of it."""

    at: Instant | None
    read: int
    new: int
    changed: int
    same: int
    refused: int
    failure: str
    reasons: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    unused: tuple[str, ...]
    warnings: tuple[str, ...]
    turned: int
    places: Box | None
    lost: bool
    """Whether nothing said where its places should be."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A source and what this node does with it at this moment.

    `progress` is how far the run is that reads it, None if none does. `is_under_way` says that one does, or
    begins as soon as it can.
    """

    source: Source
    progress: Progress | None
    is_under_way: bool


@dataclass(frozen=True, slots=True)
class SourceReport:
    """A source with its newest runs, the latest first."""

    source: Source
    runs: tuple[RunReport, ...]
    standing: Standing

    @property
    def read_once(self) -> bool:
        return self.source.last_at != NO_INSTANT

    @property
    def troubled(self) -> bool:
        return is_troubled(self.source)


def is_troubled(source: Source) -> bool:
    """Whether the last run did not come to its end."""
    return source.failures > 0


async def sources_of(portal: Portal) -> list[Source]:
    """All sources in the order in which they were added."""
    return await list_sources(portal.store, portal.tenant)


async def reports_of(portal: Portal) -> list[SourceReport]:
    """All sources with their last runs."""
    return [
        SourceReport(source, await _runs(portal, source.name), _standing(portal, source))
        for source in await sources_of(portal)
    ]


async def under_way(portal: Portal) -> list[Standing]:
    """The sources that are being read, or wait for it, at this moment."""
    standings = (_standing(portal, source) for source in await sources_of(portal))
    return [each for each in standings if each.is_under_way]


def _standing(portal: Portal, source: Source) -> Standing:
    harvester = portal.harvester
    if harvester is None:
        return Standing(source, None, is_under_way=False)
    progress = harvester.busy.get((portal.tenant, source.name))
    return Standing(source, progress, progress is not None or (source.is_awaited and not source.paused))


async def _runs(portal: Portal, source: str) -> tuple[RunReport, ...]:
    bodies = await list_runs(portal.store, portal.tenant, source, RUNS_SHOWN)
    return tuple(_report(body) for body in bodies)


def _report(body: JsonObject) -> RunReport:
    return RunReport(
        at=instant_or_none(body.get("ended")),
        read=_count(body, "read"),
        new=_count(body, "new"),
        changed=_count(body, "changed"),
        same=_count(body, "same"),
        refused=_count(body, "refused") + _count(body, "rejected"),
        failure=str(body.get("failure", "")),
        reasons=reasons_in(body.get("reasons")),
        notes=reasons_in(body.get("notes")),
        unused=_texts(body.get("unused")),
        warnings=_texts(body.get("warnings")),
        turned=_count(body, "swapped"),
        places=box_of(body.get("places")),
        lost=body.get("whereabouts") == "unknown",
    )


def reasons_in(value: Json) -> tuple[Reason, ...]:
    """Reasons as a tally writes them."""
    bodies = objects_in(value)
    return tuple(
        Reason(str(body.get("reason", "")), _count(body, "count"), _texts(body.get("examples")))
        for body in bodies
    )


def _count(body: JsonObject, name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) else 0


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()
