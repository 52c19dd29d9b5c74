"""Which way round the places of a source stand: judged batch by batch, before any of them comes in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.sources.rules.mapping.apply import Setting
from beffroi.sources.rules.mapping.format import Mapping
from beffroi.sources.rules.mapping.path import value_at
from beffroi.sources.rules.mapping.place import (
    Axes,
    Position,
    Whereabouts,
    first_position,
    is_swapped,
    is_within,
    widened,
    written,
)
from beffroi.sources.rules.quoting import quoted

EUROPE = Box(-11.0, 35.5, 45.0, 71.5)
"""Its mainland and the islands near it. Few cities elsewhere have a mirror image in it: those between 35 and
71 degrees east and south of 45 degrees north."""

NEAR = 0.3
"""Degrees around the places of other sources and earlier runs: those of one city lie near each other."""

WIDEST = 20.0
"""Degrees; a box beyond says nothing about the order of two numbers."""


class Placed(NamedTuple):
    """A record, and where it would stand."""

    record: JsonObject
    at: Position


def surveyed(mapping: Mapping, records: Sequence[JsonObject], setting: Setting) -> Setting:
    """The setting for these records: where no place was expected, the first ones show where others are.

    Raises Problem(SourceFailed) if most of them stand with longitude and latitude exchanged, or may do so
    and nothing tells, unless the mapping or the source says what to do with them.
    """
    location = mapping.location
    axes = axes_of(mapping, setting.axes)
    if location is None or axes == "given":
        return setting
    places = list(_places(records, location.ways, axes))
    around = setting.around if setting.area is None else (widened(setting.area),)
    proven, doubtful, others = _sorted(places, around)
    wrong = [*(proven if axes != "detect" else ()), *(doubtful if axes != "swapped" else ())]
    if 2 * len(wrong) > len(places):
        raise Problem(SourceFailed, _why(mapping, setting, axes, wrong[0], proven=wrong[0] in proven))
    if around:
        return setting
    return replace(setting, around=neighbourhood(box_around(each.at for each in others)))


def axes_of(mapping: Mapping, chosen: Axes | None) -> Axes:
    """What to do with exchanged axes: as the source has chosen, or else as the mapping says."""
    return chosen or (mapping.location.axes if mapping.location else "given")


def neighbourhood(box: Box | None) -> tuple[Box, ...]:
    """Where the neighbours of what lies in a box may be; nothing if it is too wide to tell."""
    if box is None or box.east - box.west > WIDEST or box.north - box.south > WIDEST:
        return ()
    return (widened(box, NEAR),)


def box_around(positions: Iterable[Position]) -> Box | None:
    """The smallest box that holds all positions; None if there are none.

    >>> box_around([Position(3.0, 50.6), Position(3.1, 50.5)])
    Box(west=3.0, south=50.5, east=3.1, north=50.6)
    """
    found = list(positions)
    if not found:
        return None
    longitudes, latitudes = [each.longitude for each in found], [each.latitude for each in found]
    return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def is_mirrored_europe(box: Box) -> bool:
    """Whether a box lies outside Europe and its mirror image within it: it may have its axes exchanged.

    >>> is_mirrored_europe(Box(50.5, 2.9, 50.8, 3.2)), is_mirrored_europe(Box(2.9, 50.5, 3.2, 50.8))
    (True, False)
    """
    return all(_is_mirrored(at) for at in (Position(*box[:2]), Position(*box[2:])))


def _sorted(places: Iterable[Placed], around: Sequence[Box]) -> tuple[list[Placed], ...]:
    """Those that are shown to have their axes exchanged, those that may have, and the others."""
    proven, doubtful, others = list[Placed](), list[Placed](), list[Placed]()
    for each in places:
        if is_swapped(each.at, around):
            proven.append(each)
        elif not any(is_within(each.at, box) for box in around) and _is_mirrored(each.at):
            doubtful.append(each)
        else:
            others.append(each)
    return proven, doubtful, others


def _is_mirrored(at: Position) -> bool:
    """Whether a position lies outside Europe, and its mirror image within it."""
    return not is_within(at, EUROPE) and is_within(Position(at.latitude, at.longitude), EUROPE)


def _places(records: Iterable[JsonObject], ways: tuple[Whereabouts, ...], axes: Axes) -> Iterator[Placed]:
    """Where records would stand; those that say it in no readable way are left out."""
    for record in records:
        try:
            geometry = written(record, ways)
        except Problem:
            continue
        if geometry is not None:
            at = first_position(geometry)
            yield Placed(record, Position(at.latitude, at.longitude) if axes == "swapped" else at)


def _why(mapping: Mapping, setting: Setting, axes: Axes, wrong: Placed, *, proven: bool) -> str:
    who = quoted(next((found for path in mapping.id.paths if (found := value_at(wrong.record, path))), None))
    what, change = setting.dataset or setting.namespace, f"beffroi source change {setting.namespace}"
    (x, y) = wrong.at
    if axes == "swapped":
        sentence = (
            f"Longitude and latitude of '{what}' are set to be exchanged, and stand the right way round: "
            f"the record {who} would come to longitude {x}, latitude {y}. Nothing more was taken in. "
            f"To take places as they are: {change} --axes check."
        )
    elif not proven:
        sentence = (
            f"Longitude and latitude of '{what}' seem to stand in each other's place: the record {who} is at "
            f"longitude {x}, latitude {y}, and in Europe only the other way round; nothing says where its "
            f"city is. Nothing more was taken in. To turn the places: {change} --axes swapped; to take them "
            f"as they are: {change} --axes given."
        )
    elif setting.area is not None:
        sentence = (
            f"Longitude and latitude of '{what}' stand in each other's place: the record {who} is at "
            f"longitude {x}, latitude {y}, and in the area of the source only the other way round. Nothing "
            f"more was taken in. To turn the places: {change} --axes swapped; to take them as they are: "
            f"{change} --axes given."
        )
    else:
        sentence = (
            f"Longitude and latitude of '{what}' stand in each other's place: the record {who} is at "
            f"longitude {x}, latitude {y}, and near the other places of this node only the other way round. "
            f"Nothing more was taken in. To turn the places: {change} --axes swapped; to take them as they "
            f"are: {change} --axes given."
        )
    return sentence
