"""Measure a city's data for a fit: what its node tells everybody over NGSI-LD and OGC API, and nothing else.

At most MOST_REQUESTS requests, GET only, within LONGEST_S and MOST_IN_ALL bytes. Names are asked and answered
whole, without a context, so that a node of any make and vocabulary is measured alike.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import quote, urlencode

from beffroi.kernel.instant import Instant, parse_instant, plus_seconds, seconds_between
from beffroi.kernel.json import Json, JsonObject, decode, objects_in
from beffroi.kernel.problem import AddressRefused, BadRequestData, Problem, SourceFailed
from beffroi.network.rules.solutions.facts import CityFacts, TypeFacts
from beffroi.network.rules.solutions.licensing import licence_of
from beffroi.network.rules.solutions.manifest import Manifest, Need
from beffroi.network.rules.solutions.manifest_schema import CRS84
from beffroi.network.rules.solutions.names import local, nearness
from beffroi.network.rules.solutions.sample import box_of, cell_of, positions, type_facts
from beffroi.outbound import Answer, Failed, Refused

MOST_REQUESTS: Final = 60
MOST_TYPES_READ: Final = 300
MOST_CANDIDATES: Final = 4
MOST_OTHERS: Final = 8
PER_PAGE: Final = 100
PAGES: Final = 5
MOST_BYTES: Final = 4_000_000
MOST_IN_ALL: Final = 40_000_000
LONGEST_S: Final = 120.0
HISTORIES: Final = 3
"""How many entities are asked for their past."""

Get: TypeAlias = Callable[[str, Mapping[str, str]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Measured:
    """The facts, and the sampled entities by the whole name of their type."""

    facts: CityFacts
    samples: Mapping[str, Sequence[JsonObject]]


@dataclass(slots=True)
class _Visit:
    """One visit to one node: how it is asked, how often it was, what could not be read."""

    get: Get
    address: str
    headers: Mapping[str, str]
    requests: int = 0
    bytes: int = 0
    unread: list[str] = field(default_factory=list[str])

    async def ask(self, path: str, query: Mapping[str, str] | None = None) -> tuple[Json, Answer]:
        """The JSON at a path. Raises Problem(SourceFailed) for anything else, also when it is enough."""
        if self.requests >= MOST_REQUESTS or self.bytes >= MOST_IN_ALL:
            raise Problem(
                SourceFailed, f"After {self.requests} requests and {self.bytes:,} bytes it is enough."
            )
        self.requests += 1
        asked = f"{self.address}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            answer = await self.get(asked, self.headers)
        except Refused as refusal:
            raise Problem(AddressRefused, str(refusal)) from refusal
        except Failed as failure:
            raise Problem(SourceFailed, str(failure)) from failure
        self.bytes += len(answer.body)
        if answer.status in {401, 403}:
            shown = "refuses this token" if "authorization" in self.headers else "wants a token"
            raise Problem(SourceFailed, f"'{self.address}{path[:200]}' {shown} ({answer.status}).")
        if answer.status not in {200, 206}:
            raise Problem(SourceFailed, f"'{self.address}{path[:200]}' answers with {answer.status}.")
        try:
            return decode(answer.body), answer
        except Problem as problem:
            raise Problem(SourceFailed, f"'{self.address}{path[:200]}': {problem.detail}") from problem

    async def try_to(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """The JSON at a path, or None and a note that it could not be read."""
        try:
            return (await self.ask(path, query))[0]
        except Problem as problem:
            self.unread.append(problem.detail)
            return None


async def measure(get: Get, address: str, manifest: Manifest, now: Instant, token: str = "") -> Measured:
    """Measure the node at `address`. Raises Problem if it is no NGSI-LD node or does not answer.

    `get` is guarded and bounded (outbound.Client); `token` is shown to the node, if it needs one.
    """
    headers = {"accept": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    visit = _Visit(get, _root_of(address), headers)
    try:
        async with asyncio.timeout(LONGEST_S):
            return await _measured(visit, manifest, now)
    except TimeoutError as failure:
        raise Problem(
            SourceFailed, f"'{visit.address}' was not measured within {LONGEST_S:g} s."
        ) from failure


async def _measured(visit: _Visit, manifest: Manifest, now: Instant) -> Measured:
    names = await _types(visit)
    wanted = _worth_reading(manifest.needs, names)
    counts, samples = dict[str, int](), dict[str, list[JsonObject]]()
    for name in wanted:
        counts[name], samples[name] = await _sample(visit, name, PAGES)
    for name in [each for each in names if each not in samples][:MOST_OTHERS]:
        counts[name], samples[name] = await _sample(visit, name, 1)
    licences, crs = await _collections(visit)
    points = [point for sample in samples.values() for point in positions(sample)]
    box = box_of(points)
    occupied = frozenset(cell for point in points if box and (cell := cell_of(point, box)))
    types = {name: type_facts(name, counts[name], each, now, box) for name, each in samples.items()}
    facts = CityFacts(
        address=visit.address,
        at=now,
        types=types,
        box=box,
        occupied=occupied,
        licences=licences,
        crs=crs,
        history_s=await _histories(visit, manifest, types, samples, now),
        requests=visit.requests,
        unread=tuple(visit.unread),
    )
    return Measured(facts, samples)


def _root_of(address: str) -> str:
    """The address of the node, without the path of its NGSI-LD API.

    >>> _root_of("https://city.example/ngsi-ld/v1/")
    'https://city.example'
    """
    root = address.rstrip("/").removesuffix("/ngsi-ld/v1")
    if not root.startswith(("http://", "https://")) or "?" in root or "#" in root:
        raise Problem(
            BadRequestData, f"'{address[:200]}' is no address of a node: it begins with http:// or https://."
        )
    return root


async def _types(visit: _Visit) -> dict[str, frozenset[str]]:
    """Every type with the names of its attributes (clause 5.7.5)."""
    found, _ = await visit.ask("/ngsi-ld/v1/types", {"details": "true"})
    if isinstance(found, dict):
        return {name: frozenset() for name in _texts(found.get("typeList"))[:MOST_TYPES_READ]}
    rows = objects_in(found)
    return {
        str(row.get("typeName", row.get("id"))): frozenset(_texts(row.get("attributeNames")))
        for row in rows[:MOST_TYPES_READ]
    }


def _worth_reading(needs: Iterable[Need], types: Mapping[str, frozenset[str]]) -> list[str]:
    """For each need, the types that come nearest by their name and those of their attributes."""
    chosen = dict[str, None]()
    for need in needs:
        ranked = sorted(types, key=lambda name: _promise(need, name, types[name]), reverse=True)
        exact = [name for name in ranked if local(name) == need.type]
        chosen |= dict.fromkeys(exact or ranked[:MOST_CANDIDATES])
    return list(chosen)[: MOST_CANDIDATES * 2]


def _promise(need: Need, name: str, attributes: frozenset[str]) -> float:
    best = [max((nearness(each.name, one) for one in attributes), default=0.0) for each in need.attributes]
    return nearness(need.type, name) + sum(best) / len(best)


async def _sample(visit: _Visit, name: str, pages: int) -> tuple[int, list[JsonObject]]:
    """How many entities of a type there are, and up to `pages` pages of them from all over the list; from its
    beginning where the node does not say how many there are."""
    entities, said = await _page(visit, name, 0)
    count = pages * PER_PAGE if said is None and len(entities) == PER_PAGE else said or len(entities)
    apart = max(count // pages, PER_PAGE)
    for page in range(1, pages):
        if page * apart >= count or len(entities) < PER_PAGE * page:
            break
        more, _ = await _page(visit, name, page * apart)
        entities += more
    return max(said or 0, len(entities)), entities


async def _page(visit: _Visit, name: str, offset: int) -> tuple[list[JsonObject], int | None]:
    """A page, and how many entities there are in all, if the node says so."""
    query = {"type": name, "limit": str(PER_PAGE), "offset": str(offset), "count": "true"}
    try:
        found, answer = await visit.ask("/ngsi-ld/v1/entities", query)
    except Problem as problem:
        visit.unread.append(problem.detail)
        return [], 0
    entities = objects_in(found)
    said = answer.headers.get("ngsild-results-count", "")
    return entities[:PER_PAGE], int(said) if said.isdecimal() and len(said) < 12 else None


async def _collections(visit: _Visit) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The licences that the node states and the reference systems that it gives, over OGC API Features.

    NGSI-LD has positions in WGS 84 only (clause 4.7), so that one is always there."""
    landing = await visit.try_to("/ogc", {"f": "json"})
    collections = await visit.try_to("/ogc/collections", {"f": "json"})
    rows = objects_in(collections.get("collections") if isinstance(collections, dict) else None)
    documents = [each for each in (landing, collections, *rows) if isinstance(each, dict)]
    stated = dict.fromkeys(link for each in documents for link in _licence_links(each))
    licences = tuple(row.id if (row := licence_of(said)) else said for said in stated)
    crs = dict.fromkeys([CRS84, *(name for row in rows for name in _texts(row.get("crs")))])
    return licences, tuple(crs)


