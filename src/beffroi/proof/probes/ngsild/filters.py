"""The query language and the geo-query are real when they change the result and all of it satisfies them."""

from __future__ import annotations

import math
import re

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import JSON, Asking, get, numbers, obstacle
from beffroi.proof.probes.entities import attributes
from beffroi.proof.probes.geojson import centre
from beffroi.proof.probes.ngsild.broker import CONTEXT_REL, CORE_CONTEXT, Broker, Sample, context_urls
from beffroi.proof.probes.reading import json_of, mappings
from beffroi.proof.verdict import Finding

_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,40}")
NEAR = 500.0
FAR = 1500.0


def same_context(sample: Sample) -> dict[str, str]:
    """The header that makes the broker read our terms as it wrote its own."""
    first = sample.entities[0] if sample.entities else {}
    linked = [url for url in context_urls(sample.exchange, first) if not url.startswith(CORE_CONTEXT)]
    return {"Link": f'<{linked[0]}>; rel="{CONTEXT_REL}"; type="application/ld+json"'} if linked else {}


def filter_by_q(broker: Broker, sample: Sample) -> Asking[Finding]:
    """`q` with a value that some entities have and others have not."""
    chosen = _value_that_divides(sample)
    if chosen is None:
        return Finding(
            "filter-attribute", obstacle(sample.exchange.answer) or "no-attribute", numbers(sample.exchange)
        )
    name, value = chosen
    shown = f'"{value}"' if isinstance(value, str) else f"{value}"
    query = f"{name}=={shown}"
    exchange = yield from get(
        broker.entities(type=sample.type, q=query, limit="100"), JSON, **same_context(sample)
    )
    entities = mappings(json_of(exchange.answer))
    wrong = [entity for entity in entities if value not in _values(entity).get(name, [])]
    case = _case_of_rows(exchange, entities) or ("ignored" if wrong else "works")
    values = {"filter": f"q={query}", "collection": sample.type}
    return Finding("filter-attribute", case, numbers(sample.exchange, exchange), values)


def filter_by_place(broker: Broker, sample: Sample) -> Asking[Finding]:
    """`near` 500 metres of one entity, while another lies more than 1,500 metres away."""
    located = [point for entity in sample.entities if (point := location(entity))]
    middle = next((p for p in located if any(metres(p, other) > FAR for other in located)), None)
    if middle is None:
        return Finding(
            "filter-place", obstacle(sample.exchange.answer) or "no-geometry", numbers(sample.exchange)
        )
    geo = {
        "georel": f"near;maxDistance=={NEAR:.0f}",
        "geometry": "Point",
        "coordinates": f"[{middle[0]},{middle[1]}]",
    }
    exchange = yield from get(
        broker.entities(type=sample.type, limit="100", **geo), JSON, **same_context(sample)
    )
    entities = mappings(json_of(exchange.answer))
    far = [
        entity for entity in entities if (point := location(entity)) is None or metres(point, middle) > FAR
    ]
    case = _case_of_rows(exchange, entities) or ("ignored" if far else "works")
    values = {"filter": f"{geo['georel']} {geo['coordinates']}", "collection": sample.type}
    return Finding("filter-place", case, numbers(sample.exchange, exchange), values)


def location(entity: dict[str, Json]) -> tuple[float, float] | None:
    """The centre of the entity's `location`."""
    for attribute in attributes(entity):
        if attribute.name == "location":
            return centre(attribute.value if attribute.value is not None else attribute.members)
    return None


def metres(one: tuple[float, float], two: tuple[float, float]) -> float:
    """The distance on a sphere between two positions of longitude and latitude.

    >>> round(metres((3.0, 50.0), (3.0, 50.01)))
    1112
    """
    lon1, lat1, lon2, lat2 = map(math.radians, (*one, *two))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6_371_000 * math.asin(min(1.0, math.sqrt(half)))


def _case_of_rows(exchange: Exchange, entities: list[dict[str, Json]]) -> str | None:
    refused = obstacle(exchange.answer)
    if refused:
        return refused
    if exchange.answer.status >= 400:
        return "refused"
    return None if entities else "empty"


def _values(entity: dict[str, Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for attribute in attributes(entity):
        if attribute.type == "Property":
            found.setdefault(attribute.name, []).append(attribute.value)
    return found


def _value_that_divides(sample: Sample) -> tuple[str, str | int] | None:
    rows = [_values(entity) for entity in sample.entities]
    for name in sorted({name for row in rows[:20] for name in row}):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", name):
            continue
        found = [row.get(name, []) for row in rows]
        for values in found:
            match values:
                case [str() as value] if _PLAIN.fullmatch(value) and any(
                    value not in other for other in found
                ):
                    return name, value
                case [int() as value] if not isinstance(value, bool) and any(
                    value not in other for other in found
                ):
                    return name, value
                case _:
                    continue
    return None
