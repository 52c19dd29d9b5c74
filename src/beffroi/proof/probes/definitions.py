"""Definitions of data: documents that name the attributes, and how well they cover real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Never

import jsonschema_rs
import orjson

from beffroi.proof.exchange import Json
from beffroi.proof.probes.reading import is_iso_time, is_other_date, mapping, text
from beffroi.proof.verdict import Finding

ENOUGH = 0.8
LARGEST_SCHEMA = 500_000


@dataclass(frozen=True, slots=True)
class Known:
    """What a definition says of attributes: their names, and those with a unit."""

    names: frozenset[str]
    with_unit: frozenset[str]


def attributes_of_schema(schema: dict[str, Json]) -> Known:
    """The attributes that a JSON Schema names, of a flat record or of a GeoJSON feature."""
    declared = mapping(schema.get("properties"))
    inner = mapping(mapping(declared.get("properties")).get("properties"))
    used = inner if inner and "geometry" in declared else declared
    units = {name for name, rule in used.items() if _has_unit(mapping(rule))}
    return Known(frozenset(used), frozenset(units))


def _has_unit(rule: dict[str, Json]) -> bool:
    return any(text(rule.get(key)) for key in ("x-ogc-unit", "unit", "unitCode", "uom", "x-unit"))


def coverage(test: str, names: set[str], known: Known, evidence: tuple[int, ...], document: str) -> Finding:
    """Whether a definition that was found covers at least one attribute that was really served."""
    covered = names & known.names
    values = {"covered": str(len(covered)), "count": str(len(names)), "url": document}
    return Finding(test, "covers" if covered else "covers-nothing", evidence, values)


def model_score(rows: list[dict[str, Json]], known: Known | None, evidence: tuple[int, ...]) -> Finding:
    """Shares of attributes defined, of measured numbers with a unit, of dates in ISO 8601.

    Whole numbers are counts until something says otherwise: only numbers with decimals need a unit.
    """
    names = {name for row in rows for name in row}
    measured = {
        name
        for row in rows
        for name, value in row.items()
        if isinstance(value, float) and not value.is_integer()
    }
    measured = {
        name
        for name in measured
        if name.lower() not in {"x", "y", "lon", "lat", "lng", "longitude", "latitude"}
    }
    dates = [
        value
        for row in rows
        for value in map(text, row.values())
        if is_iso_time(value) or is_other_date(value)
    ]
    defined = len(names & known.names) / len(names) if known and names else 0.0
    with_unit = len(measured & known.with_unit) / len(measured) if known and measured else float(not measured)
    iso = sum(map(is_iso_time, dates)) / len(dates) if dates else 1.0
    values = {"defined": f"{defined:.0%}", "units": f"{with_unit:.0%}", "dates": f"{iso:.0%}"}
    if not names:
        return Finding("model-score", "no-items", evidence)
    if iso < 1.0:
        return Finding("model-score", "dates", evidence, values)
    if known is None:
        return Finding("model-score", "undefined", evidence, values)
    return Finding(
        "model-score", "good" if min(defined, with_unit) >= ENOUGH else "partial", evidence, values
    )


def validates(schema: dict[str, Json], rows: list[Json], evidence: tuple[int, ...]) -> Finding:
    """Validate up to 100 records against a published schema, without fetching what it refers to."""
    values = {"count": str(len(rows[:100]))}
    if not rows or len(orjson.dumps(schema)) > LARGEST_SCHEMA:
        return Finding("schema-validates", "no-items" if not rows else "unusable", evidence, values)
    try:
        validator = jsonschema_rs.validator_for(
            schema, retriever=_refuse, pattern_options=jsonschema_rs.RegexOptions()
        )
        errors = [message for row in rows[:100] if (message := _first_error(validator, row))]
    except (jsonschema_rs.ReferencingError, jsonschema_rs.ValidationError, ValueError):
        return Finding("schema-validates", "unusable", evidence, values)
    wrong = {**values, "errors": str(len(errors)), "first": (errors or [""])[0][:160]}
    return Finding("schema-validates", "errors" if errors else "valid", evidence, wrong)


def _first_error(validator: jsonschema_rs.Validator, row: Json) -> str:
    error = next(iter(validator.iter_errors(row)), None)
    return error.message if error else ""


def _refuse(uri: str) -> Never:
    raise ValueError(f"Schema '{uri}' is not fetched.")


def is_schema(value: Json) -> bool:
    schema = mapping(value)
    return bool(mapping(schema.get("properties"))) or any(
        key in schema for key in ("$ref", "allOf", "oneOf", "anyOf")
    )