def _licence_links(document: JsonObject) -> Iterable[str]:
    for link in objects_in(document.get("links")):
        if link.get("rel") == "license":
            yield str(link.get("href", ""))[:500]


async def _histories(
    visit: _Visit,
    manifest: Manifest,
    types: Mapping[str, TypeFacts],
    samples: Mapping[str, Sequence[JsonObject]],
    now: Instant,
) -> Mapping[str, float]:
    """How far back the past of each needed attribute was found to go, in seconds."""
    found = dict[str, float]()
    for need in manifest.needs:
        for wanted in (each for each in need.attributes if each.history_s):
            for name, facts in types.items():
                known = [each for each in facts.attributes if local(each) == wanted.name]
                for attribute in known:
                    reach = [
                        await _reach(visit, str(entity["id"]), attribute, wanted.history_s, now)
                        for entity in samples[name][:HISTORIES]
                    ]
                    found[attribute] = max([*reach, found.get(attribute, 0.0)])
    return found


async def _reach(visit: _Visit, id: str, attribute: str, seconds: int, now: Instant) -> float:
    """The age of the newest instance that is at least so old; 0 if there is none (clause 5.7.3)."""
    before = plus_seconds(now, -seconds)
    query = {"attrs": attribute, "timerel": "before", "timeAt": before, "lastN": "1"}
    document = await visit.try_to(f"/ngsi-ld/v1/temporal/entities/{quote(id, safe='')}", query)
    instances = document.get(attribute) if isinstance(document, dict) else None
    listed = objects_in(instances if isinstance(instances, list) else [instances])
    moments = [parse_instant(str(each.get("observedAt"))) for each in listed]
    return max((seconds_between(moment, now) for moment in moments if moment), default=0.0)


def _texts(value: Json) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
