"""A small honest OGC API Features server (P1), and switches that make it wrong (simulated)."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.proof.asking import (
    Asked,
    answer,
    as_json,
    bad_request,
    not_found,
)

from beffroi.proof.exchange import Answer


def station(number: int, lon: float, lat: float, kind: str, bikes: int, when: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"station-{number}",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"name": f"Place {number}", "kind": kind, "bikes": bikes, "seen": when},
    }


def stations(count: int = 12) -> list[dict[str, Any]]:
    return [
        station(
            n,
            round(3.01 + n * 0.011, 5),
            round(50.60 + n * 0.006, 5),
            "docked" if n % 3 else "free",
            n,
            f"2026-11-{n + 1:02}T08:00:00Z",
        )
        for n in range(count)
    ]


def lamps(count: int = 7) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "id": f"lamp-{n}",
            "geometry": {
                "type": "Point",
                "coordinates": [round(3.02 + n * 0.01, 5), round(50.61 + n * 0.005, 5)],
            },
            "properties": {"model": "LED" if n % 2 else "SOX", "height": 4.5 + n},
        }
        for n in range(count)
    ]


SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "geometry": {"x-ogc-role": "primary-geometry"},
        "name": {"type": "string"},
        "kind": {"type": "string"},
        "bikes": {"type": "integer"},
        "seen": {"type": "string"},
        "model": {"type": "string"},
        "height": {"type": "number", "x-ogc-unit": "MTR"},
    },
}
CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
EXTENT = [2.9, 50.5, 3.3, 50.8]


@dataclass
class OgcCity:
    """A small OGC API Features server; each field switches one behaviour to a wrong one."""

    root: str = "/ogc"
    sets: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"stations": stations(), "lamps": lamps()}
    )
    extents: dict[str, list[float] | None] = field(default_factory=dict)
    obey_limit: bool = True
    obey_filters: bool = True
    swap: bool = False
    changing_ids: bool = False
    row_ids: bool = False
    overlap: bool = False
    endless: bool = False
    csv_differs: bool = False
    describe_other: bool = False
    calls: int = 0

    def __call__(self, request: Asked) -> Answer:
        self.calls += 1
        path = request.path.rstrip("/")
        if not path.startswith(self.root):
            return not_found()
        match [part for part in path.removeprefix(self.root).split("/") if part]:
            case []:
                return self._landing(request)
            case ["conformance"]:
                return as_json({"conformsTo": [CORE, CORE.replace("core", "geojson")]})
            case ["api"]:
                return self._description(request)
            case ["collections"]:
                return as_json(
                    {"collections": [self._collection(request, name) for name in self.sets], "links": []}
                )
            case ["collections", name] if name in self.sets:
                return as_json(self._collection(request, name))
            case ["collections", name, "schema"] if name in self.sets:
                return as_json(SCHEMA, kind="application/schema+json")
            case ["collections", name, "items"] if name in self.sets:
                return self._items(request, name)
            case ["collections", name, "items", feature] if name in self.sets:
                return self._feature(name, feature)
            case _:
                return not_found()

    def _landing(self, request: Asked) -> Answer:
        base = f"{request.origin}{self.root}"
        links = [
            {"rel": "self", "href": f"{base}/", "type": "application/json"},
            {
                "rel": "service-desc",
                "href": f"{base}/api",
                "type": "application/vnd.oai.openapi+json;version=3.0",
            },
            {"rel": "conformance", "href": f"{base}/conformance", "type": "application/json"},
            {"rel": "data", "href": f"{base}/collections", "type": "application/json"},
        ]
        return as_json({"title": "Simulated city", "links": links})

    def _description(self, request: Asked) -> Answer:
        ok = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
        paths = ["/pets", "/owners"] if self.describe_other else ["/", "/conformance", "/collections"]
        document = {
            "openapi": "3.0.3",
            "info": {"title": "Simulated", "version": "1"},
            "servers": [{"url": f"{request.origin}{self.root}"}],
            "paths": {path: {"get": {"responses": ok}} for path in paths},
        }
        return as_json(document, kind="application/vnd.oai.openapi+json;version=3.0")

    def _collection(self, request: Asked, name: str) -> dict[str, Any]:
        extent = self.extents.get(name, EXTENT)
        url = f"{request.origin}{self.root}/collections/{name}"
        return {
            "id": name,
            "title": name,
            "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
            **({"extent": {"spatial": {"bbox": [extent]}}} if extent else {}),
            "links": [
                {"rel": "items", "href": f"{url}/items", "type": "application/geo+json"},
                {"rel": "describedby", "href": f"{url}/schema", "type": "application/schema+json"},
            ],
        }

    def _items(self, request: Asked, name: str) -> Answer:
        query = request.query
        try:
            limit = int(query.get("limit", "10"))
            offset = int(query.get("offset", "0"))
        except ValueError:
            return bad_request("limit is no number")
        if limit < 1 or offset < 0:
            return bad_request("limit is below 1")
        features = self._filtered(name, query)
        size = limit if self.obey_limit else 1000
        start = max(0, offset - 1) if self.overlap else offset
        page = features[start : start + size]
        links = []
        if self.endless or offset + size < len(features):
            following = "&".join(
                [*(f"{k}={v}" for k, v in query.items() if k != "offset"), f"offset={offset + size}"]
            )
            if self.endless:
                following = "&".join(
                    f"{k}={v}" for k, v in {**query, "offset": str((offset + size) % len(features))}.items()
                )
            links.append(
                {
                    "rel": "next",
                    "href": f"{request.origin}{request.path}?{following}",
                    "type": "application/geo+json",
                }
            )
        body = {
            "type": "FeatureCollection",
            "features": [self._shown(feature, start + place) for place, feature in enumerate(page)],
            "links": links,
            "numberMatched": len(features),
            "numberReturned": len(page),
        }
        if query.get("f") == "csv":
            return self._csv(page)
        if query.get("f") == "records":
            return bad_request("f is unknown")
        return self._validated(request, body)

    def _validated(self, request: Asked, body: Any) -> Answer:
        raw = json.dumps(body)
        etag = f'"{len(raw)}-{sum(raw.encode()) % 99991}"'
        if request.headers.get("if-none-match") == etag:
            return answer(304, b"", "application/geo+json", etag=etag)
        return answer(200, raw, "application/geo+json", etag=etag, cache_control="max-age=5")

    def _csv(self, page: list[dict[str, Any]]) -> Answer:
        names = list(page[0]["properties"])
        wrong = 1 if self.csv_differs else 0
        lines = [",".join(["id", *names])]
        for feature in page:
            values = [v + wrong if isinstance(v, int | float) else v for v in feature["properties"].values()]
            lines.append(",".join([feature["id"], *map(str, values)]))
        return answer(200, "\r\n".join(lines), "text/csv")

    def _filtered(self, name: str, query: dict[str, str]) -> list[dict[str, Any]]:
        features = self.sets[name]
        if not self.obey_filters:
            return features
        if "bbox" in query:
            w, s, e, n = map(float, query["bbox"].split(","))
            features = [
                f
                for f in features
                if w <= f["geometry"]["coordinates"][0] <= e and s <= f["geometry"]["coordinates"][1] <= n
            ]
        if "datetime" in query:
            since = query["datetime"].split("/")[0]
            features = [f for f in features if f["properties"].get("seen", since) >= since]
        for key, value in query.items():
            if any(key in f["properties"] for f in self.sets[name]):
                features = [f for f in features if str(f["properties"].get(key)) == value]
        return features

    def _shown(self, feature: dict[str, Any], row: int) -> dict[str, Any]:
        lon, lat = feature["geometry"]["coordinates"]
        point = [lat, lon] if self.swap else [lon, lat]
        name = feature["id"]
        if self.changing_ids:
            name = f"{name}-{self.calls}"
        if self.row_ids:
            name = str(row)
        return {**feature, "id": name, "geometry": {"type": "Point", "coordinates": point}}

    def _feature(self, name: str, wanted: str) -> Answer:
        shown = [self._shown(feature, row) for row, feature in enumerate(self.sets[name])]
        found = next((feature for feature in shown if feature["id"] == wanted), None)
        return as_json(found, kind="application/geo+json") if found else not_found()
