"""A small honest NGSI-LD broker (P1), and switches that make it wrong (simulated)."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.proof.asking import (
    Asked,
    as_json,
    not_found,
)

from beffroi.proof.exchange import Answer

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
        shown: dict[str, Any] = json.loads(json.dumps(entity))
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
