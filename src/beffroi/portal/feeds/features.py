"""The features of a map as GeoJSON, as small as a map needs them (RFC 7946)."""

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import unquote

import orjson

from beffroi.broker.rules.entity.entity import Entity
from beffroi.kernel.json import Json, JsonObject
from beffroi.portal.reading.survey import entities_of_type
from beffroi.portal.reading.values import entity_name, geometry_of, number_of, word_of
from beffroi.portal.services import Portal
from beffroi.portal.visit import language_of_script
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments

MOST_FEATURES: Final = 50_000
PIECE_BYTES: Final = 64_000


async def features(portal: Portal, request: Request, _: Arguments) -> Response:
    """Every entity with a place, of one type or of all; streamed, at most `MOST_FEATURES`."""
    asked = request.parameters.get("type", "")
    by = request.parameters.get("by", "")
    language = language_of_script(portal, request).code
    type_uri = portal.context.expand(unquote(asked)) if asked else ""
    attribute = portal.context.expand(unquote(by)) if by else ""
    headers = {
        "content-type": "application/geo+json",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
    }
    return Response(200, headers, pieces=_pieces(portal, type_uri, attribute, language))


async def _pieces(portal: Portal, type_uri: str, attribute: str, language: str) -> AsyncIterator[bytes]:
    waiting = bytearray(b'{"type":"FeatureCollection","features":[')
    separator, written = b"", 0
    async for entity in entities_of_type(portal, type_uri):
        feature = feature_of(portal, entity, attribute, language)
        if feature is None:
            continue
        waiting += separator + orjson.dumps(feature)
        separator, written = b",\n", written + 1
        if written == MOST_FEATURES:
            break
        if len(waiting) > PIECE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting + b"]}\n")


def feature_of(portal: Portal, entity: Entity, attribute: str, language: str) -> JsonObject | None:
    """`i` id, `n` name, `t` first type, `v` value of the attribute; None without a place."""
    geometry = geometry_of(entity)
    if geometry is None:
        return None
    properties: JsonObject = {
        "i": entity["id"],
        "n": entity_name(entity, language),
        "t": portal.context.compact(entity["type"][0]),
        "v": colour_value(entity, attribute),
    }
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def colour_value(entity: Entity, attribute: str) -> Json:
    """The number or word that a map colours by; None where the entity has none."""
    instances = entity["attrs"].get(attribute)
    if not instances:
        return None
    number = number_of(instances[0])
    return word_of(instances[0]) if number is None else number
