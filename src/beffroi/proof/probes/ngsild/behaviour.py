"""Does a broker behave as NGSI-LD: entities, limit, paging, look-up, unknown ids?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import JSON, Asking, get, numbers, obstacle, segment, with_query
from beffroi.proof.probes.entities import is_entity, types_of, without_sys
from beffroi.proof.probes.ngsild.broker import Broker, Sample
from beffroi.proof.probes.reading import (
    canonical,
    first_link,
    header_links,
    json_of,
    looks_like_page,
    mapping,
    mappings,
    media_type,
    text,
)
from beffroi.proof.verdict import Finding

UNKNOWN_ID = "urn:ngsi-ld:Unknown:beffroi-no-such-id-9f3c1d"
PAGES = 3


def data_can_be_read(sample: Sample) -> list[Finding]:
    """Entities parse as the media type declared, and are entities: a URI as id, one or several types."""
    answer = sample.exchange.answer
    seen = numbers(sample.exchange)
    values = {
        "type": answer.header("content-type")[:80] or "?",
        "status": str(answer.status),
        "url": sample.exchange.request.url,
    }
    case = _case_of_data(sample)
    reached = {"reads": "reached", "empty": "reached", "wrong-type": "reached"}
    unreached = {"no-data": "unreached", "web-page": "unreached", "unreadable": "unreached"}
    found = [
        Finding("data-readable", case, seen, values),
        Finding("data-reachable", {**reached, **unreached}.get(case, case), seen, values),
    ]
    if case == "reads":
        wrong = [entity for entity in sample.entities if not is_entity(entity)]
        name = text(wrong[0].get("id"))[:80] if wrong else ""
        found.append(
            Finding("ngsild-entities", "not-entities" if wrong else "entities", seen, {"id": name or "?"})
        )
    return found


def _case_of_data(sample: Sample) -> str:
    answer = sample.exchange.answer
    refused = obstacle(answer)
    if refused:
        return refused
    if answer.status != 200:
        return "no-data"
    if looks_like_page(answer):
        return "web-page"
    if not sample.entities:
        return "empty" if json_of(answer) == [] else "unreadable"
    return "reads" if "json" in media_type(answer) else "wrong-type"


def limit_is_obeyed(broker: Broker, sample: Sample) -> Asking[Finding]:
    """Two entities asked for bring two at most; with no more than two there is nothing to see."""
    exchange = yield from get(broker.entities(type=sample.type, limit="2"), JSON)
    count = len(mappings(json_of(exchange.answer)))
    judged = "ignored" if count > 2 else "obeyed" if count and len(sample.entities) > 2 else "no-items"
    case = obstacle(exchange.answer) or judged
    return Finding("limit-obeyed", case, numbers(exchange), {"asked": "2", "count": str(count)})


def invalid_limit_is_refused(broker: Broker, sample: Sample) -> Asking[tuple[Finding, Exchange]]:
    exchange = yield from get(broker.entities(type=sample.type, limit="-1"), JSON)
    accepted = 200 <= exchange.answer.status < 300
    case = obstacle(exchange.answer) or ("accepted" if accepted else "refused")
    values = {"limit": "-1", "status": str(exchange.answer.status)}
    return Finding("ngsild-invalid-limit", case, numbers(exchange), values), exchange


def paging(broker: Broker, sample: Sample, again: Exchange) -> Asking[Finding]:
    """Three pages by `offset`: nothing twice, nothing lost; and no `next` behind the end."""
    known = [text(entity.get("id")) for entity in sample.entities]
    if len(known) < PAGES:
        return Finding("paging", obstacle(sample.exchange.answer) or "too-few", numbers(sample.exchange))
    size = math.ceil(len(known) / PAGES)
    pages: list[Exchange] = []
    for place in range(PAGES):
        url = broker.entities(type=sample.type, limit=str(size), offset=str(place * size))
        pages.append((yield from get(url, JSON)))
    seen = numbers(sample.exchange, again, *pages)
    values = {"collection": sample.type, "pages": str(PAGES), "size": str(size)}
    refused = next((case for page in pages if (case := obstacle(page.answer))), None)
    if refused:
        return Finding("paging", refused, seen, values)
    case = yield from _case_of_pages(sample, again, pages)
    return Finding("paging", case, seen, values)


def _case_of_pages(sample: Sample, again: Exchange, pages: list[Exchange]) -> Asking[str]:
    everything = [text(entity.get("id")) for page in pages for entity in mappings(json_of(page.answer))]
    still = {text(entity.get("id")) for entity in mappings(json_of(again.answer))}
    known = {text(entity.get("id")) for entity in sample.entities}
    if len(set(everything)) < len(everything):
        return "overlap"
    if (known & still) - set(everything):
        return "lost" if sample.whole else "reordered"
    behind = first_link(header_links(pages[-1]), "next")
    if behind is None:
        return "complete"
    last = yield from get(behind.href, JSON)
    found = {text(entity.get("id")) for entity in mappings(json_of(last.answer))}
    goes_on = not found and first_link(header_links(last), "next") is not None
    return "endless" if goes_on or found & set(everything) else "complete"


def ids_are_unique(samples: list[Sample]) -> list[Finding]:
    found: list[Finding] = []
    for sample in samples:
        counted = Counter(text(entity.get("id")) for entity in sample.entities)
        seen = numbers(sample.exchange)
        values = {"collection": sample.type, "count": str(len(counted))}
        if not counted:
            continue
        if "" in counted:
            found.append(Finding("ids-unique", "missing", seen, values))
            continue
        repeated = [name for name, times in counted.items() if times > 1]
        case = "repeated" if repeated else "unique"
        found.append(Finding("ids-unique", case, seen, {**values, "id": (repeated or [""])[0][:80]}))
    return found


def ids_stay(sample: Sample, again: Exchange) -> Finding:
    """The same entity, recognised by its attributes or by its place, has the same id when read again."""
    seen = numbers(sample.exchange, again)
    compared = 0
    for mark in (_content_mark, _location_mark):
        first = _by_mark(list(sample.entities), mark)
        second = _by_mark(mappings(json_of(again.answer)), mark)
        pairs = [(first[key], second[key]) for key in first if key in second]
        compared += len(pairs)
        changed = [(one, two) for one, two in pairs if one != two]
        if changed:
            values = {"collection": sample.type, "before": changed[0][0][:60], "after": changed[0][1][:60]}
            return Finding("ids-stay", "changed", seen, values)
    case = "same" if compared else obstacle(again.answer) or "not-comparable"
    return Finding("ids-stay", case, seen, {"collection": sample.type})


def _by_mark(entities: list[dict[str, Json]], mark: Callable[[dict[str, Json]], bytes]) -> dict[bytes, str]:
    marks = [(mark(entity), text(entity.get("id"))) for entity in entities]
    counted = Counter(key for key, _ in marks if key)
    return {key: name for key, name in marks if key and counted[key] == 1}


def _content_mark(entity: dict[str, Json]) -> bytes:
    inside = {name: value for name, value in entity.items() if name not in {"id", "@context"}}
    return canonical(inside) if len(inside) > 1 else b""


def _location_mark(entity: dict[str, Json]) -> bytes:
    location = mapping(entity.get("location"))
    place = mapping(location.get("value")) or location
    return canonical(place["coordinates"]) if "coordinates" in place else b""


def look_up_by_id(broker: Broker, sample: Sample) -> Asking[tuple[list[Finding], Exchange]]:
    """Three entities by id are those of the list, and an id that does not exist is not found."""
    rows = sample.entities
    chosen = [rows[place] for place in sorted({0, len(rows) // 2, len(rows) - 1})] if rows else []
    found: list[Finding] = []
    for entity in chosen:
        name = text(entity.get("id"))
        exchange = yield from get(f"{broker.base}/entities/{segment(name)}", JSON)
        values = {"id": name[:80], "status": str(exchange.answer.status)}
        found.append(
            Finding(
                "ids-look-up", _case_of_look_up(entity, exchange), numbers(sample.exchange, exchange), values
            )
        )
    unknown = yield from get(f"{broker.base}/entities/{segment(UNKNOWN_ID)}", JSON)
    case = obstacle(unknown.answer) or ("not-found" if unknown.answer.status in {404, 410} else "answered")
    found.append(Finding("ids-unknown", case, numbers(unknown), {"status": str(unknown.answer.status)}))
    return found, unknown


def _case_of_look_up(entity: dict[str, Json], exchange: Exchange) -> str:
    refused = obstacle(exchange.answer)
    if refused:
        return refused
    if exchange.answer.status != 200:
        return "not-found"
    one = mapping(json_of(exchange.answer))
    listed = set(without_sys(entity)) - {"id", "type"}
    alike = (
        one.get("id") == entity.get("id")
        and set(types_of(one)) == set(types_of(entity))
        and (not listed or bool(listed & set(one)))
    )
    return "same" if alike else "other"


def subscriptions_are_there(broker: Broker) -> Asking[Finding]:
    """The subscription list answers, or asks who we are; 404 says that there is no such interface."""
    exchange = yield from get(with_query(f"{broker.base}/subscriptions", limit="1"), JSON)
    status = exchange.answer.status
    offered = status in {401, 403} or (status == 200 and isinstance(json_of(exchange.answer), list))
    refused = None if offered else obstacle(exchange.answer)
    return Finding(
        "update-subscription",
        refused or ("offered" if offered else "none"),
        numbers(exchange),
        {"status": str(status)},
    )
