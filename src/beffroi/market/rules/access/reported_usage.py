"""Usage that a provider reports (TMF635): of a product whose credentials the provider hands over, so that
nothing of it passes the gate.

    {"@type": "ReportedUsage", "product": {"id": "p-1"},
     "period": {"startDateTime": "2026-11-01T00:00:00Z", "endDateTime": "2026-11-02T00:00:00Z"},
     "usageCharacteristic": [{"name": "requests", "value": 120}]}

A report becomes the next row of the product's chain. Its `meter` says in `reportedBy` whose word it is, which
is sealed with the rest. What was reported is kept by product and beginning, so that a report that comes again
finds its row, whenever that is:

    reported  product|from  {"usage": id of the row, "fingerprint": …}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, cast

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Forbidden, Problem
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.market.rules.access.handover import is_handed_over
from beffroi.market.rules.access.meter import meter_document, meter_key, spent_of
from beffroi.market.rules.access.sealed_usage import check_unmetered
from beffroi.market.rules.access.usage_chain import METRICS, MOST, REPORTED, next_row, totals_in
from beffroi.market.rules.apis.tmf635 import USAGE
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.bills.account import CHARGED_STATES
from beffroi.market.rules.bills.run import billed_until, charged_key
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Written
from beffroi.market.rules.documents.once import fingerprint
from beffroi.market.rules.documents.resource import TENANT
from beffroi.market.rules.documents.visibility import OPERATE, visible
from beffroi.market.rules.orders.agreed_end import agreed_end
from beffroi.market.rules.orders.parties import is_seller, sellers_in

KIND: Final = "reported"
MOST_REPORTED: Final = {"requests": 10**12, "entities": 10**12, "bytes": 10**15, "notifications": 10**12}
"""What one report may count: a slip of the keyboard makes no bill beyond what an amount can say."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a product was used for in a period, as its provider says. The period is within one month."""

    product: str
    since: Instant
    until: Instant
    counted: Mapping[str, int]

    @property
    def last(self) -> Instant:
        """The last moment of the period."""
        return plus_seconds(self.until, -1e-6)

    @property
    def month(self) -> str:
        return self.since[:7]


def report_in(given: JsonObject) -> Report:
    """The report that a document is. Raises Problem(BadRequestData) that names what is wrong."""
    check_unmetered(given)
    match given.get("product"):
        case {"id": str(product)} if product:
            pass
        case _:
            _bad("The member 'product' names no product by its 'id'.")
    period = given.get("period")
    if not isinstance(period, dict):
        _bad("The member 'period' is no object with startDateTime and endDateTime.")
    report = Report(product, _moment(period, "startDateTime"), _moment(period, "endDateTime"), _counts(given))
    if report.until <= report.since:
        _bad(f"The period ends at {shortened(report.until)}, which is not after its beginning.")
    if report.last[:7] != report.month:
        _bad(
            f"The period from {shortened(report.since)} to {shortened(report.until)} is of more than one "
            "calendar month (UTC); report each by itself."
        )
    return report


def needs(report: Report) -> Sequence[Key]:
    """The product, its meter, what it was charged in the month, and whether this was reported before."""
    return [
        PRODUCT.key(report.product),
        meter_key(report.product),
        charged_key(report.product, report.month),
        reported_key(report),
    ]


def reported_key(report: Report) -> Key:
    """The record of what was reported of a product from a moment on."""
    return Key(TENANT, KIND, f"{report.product}|{report.since}")


def row_reported(given: JsonObject, report: Report, records: Mapping[Key, Record]) -> str:
    """The id of the row that the same report made before; empty for a new one. Raises Problem(Conflict) where
    something else was reported from the same moment on."""
    known = records.get(reported_key(report))
    if known is None:
        return ""
    if known.body["fingerprint"] != fingerprint(given):
        raise Problem(
            Conflict,
            f"Other usage of the product '{report.product[:80]}' was reported from "
            f"{shortened(report.since)} on; what is reported stays.",
        )
    return str(known.body["usage"])


def reported(given: JsonObject, report: Report, scene: Scene) -> Outcome:
    """The row of a new report, with the product's meter. Raises Problem."""
    product = _product(report, scene)
    _check_period(report, product, scene)
    meter = scene.records.get(meter_key(report.product))
    last = cast("JsonObject | None", meter.body["last"]) if meter is not None else None
    _check_follows(report, last)
    _check_totals(report, last)
    parties = product.get("relatedParty")
    row = next_row(
        report.product,
        last,
        report.since,
        report.until,
        report.counted,
        parties if isinstance(parties, list) else (),
        _reporter(product, scene),
    )
    kept: JsonObject = {"usage": row["id"], "fingerprint": fingerprint(given)}
    changes = (_meter(report, row, meter), Change(reported_key(report), document_of(kept)))
    return Outcome(row, (Written(USAGE.name, str(row["id"]), row),), records=changes)


