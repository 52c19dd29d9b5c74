"""Find out which interface family answers at an address, without being told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from beffroi.proof.exchange import Answer, Exchange, Json
from beffroi.proof.probes.asking import Asking, get, joined, obstacle, with_query, without_query
from beffroi.proof.probes.entities import looks_like_ngsi_v2, type_names
from beffroi.proof.probes.reading import body_links, json_of, looks_like_page, mapping, mappings, text

OGC = "OGC API Features"
NGSI_LD = "NGSI-LD"
NGSI_V2 = "NGSIv2"

_OGC_MARKS = ("/collections", "/conformance")
_NGSI_LD_MARK = "/ngsi-ld/v1"
_MENTION = re.compile(
    rb"""(?:href|src|data-url)\s*=\s*["']([^"'<>\s]{0,300}?/(?:collections|ngsi-ld/v1)\b[^"'<>\s]{0,300})"""
)
_OTHERS = (
    (NGSI_V2, "/v2/entities?limit=1"),
    ("Opendatasoft Explore", "/api/explore/v2.1/catalog/datasets?limit=1"),
    ("CKAN", "/api/3/action/package_search?rows=1"),
    ("OGC SensorThings", "/v1.1"),
    ("TM Forum product catalogue", "/tmf-api/productCatalogManagement/v4/productOffering?limit=1"),
    ("OGC WFS", "?service=WFS&request=GetCapabilities"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A family seen at a base address, and the answer that showed it."""

    family: str
    base: str
    shown_by: Exchange


@dataclass(frozen=True, slots=True)
class Search:
    """What the search at an address saw; `places` is in the order in which they deserve a check.

    `empty` is an OGC API that lists no collection: there is nothing in it to judge.
    """

    landing: Exchange
    places: tuple[Place, ...]
    asked: tuple[Exchange, ...]
    empty: Place | None


def search(url: str) -> Asking[Search]:
    """Ask the address, its parents and the usual mounting points for the known families."""
    landing = yield from get(url)
    asked = [landing]
    places: list[Place] = []
    order = [_find_ngsi_ld, _find_ogc] if _NGSI_LD_MARK in urlsplit(url).path else [_find_ogc, _find_ngsi_ld]
    for find in order:
        place, seen = yield from find(url, landing)
        asked.extend(seen)
        if place:
            places.append(place)
    if not places:
        others, seen = yield from _find_others(url)
        places.extend(others)
        asked.extend(seen)
    bare = next((exchange for exchange in asked if _lists_nothing(exchange)), None)
    empty = Place(OGC, without_query(bare.request.url).removesuffix("/collections"), bare) if bare else None
    return Search(landing, tuple(places), tuple(asked), empty)


def _lists_nothing(exchange: Exchange) -> bool:
    """Whether an answer is the list of collections of an OGC API that has none: it has links all the same."""
    listing = mapping(json_of(exchange.answer))
    asked = without_query(exchange.request.url).endswith("/collections")
    return asked and listing.get("collections") == [] and isinstance(listing.get("links"), list)


def _find_ogc(url: str, landing: Exchange) -> Asking[tuple[Place | None, list[Exchange]]]:
    seen: list[Exchange] = []
    for base in _ogc_bases(url, landing):
        listing = yield from get(f"{base}/collections")
        seen.append(listing)
        if obstacle(listing.answer) in {"not-asked", "rate-limited"}:
            break
        listed = mappings(mapping(json_of(listing.answer)).get("collections"))
        if any(text(member.get("id")) or text(member.get("name")) for member in listed):
            return Place(OGC, base, listing), seen
    return None, seen


def _find_ngsi_ld(url: str, landing: Exchange) -> Asking[tuple[Place | None, list[Exchange]]]:
    seen: list[Exchange] = []
    for base in _ngsi_ld_bases(url, landing):
        types = yield from get(f"{base}/types")
        seen.append(types)
        if obstacle(types.answer) in {"not-asked", "rate-limited"}:
            break
        if type_names(json_of(types.answer)):
            place = yield from _told_from_ngsi_v2(base, types)
            return place, seen
        if types.answer.status in {200, 400, 404, 405, 501} and not looks_like_page(types.answer):
            entities = yield from get(with_query(f"{base}/entities", limit="1"))
            seen.append(entities)
            if _first(json_of(entities.answer)):
                return Place(_flavour(json_of(entities.answer)), base, entities), seen
            if _says_bad_request(entities.answer) or json_of(types.answer) == []:
                return Place(NGSI_LD, base, types), seen
    return None, seen


