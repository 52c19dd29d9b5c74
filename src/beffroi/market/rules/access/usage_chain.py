"""Usage rows (TMF635): what a product was used for, chained by SHA-256 so that buyer and seller can show
that nothing was changed.

A row is a TMF635 `usage`. Its member `meter` is what is sealed; state, rating and bill stand beside it and
may change. `meter` has

- `product`, and `number`: 1 for the first row of a product, one more for each that follows;
- `from` and `to`: the period, Instants, `from` before `to` and not before the `to` of the row before;
- `requests`, `entities`, `bytes`, `notifications`: what was counted in the period;
- `total`: the same four since the product's first row, this row included;
- `previous`: the `hash` of the row before, 64 zeros for the first;
- `reportedBy`, in rows that a provider reports and no gate has measured: that party;
- `hash`: SHA-256, in hexadecimal, of the canonical bytes of the other members.

Canonical bytes: JSON in UTF-8 without white space, members of every object sorted by name, values only
texts, integers below 2^53 and objects of these. For such documents that is what RFC 8785 asks for, so that
any implementation of it finds the same hash.

A row belongs to the month (UTC) in which it begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject, encode_canonical
from beffroi.kernel.problem import BadRequestData, Problem

METRICS = ("requests", "entities", "bytes", "notifications")
NO_PREVIOUS = "0" * 64
MOST = 1 << 53
SPECIFICATION = "metered-access"
REPORTED = "ReportedUsage"
REPORTED_SPECIFICATION = "reported-usage"
USAGE = "tmf:usage"
_NAMES = {SPECIFICATION: "Metered access", REPORTED_SPECIFICATION: "Reported usage"}


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: the place in the sequence (from 0), the row's number, and why."""

    at: int
    number: int
    reason: str


def usage_id(product: str, number: int) -> str:
    """The id of a row, so that a row written twice is one row.

    >>> usage_id("urn:uuid:7", 12)
    'urn:uuid:7:usage:00000012'
    """
    return f"{product}:usage:{number:08d}"


def next_row(
    product: str,
    before: Mapping[str, Json] | None,
    since: Instant,
    until: Instant,
    counted: Mapping[str, int],
    parties: Sequence[Json] = (),
    reporter: str = "",
) -> JsonObject:
    """The usage document that follows `before` (None for a product's first), state `received`.

    `counted` gives the metrics; one that is missing counts 0. `parties` are the product's relatedParty, who
    may read the row; `reporter` is who says so where no gate has measured it. Raises Problem(BadRequestData).

    >>> row = next_row("p", None, Instant("2026-11-01T00:00:00.000000Z"),
    ...                Instant("2026-11-01T01:00:00.000000Z"), {"requests": 3, "bytes": 512})
    >>> verify([row]) is None
    True
    """
    last = _meter(before) if before is not None else None
    counters = {metric: counted.get(metric, 0) for metric in METRICS}
    totals = {metric: counters[metric] + (_total(last, metric) if last else 0) for metric in METRICS}
    meter: JsonObject = {
        "product": product,
        "number": _number(last) + 1 if last else 1,
        "from": since,
        "to": until,
        **counters,
        "total": cast("JsonObject", totals),
        "previous": str(last["hash"]) if last else NO_PREVIOUS,
    }
    if reporter:
        meter["reportedBy"] = reporter
    reason = _wrong_in(meter) or (_wrong_after(last, meter) if last else "")
    if reason:
        raise Problem(BadRequestData, f"The usage of the product '{product[:80]}' cannot be kept: {reason}")
    document = _document({**meter, "hash": seal(meter)})
    return {**document, "relatedParty": list(parties)} if parties else document


def seal(meter: Mapping[str, Json]) -> str:
    """SHA-256 of the canonical bytes of a meter, its `hash` apart."""
    return sha256(canonical({name: meter[name] for name in meter if name != "hash"})).hexdigest()


