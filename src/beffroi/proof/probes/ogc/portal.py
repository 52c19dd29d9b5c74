"""The collections of an OGC API and a first sample of their items, as all later probes use them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from beffroi.proof.exchange import Area, Exchange, Json
from beffroi.proof.probes.asking import GEOJSON, Asking, get, obstacle, segment, with_query
from beffroi.proof.probes.geojson import features_of
from beffroi.proof.probes.reading import (
    Link,
    body_links,
    first_link,
    header_links,
    json_of,
    links_of,
    mapping,
    mappings,
    number,
    text,
)

MOST_SAMPLED = 8
SAMPLE_SIZE = 100
_NO_ITEMS = frozenset({"links", "collections", "error", "errors", "messages", "warnings"})
ID_NAMES = ("id", "@id", "_id", "gid", "fid", "recordid", "objectid", "OBJECTID", "identifier")


@dataclass(frozen=True, slots=True)
class Collection:
    id: str
    url: str
    extent: Area | None
    links: tuple[Link, ...]

    @property
    def items(self) -> str:
        return f"{self.url}/items"


@dataclass(frozen=True, slots=True)
class Sample:
    """Up to 100 items of a collection; `envelope` names the JSON shape that held them."""

    collection: Collection
    exchange: Exchange
    envelope: str
    rows: tuple[dict[str, Json], ...]

    @property
    def whole(self) -> bool:
        """Whether the sample is all there is: fewer items than were asked for, and no more announced."""
        matched = mapping(json_of(self.exchange.answer)).get("numberMatched")
        known = not isinstance(matched, int) or matched <= len(self.rows)
        more = first_link([*body_links(self.exchange), *header_links(self.exchange)], "next")
        return known and more is None and len(self.rows) < SAMPLE_SIZE


@dataclass(frozen=True, slots=True)
class Portal:
    """An OGC API as met. `query` is what must be added to a request so that GeoJSON comes back.

    `two` is the answer to a request for two items of the first collection.
    """

    base: str
    landing: Exchange
    conformance: Exchange
    listing: Exchange
    collections: tuple[Collection, ...]
    samples: tuple[Sample, ...]
    two: Exchange
    query: tuple[tuple[str, str], ...]

    def items(self, collection: Collection, **parameters: str) -> str:
        return with_query(collection.items, **{**dict(self.query), **parameters})


def meet(base: str, listing: Exchange, landing: Exchange, url: str) -> Asking[Portal]:
    """Read the landing page, the conformance declaration and a sample of up to eight collections."""
    if landing.request.url.rstrip("/") != base:
        landing = yield from get(f"{base}/")
    conformance = yield from get(f"{base}/conformance")
    collections = _collections(base, listing)
    chosen = _spread(_wanted_first(collections, url))
    query, two = yield from _query_for_geojson(chosen[0])
    samples: list[Sample] = []
    for collection in chosen:
        samples.append((yield from _sample(collection, query)))
    return Portal(base, landing, conformance, listing, tuple(collections), tuple(samples), two, query)


def items_of(exchange: Exchange) -> tuple[str, list[dict[str, Json]]]:
    """The envelope and the items of an answer: a FeatureCollection, or any object or array of rows."""
    value = json_of(exchange.answer)
    features = features_of(value)
    if features is not None:
        return "FeatureCollection", features
    if isinstance(value, list):
        return "array", mappings(value)
    for name, member in mapping(value).items():
        if name not in _NO_ITEMS and mappings(member):
            return name, mappings(member)
    return "", []


def id_of(row: dict[str, Json]) -> tuple[str, str]:
    """The id of an item and the member that holds it; two empty texts when none is seen."""
    for name in ID_NAMES:
        value = row.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value), name
    return "", ""


def properties_of(row: dict[str, Json]) -> dict[str, Json]:
    """The attributes of a feature, or of a bare record."""
    if "properties" in row:
        return mapping(row["properties"])
    return {name: value for name, value in row.items() if name not in {"geometry", "type", *ID_NAMES}}


def _query_for_geojson(collection: Collection) -> Asking[tuple[tuple[tuple[str, str], ...], Exchange]]:
    """Content negotiation first; `f=geojson` for servers that only know the parameter."""
    plain = yield from get(with_query(collection.items, limit="2"), GEOJSON)
    if items_of(plain)[0] == "FeatureCollection" or obstacle(plain.answer):
        return (), plain
    named = yield from get(with_query(collection.items, limit="2", f="geojson"), GEOJSON)
    if items_of(named)[0] == "FeatureCollection":
        return (("f", "geojson"),), named
    return (), plain


def _sample(collection: Collection, query: tuple[tuple[str, str], ...]) -> Asking[Sample]:
    exchange = yield from get(with_query(collection.items, limit=str(SAMPLE_SIZE), **dict(query)), GEOJSON)
    if exchange.answer.truncated:
        exchange = yield from get(with_query(collection.items, limit="10", **dict(query)), GEOJSON)
    envelope, rows = items_of(exchange)
    return Sample(collection, exchange, envelope, tuple(rows[:1000]))


def _collections(base: str, listing: Exchange) -> list[Collection]:
    found: list[Collection] = []
    for member in mappings(mapping(json_of(listing.answer)).get("collections")):
        name = text(member.get("id")) or text(member.get("name"))
        if name:
            found.append(
                Collection(
                    name,
                    f"{base}/collections/{segment(name)}",
                    _extent(member),
                    tuple(links_of(member.get("links"), listing.request.url)),
                )
            )
    return found


def _extent(member: dict[str, Json]) -> Area | None:
    boxes = mapping(mapping(member.get("extent")).get("spatial")).get("bbox")
    first = boxes[0] if isinstance(boxes, list) and boxes else None
    corners = [number(corner) for corner in first] if isinstance(first, list) else []
    known = [corner for corner in corners if corner is not None]
    if len(known) != len(corners) or len(known) not in {4, 6}:
        return None
    half = len(known) // 2
    return Area(known[0], known[1], known[half], known[half + 1])


def _wanted_first(collections: list[Collection], url: str) -> list[Collection]:
    path = f"{unquote(urlsplit(url).path)}/"
    return sorted(collections, key=lambda collection: f"/collections/{collection.id}/" not in path)


def _spread(collections: list[Collection]) -> list[Collection]:
    """The first collection and seven more spread evenly over the list."""
    if len(collections) <= MOST_SAMPLED:
        return collections
    step = (len(collections) - 1) / (MOST_SAMPLED - 1)
    return [collections[round(step * place)] for place in range(MOST_SAMPLED)]
