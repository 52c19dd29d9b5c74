"""A portal like Lille's: OGC API Features in shape, with the defects that public client code works around."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

import orjson

from beffroi.simulation.dataset import Dataset, Row, csv_text, last_change
from beffroi.simulation.lille_datasets import COLLECTIONS
from beffroi.simulation.wire import CSV, GEOJSON, Answer, Asked, Json, Portal, Record, Refusal, json_answer
from beffroi.simulation.world.city import City
from beffroi.simulation.world.world import World

ROOT = "/data/ogcapi"
CRS = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CLASSES = ("core", "geojson")
LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
DEFAULT_LIMIT = 10
PAGING = frozenset({"f", "limit", "offset", "startIndex", "bbox", "datetime"})
CITY = City(
    name="lille-like",
    longitude=3.06,
    latitude=50.63,
    radius_km=7.5,
    quarters=10,
    bike_stations=260,
    charging_points=320,
    car_parks=60,
    air_sensors=25,
    weather_sensors=15,
    lamps=1080,
    solar_plants=60,
    meters=160,
    recycling_centres=20,
)


def lille_like(seed: int = 7) -> Portal:
    return Portal(
        name="lille-like",
        title=("Portail simulé, à la façon de Lille", "Simulated portal, in the manner of Lille's"),
        language="fr",
        city=CITY,
        seed=seed,
        pages=tuple((each.title, f"{ROOT}/collections/{each.id}/items?f=json") for each in COLLECTIONS),
        entry=ROOT,
        reply=reply,
    )


def reply(asked: Asked, world: World, outages: frozenset[str]) -> Answer:
    try:
        return _route(asked)(asked, world, outages)
    except Refusal as refusal:
        body: Json = {"code": refusal.code, "description": refusal.sentence}
        return json_answer(body, status=refusal.status)


_Handler = Callable[[Asked, World, frozenset[str]], Answer]


def _route(asked: Asked) -> _Handler:
    match asked.path.removeprefix(ROOT).strip("/").split("/") if asked.path.startswith(ROOT) else None:
        case [""]:
            return _landing
        case ["conformance"]:
            return _conformance
        case ["openapi"]:
            return _openapi
        case ["collections"]:
            return _collections
        case ["collections", name]:
            return partial(_collection, name)
        case ["collections", name, "items"]:
            return partial(_items, name)
        case ["collections", name, "items", thing]:
            return partial(_item, name, thing)
        case _:
            raise Refusal(404, "NotFound", f"'{asked.path}' is not found.")


def _landing(asked: Asked, _world: World, _outages: frozenset[str]) -> Answer:
    root = asked.origin + ROOT
    return json_answer(
        {
            "title": "Portail simulé, à la façon de Lille (simulated)",
            "description": "Données simulées : aucune ville réelle n'est décrite. Simulated data.",
            "links": [
                _link("self", root, "application/json", "Ce document"),
                _link(
                    "service-desc", f"{root}/openapi", "application/vnd.oai.openapi+json;version=3.0", "API"
                ),
                _link("conformance", f"{root}/conformance", "application/json", "Conformité"),
                _link("data", f"{root}/collections", "application/json", "Collections"),
            ],
        }
    )


def _conformance(_asked: Asked, _world: World, _outages: frozenset[str]) -> Answer:
    base = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
    return json_answer({"conformsTo": [base + each for each in CLASSES]})


def _openapi(asked: Asked, _world: World, _outages: frozenset[str]) -> Answer:
    paths = ("", "/conformance", "/collections", "/collections/{name}", "/collections/{name}/items")
    answers: Json = {"200": {"description": "OK"}}
    operations: Record = {path or "/": {"get": {"responses": answers}} for path in paths}
    return json_answer(
        {
            "openapi": "3.0.3",
            "info": {"title": "Portail simulé (simulated)", "version": "1"},
            "servers": [{"url": asked.origin + ROOT}],
            "paths": operations,
        }
    )


def _collections(asked: Asked, world: World, _outages: frozenset[str]) -> Answer:
    return json_answer(
        {
            "links": [_link("self", f"{asked.origin}{ROOT}/collections", "application/json", "Ce document")],
            "collections": [_described(asked, world, each, each.id) for each in COLLECTIONS],
        }
    )


def _collection(name: str, asked: Asked, world: World, outages: frozenset[str]) -> Answer:
    return json_answer(_described(asked, world, _find(name, outages), name))


def _items(name: str, asked: Asked, world: World, outages: frozenset[str]) -> Answer:
    found = _find(name, outages)
    rows = _page(asked.parameters, _filtered(asked.parameters, found, found.rows(world)))
    changed = last_change(found.rows(world))
    match asked.parameters.get("f", "json"):
        case "json":
            return json_answer({"records": [_record(row) for row in rows]}, changed)
        case "geojson":
            features: Json = [_feature(_short(found.id), row) for row in rows]
            body = orjson.dumps({"type": "FeatureCollection", "features": features})
            return Answer(200, GEOJSON, body, changed)
        case "csv":
            header = ("@id", *(field.name for field in found.fields))
            lines = ((row.id, *row.values.values()) for row in rows)
            return Answer(200, CSV, csv_text(header, lines, ";").encode(), changed)
        case other:
            raise _wrong("f", other)


def _item(name: str, thing: str, asked: Asked, world: World, outages: frozenset[str]) -> Answer:
    found = _find(name, outages)
    row = next((row for row in found.rows(world) if row.id == thing), None)
    if row is None:
        raise Refusal(404, "NotFound", f"'{thing}' is not found in '{name}'.")
    match asked.parameters.get("f", "json"):
        case "json":
            return json_answer({"records": [_record(row)]}, row.changed)
        case "geojson":
            return Answer(200, GEOJSON, orjson.dumps(_feature(_short(found.id), row)), row.changed)
        case other:
            raise _wrong("f", other)


def _short(name: str) -> str:
    return name.rpartition(":")[2]


def _find(name: str, outages: frozenset[str]) -> Dataset:
    # a defect: the name with and without its prefix is the same collection
    found = next((each for each in COLLECTIONS if name in (each.id, _short(each.id))), None)
    if found is None:
        raise Refusal(404, "NotFound", f"Collection '{name}' is not found.")
    if found.id in outages or _short(found.id) in outages:
        raise Refusal(503, "ServiceUnavailable", f"Collection '{name}' is out of order (simulated).")
    return found


def _described(asked: Asked, world: World, found: Dataset, name: str) -> Record:
    address = f"{asked.origin}{ROOT}/collections/{name}"
    formats = (("json", "application/json"), ("geojson", "application/geo+json"), ("csv", "text/csv"))
    items: list[Json] = [_link("items", f"{address}/items?f={f}", media, f) for f, media in formats]
    return {
        "id": name,
        "title": found.title,
        "description": found.description,
        "keywords": [found.theme, "simulé", "simulated"],
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [list(world.city.box())], "crs": CRS}},
        "crs": [CRS],
        "links": [
            _link("self", address, "application/json", found.title),
            _link("license", LICENCE, "text/html", "CC0 1.0"),
            *items,
        ],
    }


def _link(rel: str, href: str, media_type: str, title: str) -> Record:
    return {"rel": rel, "href": href, "type": media_type, "title": title}


def _record(row: Row) -> Record:
    return {"@id": row.id, **row.values}


def _feature(name: str, row: Row) -> Record:
    return {
        "type": "Feature",
        "@typeName": name,
        "@id": row.id,
        "geometry": {
            "type": "Point",
            "@name": "geom",
            "@srs": "EPSG:4326",
            "coordinates": [row.place.longitude, row.place.latitude],
        },
        "properties": row.values,
    }


def _page(parameters: Mapping[str, str], rows: tuple[Row, ...]) -> tuple[Row, ...]:
    limit = _whole(parameters, "limit", DEFAULT_LIMIT)
    start = _whole(parameters, "startIndex" if "startIndex" in parameters else "offset", 0)
    if limit < -1 or start < 0:
        raise _wrong("limit" if limit < -1 else "offset", str(min(limit, start)))
    # a defect: -1 means everything
    return rows[start:] if limit == -1 else rows[start : start + limit]


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    given = parameters.get(name)
    if given is None:
        return default
    try:
        return int(given)
    except ValueError:
        raise _wrong(name, given) from None


def _filtered(parameters: Mapping[str, str], found: Dataset, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    known = {field.name for field in found.fields}
    for name, value in parameters.items():
        if name in PAGING:
            continue
        if name not in known:
            raise Refusal(400, "InvalidParameterValue", f"Parameter '{name}' is unknown.")
        rows = tuple(row for row in rows if _text(row.values[name]) == value)
    if "bbox" in parameters:
        rows = _inside(parameters["bbox"], rows)
    if "datetime" in parameters:
        rows = _during(parameters["datetime"], rows)
    return rows


def _text(value: Json) -> str:
    return "" if value is None else str(value)


def _inside(box: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    try:
        west, south, east, north = (float(part) for part in box.split(","))
    except ValueError:
        raise _wrong("bbox", box) from None
    return tuple(
        row for row in rows if west <= row.place.longitude <= east and south <= row.place.latitude <= north
    )


def _during(period: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    first, _, last = period.partition("/") if "/" in period else (period, "", period)
    try:
        start = float("-inf") if first in ("", "..") else datetime.fromisoformat(first).timestamp()
        end = float("inf") if last in ("", "..") else datetime.fromisoformat(last).timestamp()
    except ValueError:
        raise _wrong("datetime", period) from None
    return tuple(row for row in rows if start <= row.changed <= end)


def _wrong(name: str, value: str) -> Refusal:
    return Refusal(
        400, "InvalidParameterValue", f"Parameter '{name}' has the value '{value}', which is not allowed."
    )