def canonical(value: Mapping[str, Json]) -> bytes:
    """The canonical bytes.

    >>> canonical({"to": "b", "from": "a", "total": {"y": 2, "x": 1}})
    b'{"from":"a","to":"b","total":{"x":1,"y":2}}'
    """
    return encode_canonical({**value})


def verify(rows: Sequence[Mapping[str, Json]], *, whole: bool = True) -> Break | None:
    """The first place where a product's rows, in the order of their numbers, are no chain; None if they are.

    `whole`: the first row has to be the product's first. Otherwise a piece of a chain is judged.
    """
    last: Mapping[str, Json] | None = None
    for at, row in enumerate(rows):
        meter = row.get("meter")
        if not isinstance(meter, dict):
            return Break(at, 0, "The row has no meter.")
        reason = _wrong_in(meter) or _wrong_seal(meter) or _wrong_face(row, meter)
        if not reason and last is not None:
            reason = _wrong_after(last, meter)
        elif not reason and whole:
            reason = _wrong_first(meter)
        if reason:
            return Break(at, _number(meter), reason)
        last = meter
    return None


def counted_in(row: Mapping[str, Json]) -> dict[str, int]:
    """What a row counted, by metric."""
    meter = _meter(row)
    return {metric: cast("int", meter[metric]) for metric in METRICS}


def totals_in(row: Mapping[str, Json]) -> dict[str, int]:
    """What a product counted since its first row, this row included, by metric."""
    meter = _meter(row)
    return {metric: _total(meter, metric) for metric in METRICS}


def began(row: Mapping[str, Json]) -> Instant:
    """When the period of a row begins."""
    return Instant(str(_meter(row)["from"]))


def product_of(row: Mapping[str, Json]) -> str:
    """Whose usage a row is."""
    return str(_meter(row)["product"])


def number_of(row: Mapping[str, Json]) -> int:
    """The place of a row in the chain of its product, from 1."""
    return _number(_meter(row))


def _document(meter: JsonObject) -> JsonObject:
    product, number = str(meter["product"]), _number(meter)
    specified = REPORTED_SPECIFICATION if "reportedBy" in meter else SPECIFICATION
    return {
        "id": usage_id(product, number),
        "@type": REPORTED if "reportedBy" in meter else "MeteredUsage",
        "@baseType": "Usage",
        "usageType": specified,
        "usageDate": meter["to"],
        "status": "received",
        "usageSpecification": {
            "id": specified,
            "name": _NAMES[specified],
            "@referredType": "UsageSpecification",
        },
        "usageCharacteristic": _characteristics(meter),
        "meter": meter,
    }


def _characteristics(meter: Mapping[str, Json]) -> list[Json]:
    return [{"name": metric, "valueType": "integer", "value": meter[metric]} for metric in METRICS]


def _wrong_in(meter: Mapping[str, Json]) -> str:
    """What is wrong with a meter by itself; empty if nothing is."""
    if not isinstance(meter.get("product"), str) or not isinstance(meter.get("previous"), str):
        return "It lacks its product or the hash before."
    since, until = meter.get("from"), meter.get("to")
    if not (_is_instant(since) and _is_instant(until) and str(since) < str(until)):
        return f"Its period from {str(since)[:40]} to {str(until)[:40]} is none."
    total = meter.get("total")
    if not isinstance(total, dict) or not _is_count(meter.get("number")) or meter["number"] == 0:
        return "It lacks its number or its totals."
    for metric in METRICS:
        if not _is_count(meter.get(metric)) or not _is_count(total.get(metric)):
            return f"Its {metric} are no whole number from 0 to 2^53."
    return ""


def _wrong_seal(meter: Mapping[str, Json]) -> str:
    if meter.get("hash") != seal(meter):
        return "Its hash is not that of its content: the row was changed."
    return ""


