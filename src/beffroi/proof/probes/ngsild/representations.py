"""One entity as JSON and as JSON-LD carries the same values; its geometries are valid GeoJSON."""

from __future__ import annotations

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import JSON_LD, Asking, get, numbers, obstacle, segment
from beffroi.proof.probes.entities import attributes, without_sys
from beffroi.proof.probes.geojson import fault_of_geometry
from beffroi.proof.probes.ngsild.broker import Broker, Sample
from beffroi.proof.probes.reading import canonical, json_of, mapping, text
from beffroi.proof.verdict import Finding

_PLAIN = "application/json"


def formats_agree(broker: Broker, sample: Sample) -> Asking[Finding]:
    """Compare the two media types; a difference must still be there when asked again."""
    if not sample.entities:
        return Finding(
            "formats-agree", obstacle(sample.exchange.answer) or "one-only", numbers(sample.exchange)
        )
    url = f"{broker.base}/entities/{segment(text(sample.entities[0].get('id')))}"
    asked: list[Exchange] = []
    values = {"formats": "application/json, application/ld+json", "collection": sample.type}
    for _ in range(2):
        plain = yield from get(url, _PLAIN)
        linked = yield from get(url, JSON_LD)
        asked.extend([plain, linked])
        refused = obstacle(plain.answer) or obstacle(linked.answer)
        one, two = mapping(json_of(plain.answer)), mapping(json_of(linked.answer))
        if refused or not one or not two:
            return Finding("formats-agree", refused or "one-only", numbers(*asked), values)
        name = _difference(one, two)
        if name is None:
            return Finding("formats-agree", "agree", numbers(*asked), values)
        values = {
            **values,
            "attribute": name[:60],
            "one": _shown(one.get(name)),
            "two": _shown(two.get(name)),
        }
    return Finding("formats-agree", "differ", numbers(*asked), values)


def _difference(one: dict[str, Json], two: dict[str, Json]) -> str | None:
    first, second = without_sys(one), without_sys(two)
    names = sorted(set(first) | set(second))
    return next((name for name in names if canonical(first.get(name)) != canonical(second.get(name))), None)


def _shown(value: Json) -> str:
    return canonical(value).decode()[:60]


def geometries_are_geojson(samples: tuple[Sample, ...]) -> Finding:
    """The value of a GeoProperty is a geometry of RFC 7946 (clause 4.7 of NGSI-LD)."""
    seen = numbers(*(sample.exchange for sample in samples))
    shapes = [
        (attribute.name, attribute.value if attribute.value is not None else attribute.members)
        for sample in samples
        for entity in sample.entities
        for attribute in attributes(entity)
        if attribute.type == "GeoProperty"
    ]
    if not shapes:
        return Finding("geojson-valid", "no-items", seen)
    wrong = next(((name, fault) for name, shape in shapes if (fault := fault_of_geometry(shape))), None)
    if wrong:
        return Finding("geojson-valid", "fault", seen, {"collection": wrong[0], "member": wrong[1]})
    return Finding("geojson-valid", "valid", seen, {"collection": samples[0].type})
