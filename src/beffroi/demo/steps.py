"""The steps of the demo: sources from discovery, harvests, checks; each says what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from beffroi.demo.cities import City
from beffroi.kernel.json import JsonObject, objects_in
from beffroi.kernel.record import Key
from beffroi.processes.checks import note_check, run_check
from beffroi.processes.harvest import Progress, harvest
from beffroi.processes.kept_checks import CHECK
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.registry import add_sources, change_source
from beffroi.sources.rules.run import Run
from beffroi.sources.rules.source import Source, sources_from

SECONDS_BETWEEN_HARVESTS = 15
SECONDS_BETWEEN_LIVE_HARVESTS = 5
LIVE = ("bike", "charg")
"""What is in the names of sources that change all the time and are sold by that."""
LILLE_DEFECTS = frozenset(
    {"ogc-f-json", "ogc-invalid-limit", "geojson-id-member", "axis-attributes", "ogc-one-name"}
)
"""What a check must find on the first city's portal, by the checker's own names."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of one address found: the statement's level, counts, its defects by the checker's names
    with a sentence on each, and the requirements that it passed and those that it did not."""

    of: str
    url: str
    level: str
    passed: int
    failed: int
    family: str
    defects: Mapping[str, str]
    failure: str
    proven: tuple[str, ...]
    unproven: tuple[str, ...]


async def add_city_sources(city: City) -> list[Source]:
    """Let the city's node find out what its portal offers and take what its mappings fit.

    The sources rest until they are harvested here, so that everybody sees it.
    """
    harvester = city.node.harvester
    found: list[Source] = []
    for feed in city.feeds:
        discovery = await discover(feed, harvester.world, list(harvester.catalogue.mappings.values()))
        found += sources_from(discovery, found, harvester.world.now())
    found = [replace(source, interval_s=_interval(source), paused=True) for source in found]
    await add_sources(city.node.store, "", found)
    return found


def _interval(source: Source) -> int:
    live = any(word in source.name for word in LIVE)
    return SECONDS_BETWEEN_LIVE_HARVESTS if live else SECONDS_BETWEEN_HARVESTS


async def harvest_source(city: City, source: Source, on_progress: Callable[[Progress], None]) -> Run:
    """Read one source into the city's node; from then on the node reads it by itself."""
    run = await harvest(city.node.harvester, "", source.name, on_progress)
    await change_source(city.node.store, "", source.name, lambda resting: replace(resting, paused=False))
    return run


async def check_address(city: City, of: str, url: str) -> Verdict:
    """Check an address from the city's node, where the portal shows it with its evidence."""
    checker = city.node.checker
    check_id = await note_check(checker, "", url)
    await run_check(checker, "", check_id, url)
    key = Key("", CHECK, check_id)
    return verdict_of(of, url, (await city.node.store.read([key]))[key].body)


def verdict_of(of: str, url: str, body: JsonObject) -> Verdict:
    """The few facts that the summary shows of a stored check."""
    statement = body.get("statement")
    counts = statement if isinstance(statement, dict) else {}
    return Verdict(
        of=of,
        url=url,
        level=str(counts.get("level", "")),
        passed=_count(counts, "passed"),
        failed=_count(counts, "failed"),
        family=str(body.get("family", "")),
        defects=_defects(objects_in(body.get("defects"))),
        failure=str(body.get("failure", "")),
        proven=_requirements(body, passed=True),
        unproven=_requirements(body, passed=False),
    )


def _defects(found: Sequence[JsonObject]) -> dict[str, str]:
    """The first sentence on each defect, and how often it was found beside that."""
    told = dict[str, list[str]]()
    for defect in found:
        told.setdefault(str(defect["id"]), []).append(str(cast("JsonObject", defect["reason"])["en"]))
    return {
        name: sentences[0] + (f" (+{len(sentences) - 1})" if len(sentences) > 1 else "")
        for name, sentences in told.items()
    }


def _requirements(body: JsonObject, *, passed: bool) -> tuple[str, ...]:
    found = objects_in(body.get("verdicts"))
    return tuple(str(each["requirement"]) for each in found if (each["outcome"] == "PASS") is passed)


def _count(counts: JsonObject, name: str) -> int:
    value = counts.get(name)
    return value if isinstance(value, int) else 0