def _wrong_face(row: Mapping[str, Json], meter: Mapping[str, Json]) -> str:
    if row.get("usageCharacteristic") != _characteristics(meter):
        return "Its characteristics do not say what its meter says: the row was changed."
    return ""


def _wrong_first(meter: Mapping[str, Json]) -> str:
    if meter["number"] != 1 or meter["previous"] != NO_PREVIOUS:
        return f"It is number {meter['number']}, and the rows before it are missing."
    if any(_total(meter, metric) != meter[metric] for metric in METRICS):
        return "Its totals are not its own counts, although it is the first."
    return ""


def _wrong_after(last: Mapping[str, Json], meter: Mapping[str, Json]) -> str:
    """What is wrong with a meter as the one that follows `last`; empty if nothing is."""
    if meter["product"] != last["product"]:
        return f"It is of another product, '{str(meter['product'])[:80]}'."
    if meter["number"] != _number(last) + 1:
        return (
            f"It is number {meter['number']} after number {last['number']}: a row is missing or out of place."
        )
    if meter["previous"] != last["hash"]:
        return "It does not name the hash of the row before: that row was changed or put in later."
    if str(meter["from"]) < str(last["to"]):
        return f"It begins {meter['from']}, before the row before it ends."
    if any(_total(meter, metric) != _total(last, metric) + cast("int", meter[metric]) for metric in METRICS):
        return "Its totals are not those of the row before and its own counts."
    return ""


def _meter(row: Mapping[str, Json]) -> JsonObject:
    meter = row.get("meter")
    if not isinstance(meter, dict):
        raise Problem(BadRequestData, f"The usage '{str(row.get('id'))[:80]}' has no meter.")
    return meter


def _number(meter: Mapping[str, Json]) -> int:
    number = meter.get("number")
    return number if isinstance(number, int) else 0


def _total(meter: Mapping[str, Json], metric: str) -> int:
    return cast("int", cast("JsonObject", meter["total"])[metric])


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST


def _is_instant(value: object) -> bool:
    return isinstance(value, str) and parse_instant(value) == value


def specifications() -> dict[str, JsonObject]:
    """The usageSpecifications (TMF635) that usage rows name, by id: the four metrics, counted or reported."""
    return {
        SPECIFICATION: _specification(
            SPECIFICATION, "What the gate counts of the use of a product, in rows chained by SHA-256."
        ),
        REPORTED_SPECIFICATION: _specification(
            REPORTED_SPECIFICATION,
            "What a provider reports of the use of a product that no gate measures, in the same rows.",
        ),
    }


def _specification(id: str, description: str) -> JsonObject:
    told = {
        "requests": "Requests that were answered.",
        "entities": "Entities or features in the answers and notifications.",
        "bytes": "Bytes of the bodies of answers and notifications, and of those posted to a service.",
        "notifications": "Notifications that were sent.",
    }
    return {
        "id": id,
        "@type": "UsageSpecification",
        "name": _NAMES[id],
        "description": description,
        "version": "1.0",
        "lifecycleStatus": "Active",
        "isBundle": False,
        "specCharacteristic": [
            {"name": metric, "description": told[metric], "valueType": "integer", "configurable": False}
            for metric in METRICS
        ],
    }


def in_order(rows: Sequence[JsonObject]) -> dict[str, list[JsonObject]]:
    """Rows by product, in the order of their numbers; what has no meter stands under its id, to be judged.

    >>> in_order([{"id": "x"}])
    {'x': [{'id': 'x'}]}
    """
    chains: dict[str, list[JsonObject]] = {}
    for row in rows:
        meter = row.get("meter")
        name = meter.get("product") if isinstance(meter, dict) else row.get("id")
        chains.setdefault(str(name), []).append(row)
    for chain in chains.values():
        chain.sort(key=_place)
    return chains


def _place(row: Mapping[str, Json]) -> int:
    meter = row.get("meter")
    return _number(meter) if isinstance(meter, dict) else 0
