"""A filter is real when it changes the result and everything that comes back satisfies it."""

from __future__ import annotations

import re
from collections.abc import Callable

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import GEOJSON, Asking, get, numbers, obstacle
from beffroi.proof.probes.geojson import bounds
from beffroi.proof.probes.ogc.portal import Portal, Sample, items_of, properties_of
from beffroi.proof.probes.reading import is_iso_time, text
from beffroi.proof.verdict import Finding

_PLAIN = re.compile(r"[\w.-]{1,40}")
_RESERVED = frozenset(
    {"limit", "offset", "bbox", "datetime", "crs", "f", "q", "filter", "properties", "sortby", "ids", "type"}
)
Box = tuple[float, float, float, float]


def filter_by_box(portal: Portal, sample: Sample) -> Asking[tuple[Finding, list[Exchange]]]:
    """A box around one feature brings features that touch it and leaves out one that lies elsewhere."""
    boxes = [(row, box) for row in sample.rows if (box := bounds(row.get("geometry")))]
    chosen = _box_that_divides([box for _, box in boxes])
    if chosen is None:
        nothing = obstacle(sample.exchange.answer) or "no-geometry"
        return Finding("filter-place", nothing, numbers(sample.exchange)), []
    asked = ",".join(f"{corner:.6f}".rstrip("0").rstrip(".") for corner in chosen)
    exchange = yield from get(portal.items(sample.collection, bbox=asked, limit="100"), GEOJSON)
    values = {"filter": f"bbox={asked}", "collection": sample.collection.id}
    case = _case_of_rows(exchange) or _case_of_box(items_of(exchange)[1], chosen)
    return Finding("filter-place", case, numbers(sample.exchange, exchange), values), [exchange]


def filter_by_attribute(portal: Portal, sample: Sample) -> Asking[tuple[Finding, list[Exchange]]]:
    chosen = _value_that_divides(
        sample, lambda value: bool(_PLAIN.fullmatch(value)) and not is_iso_time(value)
    )
    if chosen is None:
        nothing = obstacle(sample.exchange.answer) or "no-attribute"
        return Finding("filter-attribute", nothing, numbers(sample.exchange)), []
    name, value = chosen
    exchange = yield from get(portal.items(sample.collection, **{name: value, "limit": "100"}), GEOJSON)
    values = {"filter": f"{name}={value}", "collection": sample.collection.id}
    case = _case_of_rows(exchange)
    if case is None:
        wrong = [row for row in items_of(exchange)[1] if _shown(properties_of(row).get(name)) != value]
        case = "ignored" if wrong else "works"
    return Finding("filter-attribute", case, numbers(sample.exchange, exchange), values), [exchange]


def filter_by_time(portal: Portal, sample: Sample) -> Asking[tuple[Finding, list[Exchange]]]:
    """`datetime` may look at any time attribute of the data, so that it can pass but never fail here."""
    chosen = _value_that_divides(sample, lambda value: is_iso_time(value) and "T" in value)
    if chosen is None:
        nothing = obstacle(sample.exchange.answer) or "no-time"
        return Finding("filter-time", nothing, numbers(sample.exchange)), []
    name, _ = chosen
    times = sorted({text(properties_of(row).get(name)) for row in sample.rows} - {""})
    since = times[len(times) // 2]
    exchange = yield from get(portal.items(sample.collection, datetime=f"{since}/..", limit="100"), GEOJSON)
    values = {"filter": f"datetime={since}/..", "collection": sample.collection.id}
    case = _case_of_rows(exchange)
    if case is None:
        early = [row for row in items_of(exchange)[1] if text(properties_of(row).get(name)) < since]
        case = "unclear" if early else "works"
    return Finding("filter-time", case, numbers(sample.exchange, exchange), values), [exchange]


def _case_of_rows(exchange: Exchange) -> str | None:
    """The case when an answer to a filter brings no rows to judge."""
    refused = obstacle(exchange.answer)
    if refused:
        return refused
    if exchange.answer.status >= 400:
        return "refused"
    return None if items_of(exchange)[1] else "empty"


def _case_of_box(rows: list[dict[str, Json]], asked: Box) -> str:
    touching = [
        box for row in rows if (box := bounds(row.get("geometry"))) is not None and _touch(box, asked)
    ]
    placed = [row for row in rows if bounds(row.get("geometry")) is not None]
    return "works" if placed and len(touching) == len(placed) else "ignored"


def _touch(one: Box, two: Box) -> bool:
    slack = 1e-6
    return (
        one[0] <= two[2] + slack
        and two[0] <= one[2] + slack
        and one[1] <= two[3] + slack
        and two[1] <= one[3] + slack
    )


def _box_that_divides(boxes: list[Box]) -> Box | None:
    """A box in degrees around one feature that at least one other feature does not touch."""
    for box in boxes:
        wide = (box[0] - 1e-4, box[1] - 1e-4, box[2] + 1e-4, box[3] + 1e-4)
        in_degrees = wide[0] >= -180 and wide[2] <= 180 and wide[1] >= -90 and wide[3] <= 90
        if in_degrees and any(not _touch(other, wide) for other in boxes):
            return wide
    return None


def _value_that_divides(sample: Sample, fits: Callable[[str], bool]) -> tuple[str, str] | None:
    """An attribute with a plain value that some items have and others have not."""
    for name in sorted({name for row in sample.rows[:20] for name in properties_of(row)}):
        if not _PLAIN.fullmatch(name) or name.lower() in _RESERVED:
            continue
        found = [text(properties_of(row).get(name)) for row in sample.rows]
        usable = [value for value in found if value and fits(value)]
        if usable and len(set(found)) > 1:
            return name, usable[0]
    return None


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else str(value)
