"""The types of an NGSI-LD broker and a first sample of entities, as all later probes use them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import JSON, Asking, get, joined, with_query
from beffroi.proof.probes.entities import type_names, types_of
from beffroi.proof.probes.reading import first_link, header_links, json_of, mapping, mappings

MOST_SAMPLED = 4
SAMPLE_SIZE = 100
CONTEXT_REL = "http://www.w3.org/ns/json-ld#context"
CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context"


@dataclass(frozen=True, slots=True)
class Sample:
    """Up to 100 entities of one type."""

    type: str
    exchange: Exchange
    entities: tuple[dict[str, Json], ...]

    @property
    def whole(self) -> bool:
        """Whether the sample is all there is."""
        return len(self.entities) < SAMPLE_SIZE and first_link(header_links(self.exchange), "next") is None


@dataclass(frozen=True, slots=True)
class Broker:
    base: str
    types: Exchange
    samples: tuple[Sample, ...]

    def entities(self, **parameters: str) -> str:
        return with_query(f"{self.base}/entities", **parameters)


def meet(base: str, shown_by: Exchange, url: str) -> Asking[Broker]:
    """Sample up to four types: the one named in the address first, then as the broker lists them."""
    listed = type_names(json_of(shown_by.answer)) or _types_in(shown_by)
    named = parse_qs(urlsplit(url).query).get("type", [])[:1]
    names = list(dict.fromkeys([*named, *listed]))
    samples: list[Sample] = []
    for name in names[:MOST_SAMPLED]:
        exchange = yield from get(with_query(f"{base}/entities", type=name, limit=str(SAMPLE_SIZE)), JSON)
        samples.append(Sample(name, exchange, tuple(mappings(json_of(exchange.answer))[:1000])))
    return Broker(base, shown_by, tuple(samples))


def _types_in(exchange: Exchange) -> list[str]:
    return [name for entity in mappings(json_of(exchange.answer)) for name in types_of(entity)]


def context_urls(exchange: Exchange, entity: dict[str, Json]) -> list[str]:
    """The contexts that an answer names, in its Link header or in the body."""
    link = first_link(header_links(exchange), CONTEXT_REL)
    named = entity.get("@context")
    members = named if isinstance(named, list) else [named]
    inside = [
        url for member in members if isinstance(member, str) and (url := joined(exchange.request.url, member))
    ]
    return list(dict.fromkeys([*([link.href] if link else []), *inside]))


def inline_terms(entity: dict[str, Json]) -> dict[str, Json]:
    """The terms that the body itself defines."""
    named = entity.get("@context")
    members = named if isinstance(named, list) else [named]
    return {term: meaning for member in members for term, meaning in mapping(member).items()}
