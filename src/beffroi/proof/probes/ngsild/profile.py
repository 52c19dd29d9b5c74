"""All probes of an NGSI-LD broker, in the order in which they are asked."""

from __future__ import annotations

from beffroi.proof.exchange import Area, Exchange, Json
from beffroi.proof.probes import advice
from beffroi.proof.probes.asking import JSON, Asking, get, numbers, obstacle, with_query
from beffroi.proof.probes.axis import axis_findings, places_of
from beffroi.proof.probes.description import described
from beffroi.proof.probes.entities import attributes
from beffroi.proof.probes.ngsild import behaviour, filters, meaning, representations
from beffroi.proof.probes.ngsild.broker import Broker, Sample, meet
from beffroi.proof.probes.reading import json_of, media_type
from beffroi.proof.verdict import Finding

_NEEDS_DATA = ("data-readable", "data-reachable", "limit-obeyed", "paging", "ids-unique", "ids-look-up")


def examine_ngsi_ld(
    base: str, shown_by: Exchange, landing: Exchange, url: str, area: Area | None
) -> Asking[list[Finding]]:
    """Ask a broker everything that the register wants to know of this family, in some 35 requests."""
    broker = yield from meet(base, shown_by, url)
    description, openapi = yield from described(base, landing, ("/openapi.json", "/openapi"), "not-found")
    if not broker.samples:
        case = obstacle(shown_by.answer) or "no-items"
        return [description, *(Finding(test, case, numbers(shown_by)) for test in _NEEDS_DATA)]
    primary = max(broker.samples, key=lambda sample: (sample.whole, len(sample.entities)))
    found = [description, _not_a_geo_service(broker), *behaviour.data_can_be_read(primary)]
    found.append((yield from behaviour.limit_is_obeyed(broker, primary)))
    again = yield from get(primary.exchange.request.url, JSON)
    found.append((yield from behaviour.paging(broker, primary, again)))
    found.append(_one_envelope(broker))
    found.extend(behaviour.ids_are_unique(list(broker.samples)))
    found.append(behaviour.ids_stay(primary, again))
    looked_up, unknown = yield from behaviour.look_up_by_id(broker, primary)
    found.extend(looked_up)
    found.append((yield from filters.filter_by_q(broker, primary)))
    found.append((yield from filters.filter_by_place(broker, _with_places(broker) or primary)))
    known = yield from meaning.vocabulary(primary)
    found.extend((yield from meaning.definitions(primary, known)))
    found.append((yield from meaning.relationships_lead_somewhere(broker, broker.samples)))
    found.append((yield from representations.formats_agree(broker, primary)))
    found.append(representations.geometries_are_geojson(broker.samples))
    found.extend(_axis(broker, area))
    found.extend((yield from _advice(broker, primary, unknown, openapi)))
    return found


def _not_a_geo_service(broker: Broker) -> Finding:
    return Finding("ogc-core", "ngsi-ld", numbers(broker.types))


def _one_envelope(broker: Broker) -> Finding:
    answered = [sample for sample in broker.samples if obstacle(sample.exchange.answer) is None]
    seen = numbers(*(sample.exchange for sample in answered))
    if len(answered) < 2:
        return Finding("same-envelope", "one-only", seen)
    arrays = [isinstance(json_of(sample.exchange.answer), list) for sample in answered]
    if all(arrays):
        return Finding("same-envelope", "same", seen, {"count": str(len(answered)), "shape": "array"})
    return Finding("same-envelope", "differs", seen, {"shapes": "array, other"})


def _with_places(broker: Broker) -> Sample | None:
    return next((sample for sample in broker.samples if any(map(filters.location, sample.entities))), None)


def _axis(broker: Broker, area: Area | None) -> list[Finding]:
    groups = [
        places_of(
            sample.type,
            [row for entity in sample.entities for row in _rows(entity)],
            None,
            numbers(sample.exchange),
        )
        for sample in broker.samples
    ]
    return axis_findings(groups, area)


def _rows(entity: dict[str, Json]) -> list[tuple[Json, dict[str, Json]]]:
    return [
        (attribute.value if attribute.value is not None else attribute.members, {})
        for attribute in attributes(entity)
        if attribute.type == "GeoProperty"
    ]


def _advice(broker: Broker, primary: Sample, unknown: Exchange, openapi: Json) -> Asking[list[Finding]]:
    refused, _ = yield from behaviour.invalid_limit_is_refused(broker, primary)
    polling = yield from advice.conditional_get(primary.exchange)
    subscriptions = yield from behaviour.subscriptions_are_there(broker)
    names = {attribute.name for entity in primary.entities[:20] for attribute in attributes(entity)}
    wanted = min(names, default="")
    projected = yield from advice.projection(
        broker.entities(type=primary.type, limit="2"), names, wanted, JSON, attrs=wanted
    )
    history = yield from _history(broker, primary)
    rows = [_times(entity) for entity in primary.entities]
    return [
        refused,
        polling,
        advice.documented_format(primary.exchange)
        if media_type(primary.exchange.answer) != "application/json"
        else Finding(
            "format-documented",
            "registered",
            numbers(primary.exchange),
            {"type": "NGSI-LD (application/json)"},
        ),
        advice.current_data(primary.exchange, rows),
        advice.next_update(primary.exchange, rows),
        advice.examples(openapi),
        subscriptions,
        projected,
        history,
        advice.caching_headers(primary.exchange),
        advice.rate_headers(primary.exchange),
        advice.structured_errors([unknown]),
        advice.versioned_path(broker.base),
    ]


def _times(entity: dict[str, Json]) -> dict[str, Json]:
    """The values and the observation times of an entity's attributes."""
    found = {attribute.name: attribute.value for attribute in attributes(entity)}
    return {**found, **{f"{a.name}.observedAt": a.members.get("observedAt") for a in attributes(entity)}}


def _history(broker: Broker, primary: Sample) -> Asking[Finding]:
    url = with_query(
        f"{broker.base}/temporal/entities",
        type=primary.type,
        timerel="before",
        timeAt="2100-01-01T00:00:00Z",
        limit="1",
    )
    exchange = yield from get(url, JSON)
    met = exchange.answer.status in {200, 206} and isinstance(json_of(exchange.answer), list)
    return Finding("advice-history", "seen" if met else "not-seen", numbers(exchange), {"what": "temporal"})
