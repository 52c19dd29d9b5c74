"""The meter of a product: its newest usage row, and what it has used of this day and this month."""

from typing import Final, cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.access.allowance import Spent
from beffroi.market.rules.access.usage_chain import totals_in
from beffroi.market.rules.documents.resource import TENANT

KIND: Final = "meter"


def meter_key(product: str) -> Key:
    """The key of a product's meter."""
    return Key(TENANT, KIND, product)


def meter_document(last: JsonObject | None, spent: Spent) -> JsonObject:
    """The meter after its newest row."""
    return {
        "last": last,
        "total": cast("JsonObject", totals_in(last)) if last else {},
        "day": spent.day,
        "month": spent.month,
        "byDay": cast("JsonObject", spent.by_day),
        "byMonth": cast("JsonObject", spent.by_month),
    }


def spent_of(meter: Record | None) -> Spent:
    """What a product used of the day and the month that its meter knows."""
    if meter is None:
        return Spent()
    body = meter.body
    by_day, by_month = cast("dict[str, int]", body["byDay"]), cast("dict[str, int]", body["byMonth"])
    return Spent(str(body["day"]), str(body["month"]), dict(by_day), dict(by_month))