def _told_from_ngsi_v2(base: str, types: Exchange) -> Asking[Place]:
    """A type list alone is no NGSI-LD: an older broker behind a rewritten path lists types too."""
    name = type_names(json_of(types.answer))[0]
    entities = yield from get(with_query(f"{base}/entities", type=name, limit="1"))
    first = _first(json_of(entities.answer))
    return Place(_flavour(json_of(entities.answer)) if first else NGSI_LD, base, types)


def _flavour(entities: Json) -> str:
    return NGSI_V2 if any(looks_like_ngsi_v2(entity) for entity in mappings(entities)) else NGSI_LD


def _first(entities: Json) -> dict[str, Json]:
    found = mappings(entities)
    return found[0] if found and "id" in found[0] and "type" in found[0] else {}


def _says_bad_request(answer: Answer) -> bool:
    """A broker that wants a type or an attribute says so with an NGSI-LD error type."""
    return "uri.etsi.org/ngsi-ld/errors" in text(mapping(json_of(answer)).get("type"))


def _find_others(url: str) -> Asking[tuple[list[Place], list[Exchange]]]:
    seen: list[Exchange] = []
    for family, path in _OTHERS:
        base = _before(url, path.split("?")[0]) or _root(url)
        answered = yield from get(f"{base}{path}")
        seen.append(answered)
        if obstacle(answered.answer) in {"not-asked", "rate-limited"}:
            break
        if _shows(family, answered.answer):
            return [Place(family, base, answered)], seen
    return [], seen


def _shows(family: str, answer: Answer) -> bool:
    if answer.status != 200:
        return False
    value = json_of(answer)
    match family:
        case "NGSIv2":
            return any(looks_like_ngsi_v2(entity) for entity in mappings(value))
        case "Opendatasoft Explore":
            return "results" in mapping(value) and "total_count" in mapping(value)
        case "CKAN":
            return mapping(value).get("success") is True
        case "OGC SensorThings":
            return {"Things", "Datastreams"} <= {
                text(m.get("name")) for m in mappings(mapping(value).get("value"))
            }
        case "TM Forum product catalogue":
            return any("lifecycleStatus" in offering and "href" in offering for offering in mappings(value))
        case _:
            return b"WFS_Capabilities" in answer.body[:2000] and b"<" in answer.body[:10]


def _ogc_bases(url: str, landing: Exchange) -> list[str]:
    bases = [base for mark in _OGC_MARKS if (base := _before(url, mark)) is not None]
    for link in body_links(landing):
        if link.rel in {"data", "conformance", "http://www.opengis.net/def/rel/ogc/1.0/data"}:
            bases.extend(base for mark in _OGC_MARKS if (base := _before(link.href, mark)) is not None)
    bases.extend(
        base for target in _mentions(landing) if (base := _before(target, "/collections")) is not None
    )
    plain = _parents(_before(url, _NGSI_LD_MARK) or url)
    return _distinct([*bases, *plain, f"{_root(url)}/ogc", f"{_root(url)}/ogcapi"], url)[:6]


def _ngsi_ld_bases(url: str, landing: Exchange) -> list[str]:
    before = [
        base for target in (url, *_mentions(landing)) if (base := _before(target, _NGSI_LD_MARK)) is not None
    ]
    plain = _parents(_before(url, "/collections") or url)
    return _distinct([f"{base}{_NGSI_LD_MARK}" for base in (*before, *plain)], url)[:3]


def _mentions(landing: Exchange) -> list[str]:
    if not looks_like_page(landing.answer):
        return []
    found = (
        joined(landing.request.url, raw.decode("utf-8", "replace"))
        for raw in _MENTION.findall(landing.answer.body[:500_000])
    )
    return [target for target in found if target][:20]


def _before(url: str, mark: str) -> str | None:
    """The address up to a mark in its path, or None when the path does not hold it."""
    parts = urlsplit(url)
    at = f"{parts.path}/".find(f"{mark}/") if mark else -1
    return None if at < 0 else urlunsplit((parts.scheme, parts.netloc, parts.path[:at], "", ""))


def _parents(url: str) -> list[str]:
    """The address and those above it, at most four.

    >>> _parents("http://a/x/y?q=1")
    ['http://a/x/y', 'http://a/x', 'http://a']
    """
    plain = without_query(url).rstrip("/")
    root = _root(url)
    found = [plain]
    while found[-1] != root and len(found) < 3:
        found.append(found[-1].rsplit("/", 1)[0])
    return _distinct([*found, root], url)


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _distinct(bases: list[str], url: str) -> list[str]:
    """Each base once, in order, on the host that the check was asked for."""
    host = urlsplit(url).netloc
    return [
        base for base in dict.fromkeys(base.rstrip("/") for base in bases) if urlsplit(base).netloc == host
    ]
