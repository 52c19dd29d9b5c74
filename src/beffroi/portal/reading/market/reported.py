"""What a provider reported of a product: its rows, the newest first, with their seals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import JsonObject
from beffroi.market.rules.access.usage_chain import METRICS


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """One row; `status` is that of TMF635, `counts` are of METRICS in their order."""

    number: int
    since: Instant
    until: Instant
    counts: tuple[int, ...]
    by: str
    status: str
    hash: str


def reported_rows(rows: Sequence[JsonObject]) -> list[ReportedRow]:
    """Those rows of a product that say whose word they are, the newest first."""
    meters = [(row, meter) for row in rows if isinstance(meter := row.get("meter"), dict)]
    return [_row(row, meter) for row, meter in reversed(meters) if meter.get("reportedBy")]


def next_beginning(rows: Sequence[JsonObject], began: Instant) -> Instant:
    """Where the next report begins: at the end of the last row, or with the product."""
    meter = rows[-1].get("meter") if rows else None
    return _moment(meter, "to") if isinstance(meter, dict) else began


def _row(row: JsonObject, meter: JsonObject) -> ReportedRow:
    return ReportedRow(
        number=cast("int", meter["number"]),
        since=_moment(meter, "from"),
        until=_moment(meter, "to"),
        counts=tuple(cast("int", meter[metric]) for metric in METRICS),
        by=str(meter["reportedBy"]),
        status=str(row.get("status")),
        hash=str(meter["hash"]),
    )


def _moment(of: JsonObject, name: str) -> Instant:
    return parse_instant(str(of.get(name))) or NO_INSTANT
