"""Lists of records in JSON, in the shapes that portals answer, and the links to what follows."""

from collections.abc import Iterator
from dataclasses import dataclass

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.sources.rules.mapping.axes import is_mirrored_europe
from beffroi.sources.rules.quoting import quoted, text_or

ID = "@id"
GEOMETRY = "@geometry"
"""Where the id and the geometry of a Feature stand in a record."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Records of one answer; `total` is how many the source says there are, `next` where more of them are."""

    records: list[JsonObject]
    total: int | None = None
    next: str | None = None


def listing_of(document: Json) -> Listing:
    """The records of a JSON answer; raises Problem(SourceFailed) where it holds no list of objects.

    Known are a GeoJSON FeatureCollection and a single Feature (RFC 7946, OGC 17-069), `records` with
    and without `fields` (Lille; Opendatasoft v1), `results` (Opendatasoft v2.1) and a plain list.

    >>> listing_of({"records": [{"@id": "1", "nom": "Opéra"}]}).records
    [{'@id': '1', 'nom': 'Opéra'}]
    """
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            records = [_of_feature(feature) for feature in _objects(features)]
            return Listing(records, _count(document, "numberMatched"), link(document, "next"))
        case {"type": "Feature", "geometry": dict() | None, "properties": dict() | None}:
            return Listing([_of_feature(feature) for feature in _objects([document])])
        case {"records": list(found)}:
            records = [_of_record(record) for record in _objects(found)]
            total = _count(document, "numberMatched")
            return Listing(
                records, _count(document, "nhits") if total is None else total, link(document, "next")
            )
        case {"results": list(found)}:
            return Listing(list(_objects(found)), _count(document, "total_count"))
        case list():
            return Listing([_of_record(record) for record in _objects(document)])
        case _:
            raise Problem(SourceFailed, f"The answer holds no list of records, but {_described(document)}.")


def link(document: Json, relation: str, media: str = "") -> str | None:
    """The address of the first link with this relation, of this media type if one is wanted."""
    for each in links(document):
        if each.get("rel") == relation and text_or(each.get("type"), "").startswith(media):
            href = each.get("href")
            return href if isinstance(href, str) else None
    return None


def links(document: Json) -> Iterator[JsonObject]:
    """The links of a document that are objects."""
    found = document.get("links") if isinstance(document, dict) else None
    for each in (found if isinstance(found, list) else [])[:1_000]:
        if isinstance(each, dict):
            yield each


def extent_of(collection: JsonObject) -> Box | None:
    """The area that a collection says it covers (OGC 17-069, 7.13.3); None if it says nothing useful.

    One that lies in Europe only with its axes exchanged is computed from places that may be so, too, and
    proves nothing.
    """
    match collection:
        case {"extent": {"spatial": {"bbox": [[*numbers], *_]}}}:
            box = box_of(numbers)
            return None if box is None or is_mirrored_europe(box) else box
        case _:
            return None


def box_of(numbers: Json) -> Box | None:
    """A box from west, south, east, north; None if it is none, or wider than a country.

    >>> box_of([2.9, 50.5, 3.2, 50.8])
    Box(west=2.9, south=50.5, east=3.2, north=50.8)
    """
    if not isinstance(numbers, list):
        return None
    found = [float(each) for each in numbers if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(found) not in (4, 6) or len(found) != len(numbers):
        return None
    half = len(found) // 2
    box = Box(found[0], found[1], found[half], found[half + 1])
    right = -180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90
    return box if right and box.east - box.west < 20 and box.north - box.south < 20 else None


def _of_feature(feature: JsonObject) -> JsonObject:
    properties = feature.get("properties")
    found: JsonObject = dict(properties) if isinstance(properties, dict) else {}
    identity = feature.get("id", feature.get(ID))
    if identity is not None:
        found[ID] = identity
    if feature.get("geometry") is not None:
        found[GEOMETRY] = feature["geometry"]
    return found


def _of_record(record: JsonObject) -> JsonObject:
    if record.get("type") == "Feature" and "properties" in record:
        return _of_feature(record)
    fields = record.get("fields")
    if not isinstance(fields, dict) or "recordid" not in record:
        return record
    found: JsonObject = {**fields, ID: record["recordid"]}
    if record.get("geometry") is not None:
        found[GEOMETRY] = record["geometry"]
    return found


def _objects(found: list[Json]) -> Iterator[JsonObject]:
    for each in found:
        if not isinstance(each, dict):
            raise Problem(SourceFailed, f"The list of records holds {_described(each)}.")
        yield each


def _count(document: Json, name: str) -> int | None:
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _described(value: Json) -> str:
    match value:
        case dict():
            return f"an object with {', '.join(repr(name[:30]) for name in list(value)[:5]) or 'nothing'}"
        case _:
            return quoted(value, 40)
