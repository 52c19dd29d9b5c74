"""Manifests and simulated cities' facts for tests of the fit."""

import json
from pathlib import Path
from typing import Any

from beffroi.kernel.instant import Instant
from beffroi.network.rules.solutions.facts import CityFacts
from beffroi.network.rules.solutions.manifest import Manifest, parse_manifest
from beffroi.network.rules.solutions.manifest_schema import CRS84
from beffroi.network.rules.solutions.sample import box_of, cell_of, positions, type_facts

NOW = Instant("2026-11-22T12:00:00.000000Z")
REFERENCE = Path(__file__).parents[3] / "solutions/availability/manifest.json"


def content(**changes: Any) -> Any:
    """A small manifest that is right."""
    attribute = {"name": "availableBikeNumber", "kind": "integer"}
    return {
        "manifest": "1",
        "id": "bikes",
        "name": {"en": "Bikes"},
        "version": "1.0.0",
        "maker": {"name": "Simulated"},
        "licence": "EUPL-1.2",
        "program": "https://maker.example/bikes",
        "needs": [{"type": "BikeHireDockingStation", "attributes": [attribute]}],
        **changes,
    }


def needing(*attributes: Any, type: str = "BikeHireDockingStation", **need: Any) -> Manifest:
    return parse_manifest(content(needs=[{"type": type, "attributes": [*attributes], **need}]))


def entity(number: int, type: str, /, at: str = "2026-11-22T11:59:00Z", **values: Any) -> Any:
    """A normalised entity; a value may be a whole attribute."""
    made = {"id": f"urn:ngsi-ld:X:{number}", "type": type}
    for name, value in values.items():
        whole = isinstance(value, dict) and value.get("type") in {"Property", "GeoProperty"}
        made[name] = value if whole else {"type": "Property", "value": value, "observedAt": at}  # type: ignore[assignment]
    return made


def place(x: float, y: float) -> Any:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [x, y]}}


def city(*entities: Any, licences: tuple[str, ...] = ("etalab-2.0",)) -> CityFacts:
    """The facts of a city that has just these entities."""
    by_type: dict[str, list[Any]] = {}
    for each in entities:
        by_type.setdefault(each["type"], []).append(each)
    points = list(positions(entities))
    box = box_of(points)
    types = {name: type_facts(name, len(some), some, NOW, box) for name, some in by_type.items()}
    occupied = frozenset(cell for point in points if box and (cell := cell_of(point, box)))
    return CityFacts("https://city.example", NOW, types, box, occupied, licences, (CRS84,))


def reference() -> Any:
    return json.loads(REFERENCE.read_text())
