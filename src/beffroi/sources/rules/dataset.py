"""Dataset and Discovery: what a source turns out to have, before anything is harvested."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Readings
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.sources.rules.mapping.detect import Proposal
from beffroi.sources.rules.mapping.format import Mapping
from beffroi.sources.rules.quoting import preview
from beffroi.sources.rules.reading.document import box_of

Family: TypeAlias = Literal["ogc", "opendatasoft", "gbfs", "file"]
FAMILIES: tuple[Family, ...] = ("ogc", "opendatasoft", "gbfs", "file")
TITLES: dict[Family, str] = {
    "ogc": "OGC API Features",
    "opendatasoft": "Opendatasoft Explore v2.1",
    "gbfs": "GBFS",
    "file": "CSV, GeoJSON or JSON file",
}

USUAL_INTERVAL_S = 300


@dataclass(frozen=True, slots=True)
class Dataset:
    """One list of records. `sample` are its first ones, `fields` what they are called."""

    id: str
    title: str
    fields: tuple[str, ...] = ()
    total: int | None = None
    area: Box | None = None
    sample: tuple[JsonObject, ...] = ()
    interval_s: int = USUAL_INTERVAL_S
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A dataset and the mappings that fit it, the best first."""

    dataset: Dataset
    proposals: tuple[Proposal, ...] = ()

    def shown(self) -> JsonObject:
        dataset = self.dataset
        return {
            "dataset": dataset.id,
            "title": dataset.title,
            "fields": list[Json](dataset.fields),
            "total": dataset.total,
            "problem": dataset.problem,
            "sample": [preview(each) for each in dataset.sample[:2]],
            "mappings": [
                {
                    "mapping": each.mapping,
                    "type": each.type,
                    "score": each.score,
                    "missing": list[Json](each.missing),
                }
                for each in self.proposals
            ],
        }


@dataclass(frozen=True, slots=True)
class Discovery:
    """What stands behind a URL. `url` is the address that a source of this family is read from."""

    family: Family
    url: str
    title: str
    offered: tuple[Offered, ...]
    cut_short: bool = False

    def shown(self) -> JsonObject:
        return {
            "family": self.family,
            "url": self.url,
            "title": self.title,
            "datasets": [each.shown() for each in self.offered],
            "cutShort": self.cut_short,
        }


def only(discovery: Discovery, names: Iterable[str]) -> Discovery:
    """The discovery with these datasets alone; one that states no area has that of all.

    Raises Problem(ResourceNotFound).
    """
    around = common_area(each.dataset.area for each in discovery.offered)
    offered = {
        each.dataset.id: replace(each, dataset=replace(each.dataset, area=each.dataset.area or around))
        for each in discovery.offered
    }
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in offered:
            raise Problem(ResourceNotFound, f"There is no dataset '{name[:100]}' behind this address.")
    return replace(discovery, offered=tuple(offered[name] for name in wanted))


def read_by(discovery: Discovery, mapping: Mapping) -> Discovery:
    """The discovery with one mapping for every dataset, whatever else fits: somebody has chosen it."""

    def chosen(offered: Offered) -> Offered:
        missing = tuple(name for name in mapping.fields if name not in offered.dataset.fields)
        return replace(offered, proposals=(Proposal(mapping.name, mapping.type, 1.0, missing),))

    return replace(discovery, offered=tuple(map(chosen, discovery.offered)))


def chosen(discovery: Discovery, choice: Readings[str, Mapping]) -> Discovery:
    """The discovery with the datasets that somebody chose by their ids, each read by its mapping of `choice`.

    Raises Problem(ResourceNotFound).
    """
    found = (read_by(only(discovery, [name]), mapping) for name, mapping in choice.items())
    return replace(discovery, offered=tuple(offered for each in found for offered in each.offered))


def fields_of(records: Sequence[JsonObject]) -> tuple[str, ...]:
    """The names of the fields of a sample, in their order, at most a thousand."""
    found = dict[str, None]()
    for record in records[:20]:
        found.update(dict.fromkeys(list(record)[:1_000]))
    return tuple(found)[:1_000]


def common_area(areas: Iterable[Box | None]) -> Box | None:
    """The box around all stated areas; None if there are none, or if it is wider than a country.

    >>> common_area([Box(2.9, 50.5, 3.1, 50.8), None, Box(3.0, 50.6, 3.2, 50.7)])
    Box(west=2.9, south=50.5, east=3.2, north=50.8)
    """
    stated = [area for area in areas if area is not None]
    if not stated:
        return None
    return box_of(
        [
            min(area.west for area in stated),
            min(area.south for area in stated),
            max(area.east for area in stated),
            max(area.north for area in stated),
        ]
    )
