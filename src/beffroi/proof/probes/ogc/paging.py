"""Three pages of a collection: nothing twice, nothing lost, and an end."""

from __future__ import annotations

import math
from dataclasses import dataclass

from beffroi.proof.exchange import Exchange
from beffroi.proof.probes.asking import GEOJSON, Asking, get, numbers, obstacle
from beffroi.proof.probes.ogc.portal import Portal, Sample, id_of, items_of
from beffroi.proof.probes.reading import body_links, first_link, header_links
from beffroi.proof.verdict import Finding

PAGES = 3


@dataclass(frozen=True, slots=True)
class Page:
    exchange: Exchange
    ids: tuple[str, ...]
    next: str | None


def paging(portal: Portal, sample: Sample, again: Exchange) -> Asking[Finding]:
    """Follow `next` over three pages that together hold the sample.

    `again` is a second reading of the sample, so that what changed meanwhile is not called lost.
    """
    known = [id_of(row)[0] for row in sample.rows]
    if len(known) < PAGES or "" in known:
        little = "too-few" if len(known) < PAGES else "no-ids"
        return Finding("paging", obstacle(sample.exchange.answer) or little, numbers(sample.exchange))
    size = math.ceil(len(known) / PAGES)
    pages = yield from _walk(portal.items(sample.collection, limit=str(size)))
    seen = numbers(sample.exchange, again, *(page.exchange for page in pages))
    values = {"collection": sample.collection.id, "pages": str(len(pages)), "size": str(size)}
    refused = next((case for page in pages if (case := obstacle(page.exchange.answer))), None)
    if refused:
        return Finding("paging", refused, seen, values)
    still = {id_of(row)[0] for row in items_of(again)[1]}
    return Finding("paging", _case(sample, still, pages), seen, values)


def _walk(url: str) -> Asking[list[Page]]:
    """Up to three pages, and one more when the third still names a next."""
    pages: list[Page] = []
    visited: set[str] = set()
    target: str | None = url
    while target and target not in visited and len(pages) <= PAGES:
        visited.add(target)
        exchange = yield from get(target, GEOJSON)
        _, rows = items_of(exchange)
        link = first_link([*body_links(exchange), *header_links(exchange)], "next")
        target = link.href if link else None
        pages.append(Page(exchange, tuple(id_of(row)[0] for row in rows), target))
    return pages


def _case(sample: Sample, still: set[str], pages: list[Page]) -> str:
    first = pages[0]
    everything = [name for page in pages for name in page.ids]
    known = {id_of(row)[0] for row in sample.rows}
    if not first.next and len(first.ids) < len(known):
        return "no-next"
    if _goes_round(pages) or _goes_on(pages):
        return "endless"
    if len(set(everything)) < len(everything):
        return "overlap"
    lost = (known & still) - set(everything)
    if lost and sample.whole and pages[-1].next is None:
        return "lost"
    return "reordered" if lost else "complete"


def _goes_round(pages: list[Page]) -> bool:
    """A `next` that leads to a page already read."""
    return pages[-1].next in [page.exchange.request.url for page in pages]


def _goes_on(pages: list[Page]) -> bool:
    """A `next` on a page that holds nothing any more."""
    return pages[-1].next is not None and not pages[-1].ids
