"""Write features as GeoJSON and CSV, in pieces (RFC 7946, RFC 4180)."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import shapely

from beffroi.broker.rules.entity.entity import entity_of
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.record import Record
from beffroi.ogc.rules.flat import Reader, geometry_of, properties

BEFORE = ("id",)
AFTER = ("WKT",)
"""GDAL and QGIS find a geometry in a table by this name."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the features of a page."""

    matched: int | None
    now: str
    links: Sequence[JsonObject]


def feature(record: Record, reader: Reader, columns: frozenset[str]) -> JsonObject:
    """One entity as a GeoJSON Feature with these columns (none named: all)."""
    entity = entity_of(record.body)
    shown = properties(entity, reader)
    if columns:
        shown = {name: value for name, value in shown.items() if name in columns}
    return {"type": "Feature", "id": entity["id"], "geometry": geometry_of(entity), "properties": shown}


async def geojson_pieces(
    records: AsyncIterator[list[Record]], frame: Frame, reader: Reader, columns: frozenset[str]
) -> AsyncIterator[bytes]:
    """A FeatureCollection, a piece for each list of records."""
    head: JsonObject = {"type": "FeatureCollection", "timeStamp": frame.now}
    if frame.matched is not None:
        head["numberMatched"] = frame.matched
    yield encode(head)[:-1] + b',"features":['
    written = 0
    async for some in records:
        body = b",".join(encode(feature(record, reader, columns)) for record in some)
        yield (b"," if written and some else b"") + body
        written += len(some)
    tail: JsonObject = {"numberReturned": written, "links": list[Json](frame.links)}
    yield b"]," + encode(tail)[1:]


async def csv_pieces(
    records: AsyncIterator[list[Record]], names: Sequence[str], reader: Reader
) -> AsyncIterator[bytes]:
    """A table with a heading: the id, these columns, the geometry as well-known text."""
    yield _lines([(*BEFORE, *names, *AFTER)])
    async for some in records:
        yield _lines(_row(record, names, reader) for record in some)


def _row(record: Record, names: Sequence[str], reader: Reader) -> list[str]:
    entity = entity_of(record.body)
    shown, geometry = properties(entity, reader), geometry_of(entity)
    place = "" if geometry is None else _well_known(geometry)
    return [entity["id"], *(_text(shown.get(name)) for name in names), place]


def _well_known(geometry: JsonObject) -> str:
    """Well-known text (OGC 06-103r4, clause 7), with heights where every position has one."""
    shape = shapely.from_geojson(encode(geometry))
    if shape.has_z and np.isnan(shapely.get_coordinates(shape, include_z=True)).any():
        shape = shapely.transform(shape, lambda places: places)  # it takes two coordinates of each
    return shape.wkt


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _text(value: Json) -> str:
    """A value in a table: text as it is, nothing for nothing, all else as JSON."""
    match value:
        case None:
            return ""
        case str():  # a spreadsheet would run it as a formula (OWASP, CSV injection)
            return f"'{value}" if value.startswith(FORMULA_STARTS) else value
        case _:
            return orjson.dumps(value).decode()