def check_reports(report: Report, scene: Scene) -> None:
    """Raise Problem for who may not report the usage of this product; who may not see it learns nothing."""
    _product(report, scene)


def _product(report: Report, scene: Scene) -> JsonObject:
    record, actor = scene.records.get(PRODUCT.key(report.product)), scene.actor
    if record is None or not (actor is None or visible(PRODUCT, record.body, actor)):
        _bad(f"The member 'product' names '{report.product[:100]}', which does not exist.")
    product, name = record.body, f"The product '{report.product[:80]}'"
    if actor is not None and OPERATE not in actor.may and not is_seller(product, actor.party):
        raise Problem(Forbidden, f"{name} is sold by somebody else, who reports its usage.")
    if not is_handed_over(product):
        raise Problem(Conflict, f"{name} is measured by the gate; nobody reports its usage.")
    if product.get("status") not in CHARGED_STATES:
        raise Problem(Conflict, f"{name} is '{str(product.get('status')).strip()}' and was not used.")
    return product


def _check_period(report: Report, product: JsonObject, scene: Scene) -> None:
    since, until = shortened(report.since), shortened(report.until)
    if report.until > scene.now:
        _bad(f"The period ends at {until}, which is in the future.")
    began, ended = _stated(product, "startDate"), agreed_end(product)
    if began and report.since < began:
        _bad(f"The period begins at {since}, before the product did at {shortened(began)}.")
    if ended and report.until > ended:
        _bad(f"The period ends at {until}, after the product did at {shortened(ended)}.")
    billed = billed_until(report.product, report.month, scene.records)
    if report.since < billed:
        raise Problem(
            Conflict,
            f"The product '{report.product[:80]}' is billed for {report.month} up to {shortened(billed)}; "
            f"what begins at {since} is reported too late.",
        )


def _check_follows(report: Report, last: JsonObject | None) -> None:
    if last is None:
        return
    ended = Instant(str(cast("JsonObject", last["meter"])["to"]))
    if report.since < ended:
        raise Problem(
            Conflict,
            f"The usage of the product '{report.product[:80]}' is known up to {shortened(ended)}; "
            f"what begins at {shortened(report.since)} does not follow it.",
        )


def _check_totals(report: Report, last: JsonObject | None) -> None:
    """A row adds up all that its product was used for, in numbers that every reader of JSON keeps."""
    before = totals_in(last) if last is not None else {}
    for metric, number in report.counted.items():
        if before.get(metric, 0) + number >= MOST:
            raise Problem(
                Conflict,
                f"The product '{report.product[:80]}' would have {before.get(metric, 0) + number} {metric} "
                "in all; what is counted stays below 2^53.",
            )


def _reporter(product: JsonObject, scene: Scene) -> str:
    """Whose word it is: the actor's party, or the seller for whom an operator reports."""
    if scene.actor is not None and is_seller(product, scene.actor.party):
        return scene.actor.party
    return next((str(each["id"]) for each in sellers_in(product)), "")


def _meter(report: Report, row: JsonObject, before: Record | None) -> Change:
    """The meter after a row: what lies in its day and its month counts there."""
    spent = spent_of(before)
    spent.turn(report.last)
    within = [(spent.by_month, report.month == spent.month)]
    within.append((spent.by_day, report.since[:10] == report.last[:10] == spent.day))
    for counters, holds in within:
        for metric, number in report.counted.items():
            if holds and number:
                counters[metric] = counters.get(metric, 0) + number
    return Change(meter_key(report.product), document_of(meter_document(row, spent)))


def _counts(given: JsonObject) -> dict[str, int]:
    stated = given.get("usageCharacteristic")
    found = dict[str, int]()
    for each in stated if isinstance(stated, list) else []:
        match each:
            case {"name": str(name), "value": int(value)} if name in METRICS and not isinstance(value, bool):
                if not 0 <= value <= MOST_REPORTED[name]:
                    _bad(
                        f"The value of '{name}' is {value}, no whole number from 0 to {MOST_REPORTED[name]}."
                    )
                if name in found:
                    _bad(f"The usageCharacteristic '{name}' is given twice.")
                found[name] = value
            case _:
                _bad(
                    f"A usageCharacteristic is {str(each)[:80]}: it needs a name of {', '.join(METRICS)} and "
                    "a value that is a whole number."
                )
    if not found:
        _bad("The member 'usageCharacteristic' says nothing of what was used.")
    return found


def _stated(product: JsonObject, name: str) -> Instant:
    value = product.get(name)
    return (parse_instant(value) if isinstance(value, str) else None) or NO_INSTANT


def _moment(period: JsonObject, name: str) -> Instant:
    value: Json = period.get(name)
    moment = parse_instant(value) if isinstance(value, str) else None
    if moment is None:
        _bad(f"The '{name}' of the period is {str(value)[:40]}, no date-time with a zone.")
    return moment


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence)


__all__ = ["KIND", "REPORTED", "Report", "check_reports", "needs", "report_in", "reported", "row_reported"]
