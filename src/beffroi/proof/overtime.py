"""Do identifiers last? Compare what two visits saw, at least 24 hours apart."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from beffroi.proof.exchange import Exchange, Json, Recording, Sightings
from beffroi.proof.probes.geojson import features_of
from beffroi.proof.probes.reading import canonical, json_of, mapping, mappings
from beffroi.proof.verdict import Finding

APART = timedelta(hours=24)
MOST_SIGHTINGS = 2_000


@dataclass(frozen=True, slots=True)
class _Seen:
    mark: str
    id: str


def sightings(recording: Recording) -> Sightings:
    """The identifiers that a recording saw, each under a mark of the place where its thing stands.

    A place that two things share in one answer marks neither of them.
    """
    ids: dict[str, str] = {}
    for exchange in recording.exchanges:
        seen = list(_seen(exchange))
        counted = Counter(one.mark for one in seen)
        ids |= {one.mark: one.id for one in seen if counted[one.mark] == 1 and one.mark not in ids}
    return Sightings(recording.started, dict(list(ids.items())[:MOST_SIGHTINGS]))


def over_time(recording: Recording) -> Finding:
    """The finding on lasting identifiers, from the sightings of an earlier visit in the recording."""
    earlier, evidence = recording.earlier, tuple(e.number for e in recording.exchanges if _group(e))
    if earlier is None:
        return Finding("ids-over-time", "one-visit", evidence)
    if not _far_apart(earlier.at, recording.started):
        return Finding("ids-over-time", "too-soon", evidence)
    now = sightings(recording).ids
    both = {mark: (earlier.ids[mark], now[mark]) for mark in now if mark in earlier.ids}
    if not both:
        return Finding("ids-over-time", "no-items", evidence)
    changed = [mark for mark, (before, after) in both.items() if before != after]
    values = {"count": str(len(both)), "before": earlier.at[:10], "collection": recording.url}
    return Finding("ids-over-time", "changed" if changed else "same", evidence, values)


def _far_apart(before: str, after: str) -> bool:
    try:
        return datetime.fromisoformat(after) - datetime.fromisoformat(before) >= APART
    except (ValueError, TypeError):
        return False


def _group(exchange: Exchange) -> str:
    """The collection or type that a request asked for; empty for other requests."""
    parts = urlsplit(exchange.request.url)
    if parts.path.endswith("/items"):
        return parts.path
    if parts.path.endswith("/entities"):
        return f"{parts.path}?{','.join(parse_qs(parts.query).get('type', []))}"
    return ""


def _seen(exchange: Exchange) -> Iterator[_Seen]:
    group = _group(exchange)
    value = json_of(exchange.answer) if group else None
    for row in features_of(value) or mappings(value):
        name = row.get("id", row.get("@id"))
        place = _place(row)
        if place and isinstance(name, str | int):
            yield _Seen(hashlib.sha256(group.encode() + canonical(place)).hexdigest()[:32], str(name))


def _place(row: Mapping[str, Json]) -> Json:
    location = mapping(row.get("location"))
    geometry = mapping(row.get("geometry")) or mapping(location.get("value")) or location
    return geometry.get("coordinates")
