"""A clean portal: the Opendatasoft Explore API 2.1, and the bikes as GBFS beside it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import orjson

from beffroi.simulation import gbfs
from beffroi.simulation.dataset import Dataset, Kind, csv_text, last_change
from beffroi.simulation.ods_datasets import DATASETS, utc
from beffroi.simulation.odsql import ordered, selected, where
from beffroi.simulation.wire import (
    CSV,
    GEOJSON,
    JSON,
    Answer,
    Asked,
    Json,
    Portal,
    Record,
    Refusal,
    json_answer,
)
from beffroi.simulation.world.chance import scatter
from beffroi.simulation.world.city import City
from beffroi.simulation.world.world import World

ROOT = "/api/explore/v2.1"
DEFAULT_LIMIT, MAX_LIMIT, MAX_DEPTH = 10, 100, 10_000
NOT_SERVED = ("group_by", "refine", "exclude")
CITY = City(
    name="ods-clean",
    longitude=2.3,
    latitude=50.2,
    radius_km=6.0,
    quarters=8,
    bike_stations=240,
    charging_points=360,
    car_parks=50,
    air_sensors=30,
    weather_sensors=20,
    lamps=1000,
    solar_plants=80,
    meters=200,
    recycling_centres=20,
)

_Handler = Callable[[Asked, World, frozenset[str]], Answer]


def ods_clean(seed: int = 7) -> Portal:
    address = f"{ROOT}/catalog/datasets"
    return Portal(
        name="ods-clean",
        title=("Portail simulé, Opendatasoft sans défaut", "Simulated portal, a clean Opendatasoft"),
        language="en",
        city=CITY,
        seed=seed,
        entry=address,
        pages=(
            *((each.title, f"{address}/{each.id}/records") for each in DATASETS),
            ("GBFS 2.3 (simulated)", "/gbfs/2.3/gbfs.json"),
            ("GBFS 3.0 (simulated)", "/gbfs/3.0/gbfs.json"),
        ),
        reply=reply,
    )


def reply(asked: Asked, world: World, outages: frozenset[str]) -> Answer:
    try:
        return _route(asked.path)(asked, world, outages)
    except Refusal as refusal:
        body: Json = {"error_code": refusal.code, "message": refusal.sentence}
        return json_answer(body, status=refusal.status)


def _route(path: str) -> _Handler:
    if path.startswith(gbfs.ROOT + "/"):
        return _gbfs
    match path.removeprefix(ROOT).strip("/").split("/") if path.startswith(ROOT) else None:
        case [""] | ["catalog"]:
            return _entry
        case ["catalog", "datasets"]:
            return _datasets
        case ["catalog", "datasets", name]:
            return partial(_dataset, name)
        case ["catalog", "datasets", name, "records"]:
            return partial(_records, name)
        case ["catalog", "datasets", name, "exports"]:
            return partial(_formats, name)
        case ["catalog", "datasets", name, "exports", form]:
            return partial(_export, name, form)
        case _:
            raise Refusal(404, "NotFoundResource", f"'{path}' is not found.")


def _gbfs(asked: Asked, world: World, outages: frozenset[str]) -> Answer:
    _find("bike-stations", outages)
    return gbfs.gbfs(asked, world)


def _entry(asked: Asked, _world: World, _outages: frozenset[str]) -> Answer:
    return json_answer(
        {
            "links": [
                {"rel": "self", "href": asked.origin + ROOT},
                {"rel": "datasets", "href": f"{asked.origin}{ROOT}/catalog/datasets"},
            ]
        }
    )


def _datasets(asked: Asked, world: World, _outages: frozenset[str]) -> Answer:
    _refuse_unserved(asked.parameters, (*NOT_SERVED, "where", "order_by", "select"))
    described: list[Json] = [_described(each, world) for each in DATASETS]
    changed = max(last_change(each.rows(world)) or 0 for each in DATASETS)
    return json_answer(
        {"total_count": len(described), "results": _page(asked.parameters, described)}, changed
    )


def _dataset(name: str, _asked: Asked, world: World, _outages: frozenset[str]) -> Answer:
    found = _find(name)
    return json_answer(_described(found, world), last_change(found.rows(world)))


def _records(name: str, asked: Asked, world: World, outages: frozenset[str]) -> Answer:
    found = _find(name, outages)
    records = _queried(asked.parameters, found, world)
    body: Json = {"total_count": len(records), "results": _page(asked.parameters, records)}
    return json_answer(body, last_change(found.rows(world)))


def _formats(name: str, asked: Asked, _world: World, outages: frozenset[str]) -> Answer:
    address = f"{asked.origin}{ROOT}/catalog/datasets/{_find(name, outages).id}/exports"
    return json_answer(
        {"links": [{"rel": form, "href": f"{address}/{form}"} for form in ("json", "geojson", "csv")]}
    )


def _export(name: str, form: str, asked: Asked, world: World, outages: frozenset[str]) -> Answer:
    found = _find(name, outages)
    records = _queried(asked.parameters, found, world)
    limit = _whole(asked.parameters, "limit", -1)
    kept = records if limit < 0 else records[:limit]
    changed = last_change(found.rows(world))
    match form:
        case "json":
            return Answer(200, JSON, orjson.dumps(kept), changed)
        case "geojson":
            features: Json = [_feature(record) for record in kept]
            body = orjson.dumps({"type": "FeatureCollection", "features": features})
            return Answer(200, GEOJSON, body, changed)
        case "csv":
            names = _names(asked.parameters, found)
            lines = ([record[each] for each in names] for record in kept)
            text = csv_text(names, lines, _delimiter(asked.parameters))
            return Answer(200, CSV, text.encode("utf-8-sig"), changed)
        case _:
            raise Refusal(404, "NotFoundResource", f"Export format '{form}' is not found.")


def _queried(parameters: Mapping[str, str], found: Dataset, world: World) -> list[Record]:
    _refuse_unserved(parameters, NOT_SERVED)
    kinds: dict[str, Kind] = {field.name: field.kind for field in found.fields}
    records = [row.values for row in found.rows(world)]
    if "where" in parameters:
        condition = where(parameters["where"], kinds)
        records = [record for record in records if condition(record)]
    if "order_by" in parameters:
        records = ordered(records, parameters["order_by"], kinds)
    if "select" in parameters:
        names = _names(parameters, found)
        records = [{name: record[name] for name in names} for record in records]
    return records


def _names(parameters: Mapping[str, str], found: Dataset) -> list[str]:
    return selected(parameters.get("select", "*"), {field.name: field.kind for field in found.fields})


def _page(parameters: Mapping[str, str], results: Sequence[Json]) -> list[Json]:
    limit = _whole(parameters, "limit", DEFAULT_LIMIT)
    offset = _whole(parameters, "offset", 0)
    if not -1 <= limit <= MAX_LIMIT:
        raise _wrong("limit", str(limit), f"-1 <= limit <= {MAX_LIMIT}")
    count = MAX_LIMIT if limit == -1 else limit
    if not 0 <= offset <= MAX_DEPTH - count:
        raise _wrong("offset", str(offset), f"0 <= offset and offset + limit <= {MAX_DEPTH}")
    return list(results[offset : offset + count])


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    given = parameters.get(name)
    if given is None:
        return default
    try:
        return int(given)
    except ValueError:
        raise _wrong(name, given, "a whole number") from None


def _delimiter(parameters: Mapping[str, str]) -> str:
    given = parameters.get("delimiter", ";")
    if len(given) != 1 or given in '"\r\n':
        raise _wrong("delimiter", given, "one character")
    return given


def _wrong(name: str, value: str, expected: str) -> Refusal:
    sentence = f"Invalid value for {name} API parameter: {value} was found but {expected} is expected."
    return Refusal(400, "InvalidRESTParameterError", sentence)


def _refuse_unserved(parameters: Mapping[str, str], names: tuple[str, ...]) -> None:
    """Say so instead of ignoring a filter: a filter that is silently ignored is a defect."""
    for name in names:
        if name in parameters:
            sentence = f"This simulated portal does not serve the {name} API parameter here."
            raise Refusal(400, "InvalidRESTParameterError", sentence)


def _find(name: str, outages: frozenset[str] = frozenset()) -> Dataset:
    found = next((each for each in DATASETS if each.id == name), None)
    if found is None:
        raise Refusal(404, "NotFoundResource", f"Dataset '{name}' is not found.")
    if name in outages:
        raise Refusal(503, "ServiceUnavailable", f"Dataset '{name}' is out of order (simulated).")
    return found


def _feature(record: Record) -> Record:
    match record.get("geo_point_2d"):
        case {"lon": lon, "lat": lat}:
            geometry: Json = {"type": "Point", "coordinates": [lon, lat]}
        case _:
            geometry = None
    return {"type": "Feature", "geometry": geometry, "properties": record}


def _described(found: Dataset, world: World) -> Record:
    rows = found.rows(world)
    changed = utc(last_change(rows) or 0)
    fields: list[Json] = [
        {
            "name": field.name,
            "label": field.name.replace("_", " ").capitalize(),
            "type": field.kind,
            "description": field.meaning if field.unit is None else f"{field.meaning} (in {field.unit})",
            "annotations": {} if field.unit is None else {"unit": field.unit},
        }
        for field in found.fields
    ]
    default: Record = {
        "title": found.title,
        "description": f"<p>{found.description} Simulated: no real city is described.</p>",
        "theme": [found.theme],
        "keyword": ["simulated", "simulé"],
        "license": "CC0 1.0",
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "language": "en",
        "metadata_languages": ["en"],
        "timezone": "Europe/Paris",
        "modified": changed,
        "data_processed": changed,
        "metadata_processed": changed,
        "publisher": "Simulated city",
        "records_count": len(rows),
    }
    return {
        "dataset_id": found.id,
        "dataset_uid": f"da_{scatter(found.id) % 36**6:06x}",
        "attachments": [],
        "has_records": True,
        "data_visible": True,
        "features": ["geo", "timeserie"],
        "metas": {"default": default},
        "fields": fields,
    }
