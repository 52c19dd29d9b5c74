"""Every entity of a type as CSV, GeoJSON or JSON-LD, streamed (RFC 4180, RFC 7946, JSON-LD 1.1)."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Final

import orjson

from beffroi.broker.rules.context.vocabulary import CORE_CONTEXT
from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.representation.represent import represent
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.portal.reading.survey import Survey, entities_of_type, survey_of
from beffroi.portal.reading.values import geometry_of, raw_value
from beffroi.portal.services import Portal
from beffroi.portal.words.labels import short_name
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "jsonld": "application/ld+json",
}
PIECE_BYTES: Final = 64_000
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
SIMPLIFIED: Final = View(form="simplified")
NORMALIZED: Final = View()


async def download(portal: Portal, _: Request, path: Arguments) -> Response:
    """The whole type; the file has the type's short name."""
    type_uri = portal.context.expand(path["type"])
    media_type = MEDIA_TYPES.get(path["format"])
    if media_type is None:
        raise Problem(ResourceNotFound, f"There is no format '{path['format'][:50]}' to download.")
    survey = await survey_of(portal, type_uri)
    if not survey.seen:
        raise Problem(ResourceNotFound, f"There is no entity of type '{path['type'][:200]}'.")
    match path["format"]:
        case "csv":
            pieces = _csv(portal, type_uri, survey)
        case "geojson":
            pieces = _joined(
                _feature_lines(portal, type_uri), b'{"type":"FeatureCollection","features":[\n', b"\n]}\n"
            )
        case _:
            pieces = _joined(_document_lines(portal, type_uri), b"[\n", b"\n]\n")
    name = (
        "".join(letter for letter in short_name(type_uri) if letter.isascii() and letter.isalnum()) or "type"
    )
    headers = {
        "content-type": media_type,
        "content-disposition": f'attachment; filename="{name}.{path["format"]}"',
        "x-content-type-options": "nosniff",
        "cache-control": "no-cache",
    }
    return Response(200, headers, pieces=_in_pieces(pieces))


async def _csv(portal: Portal, type_uri: str, survey: Survey) -> AsyncIterator[bytes]:
    """A line for each entity: id, place, one column an attribute."""
    columns = [uri for uri in survey.spreads if short_name(uri) != "location"]
    yield _line(["id", "longitude", "latitude", *map(portal.context.attribute, columns)])
    async for entity in entities_of_type(portal, type_uri):
        east, north = _point(geometry_of(entity))
        yield _line([entity["id"], east, north, *(_cell(entity, uri) for uri in columns)])


async def _feature_lines(portal: Portal, type_uri: str) -> AsyncIterator[bytes]:
    async for entity in entities_of_type(portal, type_uri):
        properties = represent(entity, SIMPLIFIED, portal.context)
        feature = {
            "type": "Feature",
            "id": properties.pop("id"),
            "geometry": geometry_of(entity),
            "properties": properties,
        }
        yield orjson.dumps(feature)


async def _document_lines(portal: Portal, type_uri: str) -> AsyncIterator[bytes]:
    async for entity in entities_of_type(portal, type_uri):
        body = represent(entity, NORMALIZED, portal.context)
        body["@context"] = portal.context.source or CORE_CONTEXT
        yield orjson.dumps(body)


async def _joined(lines: AsyncIterator[bytes], start: bytes, end: bytes) -> AsyncIterator[bytes]:
    """An array with an element a line."""
    separator = start
    async for line in lines:
        yield separator + line
        separator = b",\n"
    yield (start if separator is start else b"") + end


async def _in_pieces(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in fewer, larger pieces."""
    waiting = bytearray()
    async for line in lines:
        waiting += line
        if len(waiting) > PIECE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def _line(cells: list[object]) -> bytes:
    text = StringIO()
    csv.writer(text).writerow([_defused(cell) for cell in cells])
    return text.getvalue().encode()


def _defused(cell: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _cell(entity: Entity, uri: str) -> Json:
    instances = entity["attrs"].get(uri)
    if not instances:
        return ""
    value = raw_value(instances[0])
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return value


def _point(geometry: JsonObject | None) -> tuple[object, object]:
    match geometry:
        case {"type": "Point", "coordinates": [int() | float() as east, int() | float() as north, *_]}:
            return east, north
        case _:
            return "", ""
