"""Where an offering is probed: data of this node at its own address, a service at its `endpointUrl`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from beffroi.kernel.instant import Instant, plus_seconds, shortened
from beffroi.kernel.json import Json, JsonObject, decode
from beffroi.kernel.problem import Problem
from beffroi.market.rules.service_level.place import place_of
from beffroi.market.rules.service_level.probe import Expand, newest_in
from beffroi.market.rules.service_level.promise import Promise

ENTITIES: Final = "/ngsi-ld/v1/entities"
SAMPLE: Final = 100
"""Entities of this node that one probe looks at."""


@dataclass(frozen=True, slots=True)
class Target:
    """`is_own`: at this node, with the headers that it needs; else an address that somebody stated."""

    url: str
    is_own: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def target_of(
    offering: JsonObject, specification: JsonObject, own: str, context: str, expand: Expand
) -> Target | None:
    """Where to ask; `own` is the node's address, `context` the URL of its own @context. None without any
    place."""
    place = place_of(offering, specification)
    if not place.types:
        return Target(place.endpoint) if place.endpoint else None
    names = quote(",".join(map(expand, place.types)), safe="")
    headers = {"link": f'<{context}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}
    if place.tenant:
        headers["ngsild-tenant"] = place.tenant
    url = f"{own}{ENTITIES}?type={names}&limit={SAMPLE}&options=sysAttrs"
    return Target(url, is_own=True, headers=headers)


def newer_address(
    target: Target, promise: Promise, entities: Sequence[JsonObject] | None, at: Instant
) -> str | None:
    """Where to ask for what changed lately, if the sample is not all and shows nothing fresh; else None.

    An observation is not older than the change that stored it: what is fresh changed within the same time.
    """
    within = next((each.within for each in promise.objectives if each.metric == "freshness"), 0)
    if not within or not target.is_own or entities is None or len(entities) < SAMPLE:
        return None
    since = plus_seconds(at, -within)
    if newest_in(entities, at) >= since:
        return None
    return f"{target.url}&q={quote(f'modifiedAt>={shortened(since)}', safe='')}"


def entities_in(body: bytes) -> list[JsonObject] | None:
    """The entities of an answer: a JSON array of objects, or the features of a GeoJSON FeatureCollection
    with their properties; None for what is neither."""
    try:
        value = decode(body)
    except Problem:
        return None
    if isinstance(value, dict) and value.get("type") == "FeatureCollection":
        features = value.get("features")
        value = [_properties(each) for each in features] if isinstance(features, list) else None
    if not isinstance(value, list):
        return None
    found = [each for each in value if isinstance(each, dict)]
    return found if len(found) == len(value) else None


def _properties(feature: Json) -> Json:
    return feature.get("properties") if isinstance(feature, dict) else None
