"""Ids of features: present where GeoJSON readers look, unique, the same again, good for a look-up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import GEOJSON, Asking, get, numbers, obstacle, segment, with_query
from beffroi.proof.probes.ogc.portal import Portal, Sample, id_of, items_of, properties_of
from beffroi.proof.probes.reading import canonical, json_of, mapping
from beffroi.proof.verdict import Finding

Mark: TypeAlias = Callable[[dict[str, Json]], bytes]
UNKNOWN_ID = "beffroi-no-such-id-9f3c1d"


def ids_stand_in_id(samples: list[Sample]) -> list[Finding]:
    """RFC 7946 section 3.2 keeps the identifier of a feature in its member `id`."""
    found: list[Finding] = []
    for sample in samples:
        seen = numbers(sample.exchange)
        values = {"collection": sample.collection.id}
        places = {id_of(row)[1] for row in sample.rows}
        if places == {"id"}:
            found.append(Finding("geojson-id-member", "present", seen, values))
        elif "" in places:
            found.append(Finding("geojson-id-member", "missing", seen, values))
        else:
            elsewhere = {**values, "member": ", ".join(sorted(places - {"id"}))}
            found.append(Finding("geojson-id-member", "elsewhere", seen, elsewhere))
    return found


def ids_are_unique(samples: list[Sample]) -> list[Finding]:
    found: list[Finding] = []
    for sample in samples:
        counted = Counter(id_of(row)[0] for row in sample.rows)
        counted.pop("", None)
        seen = numbers(sample.exchange)
        repeated = [name for name, times in counted.items() if times > 1]
        values = {
            "collection": sample.collection.id,
            "count": str(len(counted)),
            "id": (repeated or [""])[0][:80],
        }
        if counted:
            found.append(Finding("ids-unique", "repeated" if repeated else "unique", seen, values))
    return found


def ids_stay(sample: Sample, again: Exchange, filtered: list[Exchange]) -> Finding:
    """The same thing carries the same id in a second reading and in a filtered one.

    Things are recognised by their geometry and attributes, or by a geometry that only one of them
    has, so that data that changes while we look is never taken for ids that change.
    """
    seen = numbers(sample.exchange, again, *filtered)
    values = {"collection": sample.collection.id}
    compared = 0
    for other in (again, *filtered):
        for mark in (_whole_mark, _geometry_mark):
            pairs = _pairs(list(sample.rows), items_of(other)[1], mark)
            compared += len(pairs)
            changed = [(one, two) for one, two in pairs if one != two]
            if changed:
                before, after = changed[0]
                return Finding(
                    "ids-stay", "changed", seen, {**values, "before": before[:60], "after": after[:60]}
                )
    if not compared:
        return Finding("ids-stay", obstacle(again.answer) or "not-comparable", seen, values)
    return Finding("ids-stay", "same", seen, values)


def _pairs(ones: list[dict[str, Json]], twos: list[dict[str, Json]], mark: Mark) -> list[tuple[str, str]]:
    first, second = _by_mark(ones, mark), _by_mark(twos, mark)
    return [(first[key], second[key]) for key in first if key in second and first[key] and second[key]]


def _by_mark(rows: list[dict[str, Json]], mark: Mark) -> dict[bytes, str]:
    """Ids by a mark that exactly one row carries."""
    marks = [(mark(row), id_of(row)[0]) for row in rows]
    counted = Counter(key for key, _ in marks if key)
    return {key: name for key, name in marks if key and counted[key] == 1}


def _whole_mark(row: dict[str, Json]) -> bytes:
    properties = properties_of(row)
    return canonical([properties, row.get("geometry")]) if properties else b""


def _geometry_mark(row: dict[str, Json]) -> bytes:
    geometry = row.get("geometry")
    return canonical(mapping(geometry).get("coordinates")) if isinstance(geometry, dict) else b""


def look_up_by_id(portal: Portal, sample: Sample) -> Asking[list[Finding]]:
    """Three features by id are those of the list, and an id that does not exist is not found."""
    chosen = [row for row in _spread(sample.rows) if id_of(row)[0]]
    if not chosen:
        return [
            Finding("ids-look-up", obstacle(sample.exchange.answer) or "no-ids", numbers(sample.exchange))
        ]
    found: list[Finding] = []
    for row in chosen:
        name = id_of(row)[0]
        exchange = yield from get(_by_id(portal, sample, name), GEOJSON)
        values = {"id": name[:80], "status": str(exchange.answer.status)}
        seen = numbers(sample.exchange, exchange)
        found.append(Finding("ids-look-up", _case_of_look_up(row, exchange), seen, values))
    exchange = yield from get(_by_id(portal, sample, UNKNOWN_ID), GEOJSON)
    case = obstacle(exchange.answer) or (
        "not-found" if exchange.answer.status in {400, 404, 410} else "answered"
    )
    found.append(Finding("ids-unknown", case, numbers(exchange), {"status": str(exchange.answer.status)}))
    return found


def _case_of_look_up(row: dict[str, Json], exchange: Exchange) -> str:
    refused = obstacle(exchange.answer)
    if refused:
        return refused
    if exchange.answer.status != 200:
        return "not-found"
    one = mapping(json_of(exchange.answer))
    if items_of(exchange)[0] and len(items_of(exchange)[1]) == 1 and not id_of(one)[0]:
        one = items_of(exchange)[1][0]
    listed, alone = properties_of(row), properties_of(one)
    alike = (
        not listed
        or any(listed[name] == alone.get(name) for name in listed)
        or row.get("geometry") == one.get("geometry")
    )
    return "same" if id_of(one)[0] == id_of(row)[0] and alike else "other"


def _by_id(portal: Portal, sample: Sample, name: str) -> str:
    return with_query(f"{sample.collection.items}/{segment(name)}", **dict(portal.query))


def _spread(rows: tuple[dict[str, Json], ...]) -> list[dict[str, Json]]:
    """The first, the middle and the last."""
    return [rows[place] for place in sorted({0, len(rows) // 2, len(rows) - 1})] if rows else []
