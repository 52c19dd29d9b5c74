"""Definitions of a collection's attributes: linked schemas, queryables, or the OpenAPI description."""

from __future__ import annotations

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import Asking, get, numbers, obstacle
from beffroi.proof.probes.definitions import (
    Known,
    attributes_of_schema,
    coverage,
    is_schema,
    model_score,
    validates,
)
from beffroi.proof.probes.ogc.portal import Sample, properties_of
from beffroi.proof.probes.reading import json_of, mapping
from beffroi.proof.verdict import Finding

_RELS = frozenset(
    {"describedby", "http://www.opengis.net/def/rel/ogc/1.0/schema", "[ogc-rel:schema]", "schema"}
)
_SCHEMA = "application/schema+json, application/json;q=0.9"


def definitions(sample: Sample, openapi: Json) -> Asking[list[Finding]]:
    """Look for a definition of the sampled collection and judge what it covers."""
    rows = [properties_of(row) for row in sample.rows]
    names = {name for row in rows for name in row}
    seen = numbers(sample.exchange)
    if not names:
        nothing = obstacle(sample.exchange.answer) or "no-items"
        return [
            Finding(test, nothing, seen)
            for test in ("definition-found", "definition-readable", "model-score")
        ]
    asked = yield from _ask(sample)
    last = asked[-1]
    if last.answer.status == 200 and is_schema(json_of(last.answer)):
        return _judged(mapping(json_of(last.answer)), last, sample, rows, numbers(sample.exchange, last))
    blocked = next((case for exchange in asked if (case := obstacle(exchange.answer))), None)
    evidence = numbers(sample.exchange, *asked)
    inside = _names_in(openapi)
    if names & inside:
        return _judged_by_openapi(names, inside, rows, evidence)
    absent = blocked or "none"
    return [
        Finding("definition-found", absent, evidence, {"name": sample.collection.id}),
        Finding("definition-readable", absent, evidence, {"name": sample.collection.id}),
        Finding("schema-validates", blocked or "no-schema", evidence),
        model_score(rows, None, evidence),
    ]


def _ask(sample: Sample) -> Asking[list[Exchange]]:
    """Up to two linked documents, then the two places where the standard's later parts put them."""
    linked = [link.href for link in sample.collection.links if link.rel in _RELS and "html" not in link.type]
    usual = [f"{sample.collection.url}/schema", f"{sample.collection.url}/queryables"]
    asked: list[Exchange] = []
    for url in dict.fromkeys([*linked[:2], *usual]):
        exchange = yield from get(url, _SCHEMA)
        asked.append(exchange)
        if exchange.answer.status == 200 and is_schema(json_of(exchange.answer)):
            break
    return asked


def _judged(
    schema: dict[str, Json],
    exchange: Exchange,
    sample: Sample,
    rows: list[dict[str, Json]],
    evidence: tuple[int, ...],
) -> list[Finding]:
    url = exchange.request.url
    known = attributes_of_schema(schema)
    names = {name for row in rows for name in row}
    return [
        coverage("definition-found", names, known, evidence, url),
        coverage("definition-readable", names, known, evidence, url),
        _validated(schema, url, sample, rows, evidence),
        model_score(rows, known, evidence),
    ]


def _validated(
    schema: dict[str, Json], url: str, sample: Sample, rows: list[dict[str, Json]], evidence: tuple[int, ...]
) -> Finding:
    """A schema of whole features judges features; a flat one judges attributes; queryables judge nothing."""
    if url.split("?", maxsplit=1)[0].endswith("/queryables"):
        return Finding("schema-validates", "no-schema", evidence)
    if "geometry" in mapping(schema.get("properties")) and "properties" in mapping(schema.get("properties")):
        return validates(schema, list(sample.rows), evidence)
    flat = {key: value for key, value in schema.items() if key not in {"required", "additionalProperties"}}
    present: list[Json] = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return validates(flat, present, evidence)


def _names_in(openapi: Json) -> frozenset[str]:
    """The attribute names of all schemas of a description."""
    schemas = mapping(mapping(mapping(openapi).get("components")).get("schemas"))
    return frozenset(
        name for schema in schemas.values() for name in attributes_of_schema(mapping(schema)).names
    )


def _judged_by_openapi(
    names: set[str], inside: frozenset[str], rows: list[dict[str, Json]], evidence: tuple[int, ...]
) -> list[Finding]:
    known = Known(inside, frozenset())
    return [
        coverage("definition-found", names, known, evidence, "OpenAPI"),
        coverage("definition-readable", names, known, evidence, "OpenAPI"),
        Finding("schema-validates", "no-schema", evidence),
        model_score(rows, known, evidence),
    ]
