"""One record in several formats carries the same values."""

from __future__ import annotations

from dataclasses import dataclass

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import ANYTHING, Asking, get, numbers, obstacle, with_query
from beffroi.proof.probes.ogc.portal import Sample, id_of, items_of, properties_of
from beffroi.proof.probes.reading import json_of, number, rows_of
from beffroi.proof.verdict import Finding

FORMATS = ("json", "geojson", "csv")
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """The records of one format: values as comparable texts by id, or by place when there is no id."""

    format: str
    exchange: Exchange
    rows: dict[str, Row]


def read_formats(sample: Sample) -> Asking[list[Reading]]:
    """Ask for five items in each format; a format that is not offered gives no rows."""
    readings: list[Reading] = []
    for name in FORMATS:
        exchange = yield from get(with_query(sample.collection.items, limit="5", f=name), ANYTHING)
        readings.append(Reading(name, exchange, _rows(exchange)))
    return readings


def formats_agree(sample: Sample, readings: list[Reading]) -> Asking[Finding]:
    """Compare what two formats say of one record; a difference must still be there when asked again."""
    offered = [reading for reading in readings if reading.rows and _is_own_format(reading)]
    seen = numbers(*(reading.exchange for reading in readings))
    refused = next((case for reading in readings if (case := obstacle(reading.exchange.answer))), None)
    if len(offered) < 2:
        return Finding("formats-agree", refused or "one-only", seen)
    values = {"formats": ", ".join(reading.format for reading in offered), "collection": sample.collection.id}
    suspect = _difference(offered)
    if suspect is None:
        compared = _comparable(offered)
        return Finding("formats-agree", "agree" if compared else "not-comparable", seen, values)
    again = yield from read_formats(sample)
    seen = numbers(*(reading.exchange for reading in (*readings, *again)))
    still = _difference([reading for reading in again if reading.rows and _is_own_format(reading)])
    if still is None or still[0] != suspect[0]:
        return Finding("formats-agree", "not-comparable", seen, values)
    return Finding(
        "formats-agree", "differ", seen, {**values, "attribute": still[0], "one": still[1], "two": still[2]}
    )


def _is_own_format(reading: Reading) -> bool:
    """A server that ignores the parameter answers every format with the same kind of body."""
    envelope, _ = items_of(reading.exchange)
    match reading.format:
        case "csv":
            return not envelope
        case "geojson":
            return envelope == "FeatureCollection"
        case _:
            return envelope not in {"", "FeatureCollection"}


def _rows(exchange: Exchange) -> dict[str, Row]:
    if obstacle(exchange.answer) or exchange.answer.status != 200:
        return {}
    if json_of(exchange.answer) is not None:
        items = items_of(exchange)[1]
        return {
            id_of(row)[0] or f"#{place}": {
                k: v for k, j in properties_of(row).items() if (v := _shown(j)) is not None
            }
            for place, row in enumerate(items)
        }
    table = rows_of(exchange.answer) or []
    return {
        next((row[n] for n in ("@id", "id", "fid") if row.get(n)), f"#{place}"): {
            k: _shown(v) or "" for k, v in row.items()
        }
        for place, row in enumerate(table)
    }


def _shown(value: Json) -> str | None:
    """A value as every format can carry it; None for lists and objects, which a table cannot."""
    if isinstance(value, list | dict):
        return None
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    amount = number(value)
    if amount is not None:
        return f"{amount:.9g}"
    return str(value).strip().replace("\r\n", "\n")


def _pairs(offered: list[Reading]) -> list[tuple[Row, Row]]:
    if not offered:
        return []
    first = offered[0]
    return [
        (row, other.rows[name])
        for other in offered[1:]
        for name, row in first.rows.items()
        if name in other.rows
    ]


def _comparable(offered: list[Reading]) -> bool:
    return any(set(one) & set(two) for one, two in _pairs(offered))


def _difference(offered: list[Reading]) -> tuple[str, str, str] | None:
    """The first attribute that two formats give differently: its name and the two values."""
    for one, two in _pairs(offered):
        for name in sorted(set(one) & set(two)):
            if one[name] != two[name] and one[name].lower() != two[name].lower():
                return name[:60], one[name][:60], two[name][:60]
    return None
