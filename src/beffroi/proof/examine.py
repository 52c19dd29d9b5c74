"""Examine one address: find the family, then ask its probes. Yields requests, computes findings."""

from __future__ import annotations

from dataclasses import dataclass

from beffroi.proof.exchange import Area
from beffroi.proof.probes.asking import Asking, numbers, obstacle
from beffroi.proof.probes.families import NGSI_LD, OGC, Search, search
from beffroi.proof.probes.ngsild.profile import examine_ngsi_ld
from beffroi.proof.probes.ogc.profile import examine_ogc
from beffroi.proof.probes.reading import json_of, looks_like_page
from beffroi.proof.verdict import Finding, Found

JUDGED = frozenset({OGC, NGSI_LD})


@dataclass(frozen=True, slots=True)
class Examination:
    """The family that was judged, all that were seen, and what the probes found."""

    family: str
    base: str
    found: tuple[Found, ...]
    findings: tuple[Finding, ...]

    @property
    def judged(self) -> bool:
        return any(found.judged for found in self.found)


def examine(url: str, area: Area | None) -> Asking[Examination]:
    """The whole check of an address as one generator: the same answers give the same findings."""
    seen = yield from search(url)
    place = next((place for place in seen.places if place.family in JUDGED), None)
    found = tuple(Found(p.family, p.base, p is place) for p in seen.places)
    if place is None:
        family = seen.places[0] if seen.places else None
        unjudged = _recognised(seen) if family else _nothing_known(seen)
        return Examination(family.family if family else "", family.base if family else "", found, unjudged)
    profile = examine_ogc if place.family == OGC else examine_ngsi_ld
    findings = yield from profile(place.base, place.shown_by, seen.landing, url, area)
    return Examination(place.family, place.base, found, tuple(findings))


def _recognised(seen: Search) -> tuple[Finding, ...]:
    place = seen.places[0]
    values = {"family": place.family, "url": place.base}
    return (Finding("family", "not-yet-judged", numbers(place.shown_by), values),)


def _nothing_known(seen: Search) -> tuple[Finding, ...]:
    """Say why nothing could be judged; a server that answers data paths with pages fails what it promises."""
    evidence = numbers(*seen.asked)
    blocked = [case for exchange in seen.asked if (case := obstacle(exchange.answer))]
    for case in ("needs-access", "rate-limited", "no-answer", "not-asked", "server-error", "too-large"):
        if case in blocked:
            return (Finding("family", case, evidence),)
    data_paths = [
        e for e in seen.asked if e.request.url.endswith(("/collections", "/types")) and e.answer.status == 200
    ]
    pages = [e for e in data_paths if looks_like_page(e.answer) or json_of(e.answer) is None]
    if pages and len(pages) == len(data_paths):
        shown = numbers(*pages)
        values = {
            "type": pages[0].answer.header("content-type")[:80] or "?",
            "url": pages[0].request.url,
            "status": "200",
        }
        tests = ("data-readable", "data-reachable", "ogc-core")
        return (
            Finding("family", "unknown", evidence),
            *(Finding(test, "web-page", shown, values) for test in tests),
        )
    return (Finding("family", "unknown", evidence),)
