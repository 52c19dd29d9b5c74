"""Does the interface behave as OGC API Features, part 1: collections, items, limit, one envelope?"""

from __future__ import annotations

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import GEOJSON, Asking, get, numbers, obstacle, with_query
from beffroi.proof.probes.ogc.portal import Portal, id_of, items_of
from beffroi.proof.probes.reading import json_of, looks_like_page, mapping
from beffroi.proof.verdict import Finding

_CORE = "/ogcapi-features-1/1.0/conf/core"


def core_behaves(portal: Portal) -> Finding:
    """A declaration counts only together with a request for two items that brings at most two features."""
    seen = numbers(portal.conformance, portal.listing, portal.two)
    refused = obstacle(portal.two.answer)
    envelope, rows = items_of(portal.two)
    if refused:
        return Finding("ogc-core", refused, seen)
    if envelope != "FeatureCollection":
        return Finding("ogc-core", "no-feature-collection", seen, {"url": portal.two.request.url})
    if len(rows) > 2:
        return Finding("ogc-core", "limit-ignored", seen, {"count": str(len(rows))})
    if obstacle(portal.conformance.answer):
        return Finding("ogc-core", obstacle(portal.conformance.answer) or "", seen)
    declared = mapping(json_of(portal.conformance.answer)).get("conformsTo")
    if not isinstance(declared, list) or not any(isinstance(c, str) and c.endswith(_CORE) for c in declared):
        return Finding("ogc-core", "not-declared", seen)
    return Finding("ogc-core", "behaves", seen)


def limit_is_obeyed(portal: Portal) -> Finding:
    envelope, rows = items_of(portal.two)
    seen = numbers(portal.two)
    refused = obstacle(portal.two.answer)
    if refused or not envelope:
        return Finding("limit-obeyed", refused or "no-items", seen)
    enough = bool(rows) and len(portal.samples[0].rows) > 2
    case = "ignored" if len(rows) > 2 else "obeyed" if enough else "no-items"
    return Finding("limit-obeyed", case, seen, {"asked": "2", "count": str(len(rows))})


def invalid_limits_are_refused(portal: Portal) -> Asking[Finding]:
    """Clause 7.15.3: a limit under 1 or no number at all is a client error."""
    asked: list[Exchange] = []
    for wrong in ("-1", "abc"):
        exchange = yield from get(portal.items(portal.samples[0].collection, limit=wrong), GEOJSON)
        asked.append(exchange)
        refused = obstacle(exchange.answer)
        if refused:
            return Finding("ogc-invalid-limit", refused, numbers(*asked))
        if 200 <= exchange.answer.status < 300:
            values = {"limit": wrong, "status": str(exchange.answer.status)}
            return Finding("ogc-invalid-limit", "accepted", numbers(*asked), values)
    return Finding("ogc-invalid-limit", "refused", numbers(*asked))


def one_envelope(portal: Portal) -> Finding:
    """Two collections of one interface answer in the same shape."""
    answered = [sample for sample in portal.samples if sample.envelope]
    seen = numbers(*(sample.exchange for sample in answered))
    if len(answered) < 2:
        return Finding("same-envelope", "one-only", seen)
    shapes = sorted({sample.envelope for sample in answered})
    if len(shapes) > 1:
        return Finding("same-envelope", "differs", seen, {"shapes": ", ".join(shapes)})
    return Finding("same-envelope", "same", seen, {"count": str(len(answered)), "shape": shapes[0]})


def data_can_be_read(portal: Portal) -> list[Finding]:
    """The items are reached, and parse as the media type that their answer declares."""
    exchange = portal.two
    seen = numbers(exchange)
    values = {
        "type": exchange.answer.header("content-type")[:80] or "?",
        "status": str(exchange.answer.status),
        "url": exchange.request.url,
    }
    case = _case_of_data(exchange, values["type"])
    reached = {"reads": "reached", "empty": "reached", "wrong-type": "reached"}
    unreached = {"no-data": "unreached", "web-page": "unreached", "unreadable": "unreached"}
    return [
        Finding("data-readable", case, seen, values),
        Finding("data-reachable", {**reached, **unreached}.get(case, case), seen, values),
    ]


def _case_of_data(exchange: Exchange, declared: str) -> str:
    refused = obstacle(exchange.answer)
    if refused:
        return refused
    if exchange.answer.status != 200:
        return "no-data"
    if looks_like_page(exchange.answer):
        return "web-page"
    envelope, rows = items_of(exchange)
    if not rows:
        return "empty" if envelope else "unreadable"
    return "reads" if "json" in declared else "wrong-type"


def json_parameter_brings_features(portal: Portal, plain: Exchange) -> Finding:
    """Where `f=json` brings JSON, that JSON is the FeatureCollection which the standard describes."""
    seen = numbers(plain)
    refused = obstacle(plain.answer)
    if refused:
        return Finding("ogc-f-json", refused, seen)
    if plain.answer.status != 200 or json_of(plain.answer) is None:
        return Finding("ogc-f-json", "not-offered", seen)
    envelope, _ = items_of(plain)
    if envelope == "FeatureCollection":
        return Finding("ogc-f-json", "features", seen)
    return Finding(
        "ogc-f-json", "other", seen, {"shape": envelope or "?", "collection": portal.samples[0].collection.id}
    )


def one_name_each(portal: Portal) -> Asking[list[Finding]]:
    """A collection with a prefix in its name is not also served, without redirect, under the bare name."""
    listed = {sample.collection.id: sample for sample in portal.samples}
    found: list[Finding] = []
    for name, sample in listed.items():
        bare = name.rpartition(":")[2]
        if bare == name or not bare or not sample.rows or len(found) >= 3:
            continue
        other = sample.collection.url.rpartition("/")[0] + f"/{bare}/items"
        asked = portal_url(portal, other)
        exchange = yield from get(asked, GEOJSON)
        seen = numbers(sample.exchange, exchange)
        values = {"name": bare, "collection": name}
        _, rows = items_of(exchange)
        if obstacle(exchange.answer) or exchange.request.url != asked or not rows:
            found.append(Finding("ogc-one-name", obstacle(exchange.answer) or "one", seen, values))
        elif _same_things(rows, sample.rows):
            found.append(Finding("ogc-one-name", "two", seen, values))
    return found or [Finding("ogc-one-name", "no-prefix", numbers(portal.listing))]


def portal_url(portal: Portal, items: str) -> str:
    return with_query(items, **{**dict(portal.query), "limit": "2"})


def _same_things(rows: list[dict[str, Json]], sample: tuple[dict[str, Json], ...]) -> bool:
    known = {id_of(row)[0] for row in sample}
    return any(id_of(row)[0] in known for row in rows if id_of(row)[0])
