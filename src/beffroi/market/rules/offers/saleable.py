"""What can be sold: the characteristics of a productSpecification that say what its products let through.

Data of this node: the entity types, attributes, area, live or history, rate and quota that the gate enforces.
An outside service: its address, and whether it is reached through the node's gate or with credentials of
its own that a webhook hands over.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.errors import ShapelyError

from beffroi.kernel.geometry import Box
from beffroi.kernel.grant import Quota
from beffroi.kernel.json import Json, JsonObject, encode, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.terms.odrl import Limits


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One characteristic: what its value is (a word of TMF620's `valueType`), and what it means."""

    value_type: str
    meaning: str


DATA: Final[Mapping[str, Characteristic]] = {
    "entityTypes": Characteristic("array", "The entity types, by the node's own names or as IRIs."),
    "attributes": Characteristic("array", "The attributes; without it all of them."),
    "area": Characteristic("object", "A GeoJSON Polygon or MultiPolygon that entities have to touch."),
    "live": Characteristic("boolean", "Whether subscriptions are allowed."),
    "history": Characteristic("boolean", "Whether the past may be read."),
    "rateLimit": Characteristic("number", "Requests in a second."),
    "purpose": Characteristic("array", "Purposes, one of which a token has to state."),
    "period": Characteristic("object", "startDateTime and endDateTime."),
    "region": Characteristic("array", "Where the data may be used; no gate can see it."),
    "tenant": Characteristic("string", "The tenant of the context plane."),
    "quota": Characteristic("array", "Objects with metric, amount and period (day, month)."),
}
"""The characteristics of data of this node."""

ACCESS: Final = ("gate", "webhook")

SERVICE: Final[Mapping[str, Characteristic]] = {
    "endpointUrl": Characteristic("string", "The address of the outside service."),
    "endpointDescription": Characteristic("string", "The address of its description, such as OpenAPI."),
    "access": Characteristic(
        "string",
        "gate: requests go through this node, which checks and counts them; webhook: the provider's own "
        "credentials are handed over.",
    ),
    "methods": Characteristic("array", "POST, where the service may be asked with it beside GET and HEAD."),
    "credentialsUrl": Characteristic(
        "string", "With access webhook: where the node asks for the credentials of a new product."
    ),
}
"""The characteristics of an outside service."""

SAMPLE: Final = "sample"
"""The characteristic that says what everybody may see before they order: of data of this node true for the
first entities, cut as for a buyer; of a service a text, an example of what it answers."""

LONGEST_SAMPLE: Final = 10_000
"""Characters of the sample of a service."""


def values_in(characteristics: Json, name: str) -> list[Json]:
    """The values of one characteristic in a list of them; an array counts as its elements."""
    found = list[Json]()
    for each in objects_in(characteristics):
        if each.get("name") == name:
            for value in objects_in(each.get("productSpecCharacteristicValue")):
                inner = value.get("value")
                found += inner if isinstance(inner, list) else [inner]
    return found


def values_of(specification: JsonObject, name: str) -> list[Json]:
    """The values of one characteristic of a specification."""
    return values_in(specification.get("productSpecCharacteristic"), name)


def types_of(specification: JsonObject) -> tuple[str, ...]:
    """The entity types that are sold."""
    texts = [each for each in values_of(specification, "entityTypes") if isinstance(each, str)]
    names = [name.strip() for text in texts for name in text.split(",")]
    return tuple(dict.fromkeys(filter(None, names)))


def limits_of(specification: JsonObject) -> Limits:
    """The area and the quotas, as far as they are well formed."""
    areas = [each for each in values_of(specification, "area") if isinstance(each, dict)]
    quotas = [_quota(each) for each in values_of(specification, "quota")]
    return Limits(areas[0] if areas else None, tuple(each for each in quotas if each))


def area_of(west: float, south: float, east: float, north: float) -> JsonObject:
    """A box in degrees as an area. Raises Problem(BadRequestData) for one without an inside.

    >>> area_of(3, 50.6, 3.1, 50.7)["coordinates"][0][2]
    [3.1, 50.7]
    """
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        said = f"{west:g}, {south:g}, {east:g}, {north:g}"
        raise Problem(BadRequestData, f"'{said}' is no area: west, south, east, north.")
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    ring: list[Json] = [list[Json](corner) for corner in corners]
    return {"type": "Polygon", "coordinates": [ring]}


def box_of(area: Json) -> Box | None:
    """The box around an area; None for what has no positions."""
    if area is None:
        return None
    try:
        box = shapely.from_geojson(encode(area)).bounds
    except (ShapelyError, ValueError):
        return None
    return Box(*box) if all(map(math.isfinite, box)) else None


def _quota(value: Json) -> Quota | None:
    match value:
        case {"metric": str(metric), "amount": int(amount), "period": str(period)}:
            return Quota(metric, amount, period)
        case _:
            return None
