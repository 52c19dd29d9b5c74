"""Places: on a map, and in a form as two fields for coordinates with a map on which one can be chosen."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.portal.reading.layers import surroundings
from beffroi.portal.visit import Visit

LONGITUDE: Final = "longitude"
LATITUDE: Final = "latitude"


@dataclass(frozen=True, slots=True)
class Placed:
    """What stands on a map under its name: what its page is called in addresses, a line that says more,
    longitude and latitude in WGS 84 degrees, and the language of the name, empty if it is in none."""

    id: str
    name: str
    said: str
    point: Json
    language: str = ""


def points_map(visit: Visit, placed: Sequence[Placed], pages: str = "") -> JsonObject | None:
    """What the map of some places needs; None if there are none. `pages` is the address before their ids,
    empty if they have no pages of their own."""
    if not placed:
        return None
    features: list[Json] = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": one.point},
            "properties": {"i": one.id, "n": one.name, "s": one.said, "l": one.language},
        }
        for one in placed
    ]
    places: JsonObject = {"type": "FeatureCollection", "features": features}
    around = surroundings(visit.portal, visit.language)
    return {**around, "entity": pages, "places": places, "colour": "hue-1"}


async def picker(visit: Visit) -> JsonObject:
    """What the map needs on which a place is chosen: it begins where this node is."""
    point = (await visit.portal.network.signer()).place.get("point")
    pick: JsonObject = {"longitude": LONGITUDE, "latitude": LATITUDE}
    around: JsonObject = {"around": point} if point else {}
    return {**surroundings(visit.portal, visit.language), "colour": "hue-1", "pick": {**pick, **around}}


def typed_point(fields: Mapping[str, str]) -> list[Json] | None:
    """Longitude and latitude in WGS 84 degrees, None if both fields are empty.

    >>> typed_point({"longitude": "3,06", "latitude": " 50.63"})
    [3.06, 50.63]

    Raises Problem(BadRequestData) for one without the other, and for what is no place on Earth.
    """
    texts = [fields.get(name, "").strip() for name in (LONGITUDE, LATITUDE)]
    if not any(texts):
        return None
    east, north = map(_degrees, texts)
    if not (-180 <= east <= 180 and -90 <= north <= 90):
        raise Problem(
            BadRequestData, f"There is no place on Earth at longitude {east:g} and latitude {north:g}."
        )
    return [east, north]


def typed_fields(point: Json) -> dict[str, str]:
    """A point as the fields of a form."""
    match point:
        case [int() | float() as east, int() | float() as north]:
            return {LONGITUDE: f"{east}", LATITUDE: f"{north}"}
        case _:
            return {}


def _degrees(text: str) -> float:
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise Problem(
            BadRequestData, f"'{text[:40]}' is no coordinate in degrees, such as 3.06; both are needed."
        )
    return found
