"""What entities mean: contexts that resolve, terms they define, relationships that lead somewhere."""

from __future__ import annotations

from dataclasses import dataclass

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import JSON, JSON_LD, Asking, get, numbers, obstacle, segment
from beffroi.proof.probes.definitions import Known, model_score
from beffroi.proof.probes.entities import attributes, types_of
from beffroi.proof.probes.ngsild.broker import CORE_CONTEXT, Broker, Sample, context_urls, inline_terms
from beffroi.proof.probes.reading import is_uri, json_of, mapping, media_type, text
from beffroi.proof.verdict import Finding

MOST_CONTEXTS = 5
_CORE_TERMS = frozenset({"location", "observationSpace", "operationSpace", "name", "description"})
_CORE_PREFIX = "https://uri.etsi.org/ngsi-ld/"
_DEFINITION = "application/ld+json, text/turtle;q=0.9, application/rdf+xml;q=0.9, */*;q=0.5"
_READABLE = frozenset({"application/ld+json", "application/json", "text/turtle", "application/rdf+xml"})
_RECOGNISED = (
    "smartdatamodels.org",
    "smart-data-models",
    "uri.fiware.org",
    "schema.org",
    "www.w3.org",
    "saref.etsi.org",
    "w3id.org",
    "inspire",
    "data.europa.eu",
    "purl.org",
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms that the named contexts define, and how the attempt to read them ended."""

    terms: dict[str, str]
    asked: tuple[Exchange, ...]
    problem: str


def vocabulary(sample: Sample) -> Asking[Vocabulary]:
    """Read the contexts that the sample names, those they name in turn included, at most five."""
    first = sample.entities[0] if sample.entities else {}
    terms: dict[str, Json] = inline_terms(first)
    waiting = [url for url in context_urls(sample.exchange, first) if not url.startswith(CORE_CONTEXT)]
    asked: list[Exchange] = []
    problem = "" if waiting or terms else "none"
    while waiting and len(asked) < MOST_CONTEXTS:
        exchange = yield from get(waiting.pop(0), JSON_LD)
        asked.append(exchange)
        document = mapping(json_of(exchange.answer))
        if "@context" not in document:
            problem = problem or obstacle(exchange.answer) or "unreadable"
            continue
        waiting.extend(
            u for u in context_urls(exchange, document) if u not in waiting and not u.startswith(CORE_CONTEXT)
        )
        terms = {**terms, **inline_terms(document)}
    return Vocabulary(_expanded(terms), tuple(asked), problem)


def _expanded(terms: dict[str, Json]) -> dict[str, str]:
    """The absolute IRI of every term; terms that lead to none are left out."""
    plain = {term: text(meaning) or text(mapping(meaning).get("@id")) for term, meaning in terms.items()}
    vocabulary = plain.get("@vocab", "")
    found: dict[str, str] = {}
    for term, meaning in plain.items():
        prefix, _, rest = meaning.partition(":")
        known = plain.get(prefix, "")
        iri = f"{known}{rest}" if known and not rest.startswith("//") else meaning
        if vocabulary and iri and not is_uri(iri) and not iri.startswith("@"):
            iri = f"{vocabulary}{iri}"
        if not term.startswith("@") and is_uri(iri):
            found[term] = iri
    return found


def definitions(sample: Sample, known: Vocabulary) -> Asking[list[Finding]]:
    """Whether the type leads to a definition that can be read, and how far attributes are defined."""
    if not sample.entities:
        nothing = obstacle(sample.exchange.answer) or "no-items"
        seen = numbers(sample.exchange)
        tests = ("definition-found", "definition-readable", "model-score")
        return [Finding(test, nothing, seen) for test in tests]
    rows = [
        {attribute.name: attribute.value for attribute in attributes(entity)} for entity in sample.entities
    ]
    names = {name for row in rows for name in row}
    types = {name for entity in sample.entities for name in types_of(entity)}
    defined = frozenset(name for name in names if name in known.terms or name in _CORE_TERMS)
    units = frozenset(
        a.name for e in sample.entities for a in attributes(e) if text(a.members.get("unitCode"))
    )
    seen = numbers(sample.exchange, *known.asked)
    values = {
        "covered": str(len(defined)),
        "count": str(len(names)),
        "url": known.asked[0].request.url if known.asked else "@context",
        "name": ", ".join(sorted(types))[:80],
    }
    by_name = yield from _meaning_of(types, known, seen, values)
    return [
        *by_name,
        Finding("schema-validates", "no-schema", seen),
        model_score(rows, Known(defined, units) if known.terms else None, seen),
        _recognised(known, seen),
    ]


def _meaning_of(
    types: set[str], known: Vocabulary, seen: tuple[int, ...], values: dict[str, str]
) -> Asking[list[Finding]]:
    """By a context that defines the type; else the type is itself an address, and that must resolve."""
    address = next((name for name in sorted(types) if name.startswith(("http://", "https://"))), "")
    if types & set(known.terms) or not address or address.startswith(_CORE_PREFIX):
        found = "covers" if types & set(known.terms) else known.problem or "covers-nothing"
        readable = "covers" if known.terms else known.problem or "none"
        return [
            Finding("definition-found", found, seen, values),
            Finding("definition-readable", readable, seen, values),
        ]
    exchange = yield from get(address, _DEFINITION)
    case = obstacle(exchange.answer) or ("resolves" if exchange.answer.status == 200 else "none")
    readable = case
    if case == "resolves" and media_type(exchange.answer) not in _READABLE:
        readable = "page-only"
    evidence = (*seen, *numbers(exchange))
    named = {**values, "url": address[:120]}
    return [
        Finding("definition-found", case, evidence, named),
        Finding("definition-readable", readable, evidence, named),
    ]


def _recognised(known: Vocabulary, seen: tuple[int, ...]) -> Finding:
    """The share of defined terms that stand in a recognised vocabulary."""
    if not known.terms:
        return Finding("model-recognised", known.problem.replace("unreadable", "none") or "none", seen)
    shared = [iri for iri in known.terms.values() if any(owner in iri for owner in _RECOGNISED)]
    values = {"count": str(len(known.terms)), "covered": str(len(shared))}
    return Finding("model-recognised", "seen" if shared else "own", seen, values)


def relationships_lead_somewhere(broker: Broker, samples: tuple[Sample, ...]) -> Asking[Finding]:
    """The target of one of three relationships is found in the same broker."""
    evidence = [sample.exchange for sample in samples]
    targets = [
        text(attribute.members.get("object"))
        for sample in samples
        for entity in sample.entities[:20]
        for attribute in attributes(entity)
        if attribute.type == "Relationship" and text(attribute.members.get("object"))
    ]
    for target in list(dict.fromkeys(targets))[:3]:
        exchange = yield from get(f"{broker.base}/entities/{segment(target)}", JSON)
        evidence.append(exchange)
        refused = obstacle(exchange.answer)
        if refused:
            return Finding("links-followed", refused, numbers(*evidence))
        if exchange.answer.status == 200 and mapping(json_of(exchange.answer)).get("id") == target:
            return Finding("links-followed", "followed", numbers(*evidence), {"target": target[:120]})
    case = "dead" if targets else "no-links"
    return Finding("links-followed", case, numbers(*evidence), {"target": (targets or [""])[0][:120]})
