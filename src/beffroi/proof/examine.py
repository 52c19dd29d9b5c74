"""Examine one address: find the family, then ask its probes. Yields requests, computes findings."""

from __future__ import annotations

from dataclasses import dataclass

from beffroi.proof.exchange import Area, Exchange
from beffroi.proof.probes.asking import Asking, numbers, obstacle
from beffroi.proof.probes.families import NGSI_LD, OGC, Place, Search, search
from beffroi.proof.probes.ngsild.profile import examine_ngsi_ld
from beffroi.proof.probes.ogc.profile import examine_ogc
from beffroi.proof.probes.reading import json_of, looks_like_page, media_type
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
        if family is None and seen.empty:
            return _without_collections(seen.empty)
        return Examination(family.family if family else "", family.base if family else "", found, unjudged)
    profile = examine_ogc if place.family == OGC else examine_ngsi_ld
    findings = yield from profile(place.base, place.shown_by, seen.landing, url, area)
    return Examination(place.family, place.base, found, tuple(findings))


def _recognised(seen: Search) -> tuple[Finding, ...]:
    place = seen.places[0]
    values = {"family": place.family, "url": place.base}
    return (Finding("family", "not-yet-judged", numbers(place.shown_by), values),)


def _without_collections(empty: Place) -> Examination:
    """An OGC API that lists no collection is known for what it is, and has nothing to judge."""
    values = {"family": empty.family, "url": empty.shown_by.request.url}
    found = Found(empty.family, empty.base, judged=False)
    finding = Finding("family", "no-collections", numbers(empty.shown_by), values)
    return Examination(empty.family, empty.base, (found,), (finding,))


def _nothing_known(seen: Search) -> tuple[Finding, ...]:
    """Say why nothing could be judged; a server that answers data paths with pages or with text fails what it
    promises, and one whose JSON is none cannot be read. What else it answers is told of, and fails nothing.
    """
    evidence = numbers(*seen.asked)
    blocked = [case for exchange in seen.asked if (case := obstacle(exchange.answer))]
    for case in ("needs-access", "rate-limited", "no-answer", "not-asked", "server-error", "too-large"):
        if case in blocked:
            return (Finding("family", case, evidence),)
    data_paths = [
        e for e in seen.asked if e.request.url.endswith(("/collections", "/types")) and e.answer.status == 200
    ]
    pages = [e for e in data_paths if looks_like_page(e.answer)]
    texts = [e for e in data_paths if e not in pages and _is_text(e)]
    unread = [e for e in data_paths if e not in (*pages, *texts) and json_of(e.answer) is None]
    if data_paths and len(pages) + len(texts) == len(data_paths):
        case, shown = ("web-page", pages) if pages else ("text", texts)
        tests = (("data-readable", case), ("data-reachable", case), ("ogc-core", "web-page"))
        return (
            Finding("family", "unknown", evidence),
            *(Finding(test, case, numbers(*shown), _shown(shown[0])) for test, case in tests),
        )
    if unread and len(pages) + len(texts) + len(unread) == len(data_paths):
        broken = [e for e in unread if e.answer.body and media_type(e.answer).endswith(("/json", "+json"))]
        return (
            Finding("family", "unread", numbers(*unread), _shown(unread[0])),
            *(Finding("data-readable", "unreadable", numbers(e), _shown(e)) for e in broken[:1]),
        )
    return (Finding("family", "unknown", evidence),)


def _is_text(exchange: Exchange) -> bool:
    """Whether an answer is plain text for people: neither JSON nor the beginning of any."""
    starts_json = exchange.answer.body.lstrip()[:1] in (b"{", b"[")
    return media_type(exchange.answer) == "text/plain" and bool(exchange.answer.body) and not starts_json


def _shown(exchange: Exchange) -> dict[str, str]:
    """How a sentence names an answer."""
    kind = exchange.answer.header("content-type")[:80] or "?"
    return {"type": kind, "url": exchange.request.url, "status": str(exchange.answer.status)}
