"""Control servers: fake cities that must not pass, and small honest ones that must not fail.

Everything here is simulated and every value invented. A control is a plain function from a request
to an answer, so that it runs in process and behind a real socket alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from beffroi.proof.exchange import Answer

HOST = "http://city.example"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    origin: str = HOST


Control = Callable[[Asked], Answer]


def answer(status: int, body: bytes | str, kind: str, **headers: str) -> Answer:
    raw = body.encode() if isinstance(body, str) else body
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Answer(status, (("content-type", kind), *named), raw)


def as_json(value: Any, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    return answer(status, json.dumps(value), kind, **headers)


def not_found() -> Answer:
    problem = {"type": "about:blank", "title": "Not Found", "detail": "No such resource.", "status": 404}
    return as_json(problem, 404, "application/problem+json")


def bad_request(detail: str) -> Answer:
    return as_json({"title": "Bad Request", "detail": detail, "status": 400}, 400, "application/problem+json")


class InProcess:
    """A fetcher that asks a control directly, and remembers what it was asked."""

    def __init__(self, control: Control, host: str = HOST) -> None:
        self.control = control
        self.host = host
        self.asked: list[str] = []

    async def __call__(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        assert method in {"GET", "HEAD"}
        self.asked.append(url)
        if not url.startswith(self.host):
            return Answer(0, failure="network")
        return self.control(asked(url, headers, self.host))


def asked(url: str, headers: Mapping[str, str], origin: str) -> Asked:
    parts = urlsplit(url)
    named = {name.lower(): value for name, value in headers.items()}
    return Asked(unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True)), named, origin)


# --- an honest OGC API (P1) -------------------------------------------------------------------


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


# --- an honest NGSI-LD broker (P1, N17) ---------------------------------------------------------

LD_CONTEXT_PATH = "/context.jsonld"
LD_TERMS = {
    "BikeStation": "https://smartdatamodels.org/dataModel.Transportation/BikeHireDockingStation",
    "PublicThing": "https://city.example/vocabulary#PublicThing",
    "District": "https://city.example/vocabulary#District",
    "bikes": "https://smartdatamodels.org/dataModel.Transportation/availableBikeNumber",
    "status": "https://smartdatamodels.org/status",
    "temperature": "https://smartdatamodels.org/temperature",
    "inside": "https://city.example/vocabulary#inside",
    "title": "https://city.example/vocabulary#title",
}


def bike_station(number: int, types: str | list[str] = "BikeStation") -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:BikeStation:{number}",
        "type": types,
        "bikes": {"type": "Property", "value": number, "observedAt": "2026-11-22T08:00:00Z"},
        "status": {"type": "Property", "value": "open" if number % 3 else "closed"},
        "temperature": {"type": "Property", "value": 10.5 + number, "unitCode": "CEL"},
        "location": {
            "type": "GeoProperty",
            "value": {
                "type": "Point",
                "coordinates": [round(3.0 + number * 0.03, 4), round(50.6 + number * 0.01, 4)],
            },
        },
        "inside": {"type": "Relationship", "object": "urn:ngsi-ld:District:centre"},
    }


def district() -> dict[str, Any]:
    return {
        "id": "urn:ngsi-ld:District:centre",
        "type": "District",
        "title": {"type": "Property", "value": "Centre"},
    }


@dataclass
class LdCity:
    """A small NGSI-LD broker; each field switches one behaviour to a wrong one."""

    root: str = "/ngsi-ld/v1"
    entities: list[dict[str, Any]] = field(default_factory=lambda: [*map(bike_station, range(9)), district()])
    obey_limit: bool = True
    obey_filters: bool = True
    swap: bool = False
    changing_ids: bool = False
    overlap: bool = False
    endless: bool = False
    subscriptions: bool = True
    context: bool = True
    calls: int = 0

    def __call__(self, request: Asked) -> Answer:
        self.calls += 1
        if request.path == LD_CONTEXT_PATH and self.context:
            return as_json({"@context": LD_TERMS}, kind="application/ld+json")
        if not request.path.startswith(self.root):
            return not_found()
        match [part for part in request.path.removeprefix(self.root).split("/") if part]:
            case ["types"]:
                return as_json(
                    {
                        "id": "urn:ngsi-ld:EntityTypeList:1",
                        "type": "EntityTypeList",
                        "typeList": self._types(),
                    }
                )
            case ["entities"]:
                return self._query(request)
            case ["entities", name]:
                return self._retrieve(request, name)
            case ["subscriptions"] if self.subscriptions:
                return as_json([])
            case _:
                return self._problem(404, "ResourceNotFound", "No such resource.")

    def _types(self) -> list[str]:
        names = [
            name
            for entity in self.entities
            for name in ([entity["type"]] if isinstance(entity["type"], str) else entity["type"])
        ]
        return list(dict.fromkeys(names))

    def _link(self, request: Asked) -> str:
        rel = 'rel="http://www.w3.org/ns/json-ld#context"'
        return f'<{request.origin}{LD_CONTEXT_PATH}>; {rel}; type="application/ld+json"'

    def _query(self, request: Asked) -> Answer:
        query = request.query
        try:
            limit, offset = int(query.get("limit", "20")), int(query.get("offset", "0"))
        except ValueError:
            return self._problem(400, "BadRequestData", "limit is no number")
        if limit < 0 or offset < 0:
            return self._problem(400, "BadRequestData", "limit is below 0")
        if not {"type", "q", "attrs", "georel", "id"} & set(query):
            return self._problem(400, "BadRequestData", "too wide")
        found = [
            e
            for e in self.entities
            if "type" not in query or query["type"] in e["type"] or query["type"] == e["type"]
        ]
        if self.obey_filters:
            found = self._filtered(found, query)
        size = limit if self.obey_limit else 1000
        start = max(0, offset - 1) if self.overlap else offset
        links = [self._link(request)]
        if self.endless or offset + size < len(found):
            links.append(
                f"<{request.path}?type={query.get('type', '')}&limit={limit}&offset={offset + size}>;rel=next"
            )
        page = [] if self.endless and start >= len(found) else found[start : start + size]
        return as_json([self._shown(entity, query) for entity in page], link=", ".join(links))

    def _filtered(self, found: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
        if "q" in query:
            name, _, value = query["q"].partition("==")
            found = [e for e in found if json.dumps(e.get(name, {}).get("value")) == value]
        if "georel" in query:
            lon, lat = json.loads(query["coordinates"])
            found = [
                e for e in found if "location" in e and _near(e["location"]["value"]["coordinates"], lon, lat)
            ]
        return found

    def _retrieve(self, request: Asked, name: str) -> Answer:
        shown = [self._shown(entity, {}) for entity in self.entities]
        entity = next((e for e in shown if e["id"] == name), None)
        if entity is None:
            return self._problem(404, "ResourceNotFound", f"Entity {name} is not known.")
        if request.headers.get("accept", "").startswith("application/ld+json"):
            return as_json(
                {**entity, "@context": [f"{request.origin}{LD_CONTEXT_PATH}"]}, kind="application/ld+json"
            )
        return as_json(entity, link=self._link(request))

    def _shown(self, entity: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        shown = json.loads(json.dumps(entity))
        if self.swap and "location" in shown:
            shown["location"]["value"]["coordinates"].reverse()
        if self.changing_ids:
            shown["id"] = f"{shown['id']}:{self.calls}"
        if "attrs" in query:
            shown = {k: v for k, v in shown.items() if k in {"id", "type", *query["attrs"].split(",")}}
        return shown

    def _problem(self, status: int, kind: str, detail: str) -> Answer:
        problem = {"type": f"https://uri.etsi.org/ngsi-ld/errors/{kind}", "title": kind, "detail": detail}
        return as_json(problem, status, "application/problem+json")


def _near(point: list[float], lon: float, lat: float) -> bool:
    return abs(point[0] - lon) < 0.005 and abs(point[1] - lat) < 0.004


# --- the negative controls, by the numbers of the notes -----------------------------------------


def n1_hello(_: Asked) -> Answer:
    return answer(200, "hello", "text/plain")


def n2_single_page(_: Asked) -> Answer:
    return answer(
        200, "<!doctype html><html><body><div id=app></div></body></html>", "text/html; charset=utf-8"
    )


def n3_lies() -> OgcCity:
    return OgcCity(obey_limit=False)


def n4_filter_ignored() -> OgcCity:
    return OgcCity(obey_filters=False)


def n5_swapped() -> OgcCity:
    return OgcCity(swap=True)


def n6_changing_ids() -> OgcCity:
    return OgcCity(changing_ids=True)


def n6_row_ids() -> OgcCity:
    return OgcCity(row_ids=True)


def n9_older_broker(request: Asked) -> Answer:
    """An NGSIv2 broker behind rewritten paths."""
    room = {"id": "Room1", "type": "Room", "temperature": {"type": "Number", "value": 23, "metadata": {}}}
    if request.path.endswith("/types"):
        return as_json([{"type": "Room", "attrs": {"temperature": {"types": ["Number"]}}, "count": 1}])
    if request.path.endswith("/entities"):
        return as_json([room])
    if "/entities/" in request.path:
        return as_json(room)
    return not_found()


def n13_overlap() -> OgcCity:
    return OgcCity(overlap=True)


def n14_endless() -> OgcCity:
    return OgcCity(endless=True)


def n15_key_required(_: Asked) -> Answer:
    return as_json({"title": "Unauthorized"}, 401, www_authenticate="Bearer")


def n16_rate_limited(_: Asked) -> Answer:
    return as_json({"title": "Too Many Requests"}, 429, retry_after="60")


def n17_multi_type() -> LdCity:
    return LdCity(entities=[*(bike_station(n, ["BikeStation", "PublicThing"]) for n in range(9)), district()])


# --- a portal shaped like Lille's, with its five defects (simulated) -----------------------------

LILLE = "/data/ogcapi"


@dataclass
class LilleShaped:
    """Invented values in the shape of the present portal: `records`, `@id`, two names, swapped x and y."""

    calls: int = 0

    def __call__(self, request: Asked) -> Answer:
        self.calls += 1
        if not request.path.startswith(LILLE):
            return not_found()
        match [part for part in request.path.removeprefix(LILLE).split("/") if part]:
            case []:
                return as_json({"title": "Portail simulé", "links": []})
            case ["conformance"]:
                return as_json({"conformsTo": [CORE]})
            case ["collections"]:
                names = ["ilevia:vlille_temps_reel", "environnement_energie:decheterie_fixe"]
                return as_json({"collections": [{"id": name, "title": name, "links": []} for name in names]})
            case ["collections", name, "items"]:
                return self._items(name.rpartition(":")[2], request.query)
            case _:
                return not_found()

    def _items(self, name: str, query: dict[str, str]) -> Answer:
        rows = {"vlille_temps_reel": self._stations(), "decheterie_fixe": self._centres()}.get(name)
        if rows is None:
            return not_found()
        given = query.get("limit", "10")
        limit = int(given) if given.lstrip("-").isdigit() else 10
        if "bbox" in query:
            w, s, e, n = map(float, query["bbox"].split(","))
            points = [self._feature(name, row)["geometry"]["coordinates"] for row in rows]
            rows = [row for row, (x, y) in zip(rows, points, strict=True) if w <= x <= e and s <= y <= n]
        rows = rows if limit < 0 else rows[:limit]
        if query.get("f") == "geojson":
            features = [self._feature(name, row) for row in rows]
            return as_json({"type": "FeatureCollection", "features": features}, kind="application/geo+json")
        if query.get("f") == "csv":
            names = list(rows[0])
            lines = [";".join(names), *(";".join(str(row[n]) for n in names) for row in rows)]
            return answer(200, "\n".join(lines), "text/csv")
        return as_json({"records": rows})

    def _stations(self) -> list[dict[str, Any]]:
        return [
            {
                "@id": str(n),
                "nom": f"STATION {n}",
                "commune": "LILLE" if n % 2 else "ROUBAIX",
                "nb_velos_dispo": n,
                "x": 3.05 + n / 100,
                "y": 50.62 + n / 200,
            }
            for n in range(1, 9)
        ]

    def _centres(self) -> list[dict[str, Any]]:
        return [
            {"@id": str(n), "nom": f"DECHETERIE {n}", "x": 50.61 + n / 100, "y": 3.02 + n / 50}
            for n in range(1, 6)
        ]

    def _feature(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        x, y = (row["x"], row["y"]) if name == "vlille_temps_reel" else (row["y"], row["x"])
        return {
            "type": "Feature",
            "@typeName": name,
            "@id": row["@id"],
            "geometry": {"type": "Point", "@name": "geom", "@srs": "EPSG:4326", "coordinates": [x, y]},
            "properties": {key: value for key, value in row.items() if key != "@id"},
        }
