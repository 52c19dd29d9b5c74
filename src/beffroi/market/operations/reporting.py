"""Usage that a provider reports: one commit for the row, the meter, its events and its audit entry."""

from typing import Final

from beffroi.kernel.instant import NO_INSTANT, parse_instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Key
from beffroi.kernel.table import rows_of
from beffroi.market.operations.committing import Picture
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, act
from beffroi.market.rules.access.reported_table import reports_in
from beffroi.market.rules.access.reported_usage import (
    check_reports,
    needs,
    report_in,
    reported,
    row_reported,
)
from beffroi.market.rules.apis.tmf635 import USAGE
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.behaviour import Outcome, Scene
from beffroi.market.rules.documents.once import Once, answered, remembered

LONGEST_TABLE: Final = 500_000
"""Bytes."""


async def report_table(market: Market, product: str, table: bytes, asker: Asker) -> int:
    """Report each line of a table in CSV, one after another; how many.

    Raises Problem for what is no such table, and for the first line that is refused, which names its
    number: what came before it stays, and the same table sent again goes on from there.
    """
    text = _text(table)
    key = PRODUCT.key(product)
    record = (await market.store.read([key])).get(key)
    began = parse_instant(str(record.body.get("startDate"))) if record is not None else None
    found = reports_in(rows_of(text, BadRequestData), product, began or NO_INSTANT)
    for number, one in enumerate(found, 1):
        try:
            await report(market, one, asker)
        except Problem as problem:
            raise Problem(problem.kind, f"Line {number}: {problem.detail}") from problem
    return len(found)


def _text(table: bytes) -> str:
    if len(table) > LONGEST_TABLE:
        raise Problem(BadRequestData, f"The table has {len(table)} bytes; {LONGEST_TABLE} are taken.")
    try:
        return table.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise Problem(BadRequestData, "The table is no text in UTF-8.") from failure


async def report(market: Market, given: JsonObject, asker: Asker, once: Once | None = None) -> JsonObject:
    """The usage row of a report; one that comes again gets the row that it made. Raises Problem."""
    found, result = report_in(given), list[JsonObject]()

    def wanted(picture: Picture) -> list[Key]:
        keys = [*needs(found), *([once.key] if once else [])]
        known = row_reported(given, found, picture.records)
        return [*keys, USAGE.key(known)] if known else keys

    def rule(scene: Scene) -> Outcome | None:
        first = answered(once, scene.records) if once else None
        check_reports(found, scene)
        known = row_reported(given, found, scene.records)
        row = scene.records.get(USAGE.key(known))
        if first is not None or row is not None:
            result[:] = [row.body if row is not None else first or {}]
            return None
        outcome = reported(given, found, scene)
        result[:] = [outcome.body]
        if once is None:
            return outcome
        kept, forget = remembered(once, outcome.body, scene.now)
        return Outcome(outcome.body, outcome.others, (), (*outcome.records, kept), (forget,))

    await act(market, wanted, rule, asker)
    return result[0]
