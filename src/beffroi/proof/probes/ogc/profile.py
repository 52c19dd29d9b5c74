"""All probes of an OGC API Features portal, in the order in which they are asked."""

from __future__ import annotations

from beffroi.proof.exchange import Area, Exchange, Json
from beffroi.proof.probes import advice
from beffroi.proof.probes.asking import GEOJSON, Asking, get, numbers, obstacle
from beffroi.proof.probes.axis import axis_findings, places_of
from beffroi.proof.probes.description import described
from beffroi.proof.probes.geojson import fault_of_feature, foreign_members
from beffroi.proof.probes.ogc import core, filters, formats, identity, model
from beffroi.proof.probes.ogc.paging import paging
from beffroi.proof.probes.ogc.portal import Portal, Sample, meet, properties_of
from beffroi.proof.probes.reading import is_uri, text
from beffroi.proof.verdict import Finding


def examine_ogc(
    base: str, listing: Exchange, landing: Exchange, url: str, area: Area | None
) -> Asking[list[Finding]]:
    """Ask a portal everything that the register wants to know of this family, in some 45 requests."""
    portal = yield from meet(base, listing, landing, url)
    primary = max(portal.samples, key=_usefulness)
    found = [
        *core.data_can_be_read(portal),
        core.core_behaves(portal),
        core.limit_is_obeyed(portal),
        core.one_envelope(portal),
    ]
    refused = yield from core.invalid_limits_are_refused(portal)
    description, openapi = yield from described(base, portal.landing, ("/api", "/openapi.json"), "missing")
    found.extend([refused, description])
    found.extend((yield from _identity_and_filters(portal, primary)))
    found.extend(_geojson(portal))
    found.extend(_axis(portal, area))
    readings = yield from formats.read_formats(primary)
    found.append(core.json_parameter_brings_features(portal, readings[0].exchange))
    found.append((yield from formats.formats_agree(primary, readings)))
    found.extend((yield from core.one_name_each(portal)))
    found.extend((yield from model.definitions(primary, openapi)))
    found.extend((yield from _links(portal, primary)))
    found.extend((yield from _advice(portal, primary, openapi)))
    return found


def _usefulness(sample: Sample) -> tuple[bool, bool, int]:
    """The collection to look at closely: readable as GeoJSON, whole, with the most items."""
    return sample.envelope == "FeatureCollection", sample.whole, len(sample.rows)


def _identity_and_filters(portal: Portal, primary: Sample) -> Asking[list[Finding]]:
    again = yield from get(primary.exchange.request.url, GEOJSON)
    found = identity.ids_stand_in_id([sample for sample in portal.samples if sample.rows])
    found.extend(identity.ids_are_unique(list(portal.samples)))
    found.append((yield from paging(portal, primary, again)))
    filtered: list[Exchange] = []
    for by in (filters.filter_by_box, filters.filter_by_attribute, filters.filter_by_time):
        finding, exchanges = yield from by(portal, primary)
        found.append(finding)
        filtered.extend(exchanges)
    found.append(identity.ids_stay(primary, again, filtered))
    found.extend((yield from identity.look_up_by_id(portal, primary)))
    return found


def _geojson(portal: Portal) -> list[Finding]:
    """Whether features are valid by RFC 7946, and members inside geometries that it does not know."""
    found: list[Finding] = []
    for sample in portal.samples:
        seen = numbers(sample.exchange)
        values = {"collection": sample.collection.id}
        if sample.envelope != "FeatureCollection":
            if obstacle(sample.exchange.answer) is None and sample.rows:
                found.append(Finding("geojson-valid", "no-geojson", seen, values))
            continue
        if not sample.rows:
            continue
        fault = next((fault for row in sample.rows if (fault := fault_of_feature(row))), None)
        found.append(
            Finding("geojson-valid", "fault" if fault else "valid", seen, {**values, "member": fault or ""})
        )
        foreign = sorted({name for row in sample.rows for name in foreign_members(row)})
        case = "foreign" if foreign else "clean"
        found.append(
            Finding("geojson-geometry-members", case, seen, {**values, "members": ", ".join(foreign)[:80]})
        )
    return found or [Finding("geojson-valid", obstacle(portal.two.answer) or "no-items", numbers(portal.two))]


def _axis(portal: Portal, area: Area | None) -> list[Finding]:
    groups = [
        places_of(
            sample.collection.id,
            [(row.get("geometry"), properties_of(row)) for row in sample.rows],
            sample.collection.extent,
            numbers(portal.listing, sample.exchange),
        )
        for sample in portal.samples
    ]
    return axis_findings(groups, area)


def _links(portal: Portal, primary: Sample) -> Asking[list[Finding]]:
    """Attributes that name another resource of the same interface can be followed."""
    targets = [
        value
        for row in primary.rows[:20]
        for value in map(text, properties_of(row).values())
        if is_uri(value) and value.startswith(f"{portal.base}/")
    ]
    if not targets:
        return [Finding("links-followed", "no-links", numbers(primary.exchange))]
    exchange = yield from get(targets[0], GEOJSON)
    case = obstacle(exchange.answer) or ("followed" if exchange.answer.status == 200 else "dead")
    return [
        Finding("links-followed", case, numbers(primary.exchange, exchange), {"target": targets[0][:120]})
    ]


def _advice(portal: Portal, primary: Sample, openapi: Json) -> Asking[list[Finding]]:
    names = {name for row in primary.rows[:20] for name in properties_of(row)}
    wanted = min(names, default="")
    unknown = yield from get(f"{portal.base}/collections/{identity.UNKNOWN_ID}")
    polling = yield from advice.conditional_get(portal.two)
    health = yield from advice.health(portal.base)
    projected = yield from advice.projection(
        portal.items(primary.collection, limit="2"), names, wanted, GEOJSON, properties=wanted
    )
    rows = [properties_of(row) for row in primary.rows]
    return [
        polling,
        health,
        advice.documented_format(portal.two),
        advice.current_data(primary.exchange, rows),
        advice.next_update(portal.two, rows),
        advice.examples(openapi),
        projected,
        advice.caching_headers(portal.two),
        advice.rate_headers(portal.two),
        advice.structured_errors([unknown]),
        advice.versioned_path(portal.base),
    ]
