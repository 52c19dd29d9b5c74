"""Reports of usage as people write them: one in a form, or a table with a line for each period.

    from,to,requests,entities,bytes,notifications
    2026-11-01,2026-11-07,1200,,88000,
    2026-11-08T00:00:00Z,2026-11-08T12:00:00Z,40,,,

The columns have these names or their French ones. A day stands for the whole of it (UTC): as the first one
from when the product began, as the last one to its end. An empty cell says nothing of its metric.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import islice
from typing import Final, NoReturn

from beffroi.kernel.instant import NO_INSTANT, Instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.access.usage_chain import METRICS, REPORTED
from beffroi.market.rules.prices.calendar import ONE_DAY, start_of

MOST_LINES: Final = 1_000
_NAMES: Final[Mapping[str, str]] = {
    "du": "from", "debut": "from", "début": "from", "au": "to", "fin": "to", "requetes": "requests",
    "requêtes": "requests", "entites": "entities", "entités": "entities", "octets": "bytes",
}  # fmt: skip
_WHOLE: Final = re.compile(r"\d{1,17}", re.ASCII)


def reports_in(lines: Iterable[JsonObject], product: str, began: Instant) -> list[JsonObject]:
    """The reports of a table, in order. Raises Problem(BadRequestData) that names the line."""
    found = [
        _of_line(number, line, product, began) for number, line in enumerate(islice(lines, MOST_LINES + 1), 1)
    ]
    if len(found) > MOST_LINES:
        _bad(f"The table has more than {MOST_LINES} lines.")
    if not found:
        _bad("The table has no line below its header.")
    return found


def report_of(fields: Mapping[str, str], product: str, began: Instant) -> JsonObject:
    """The report (`@type` ReportedUsage) that fields say: from, to and the metrics. Raises
    Problem(BadRequestData).

    >>> made = report_of({"from": "2026-11-01", "to": "2026-11-02", "requests": "1 200"}, "p", "")
    >>> made["period"]["endDateTime"], made["usageCharacteristic"]
    ('2026-11-03T00:00:00Z', [{'name': 'requests', 'value': 1200}])
    """
    counts: list[Json] = [
        {"name": metric, "value": _whole(fields[metric])} for metric in METRICS if fields.get(metric)
    ]
    period: JsonObject = {
        "startDateTime": _beginning(fields.get("from", ""), began),
        "endDateTime": _end(fields.get("to", "")),
    }
    return {
        "@type": REPORTED,
        "product": {"id": product},
        "period": period,
        "usageCharacteristic": counts,
    }


def _of_line(number: int, line: JsonObject, product: str, began: Instant) -> JsonObject:
    fields = dict[str, str]()
    for name, cell in line.items():
        known = _NAMES.get(name.strip().lower(), name.strip().lower())
        if known not in {"from", "to", *METRICS}:
            _bad(f"The table has a column '{name[:40]}'; there are from, to, {', '.join(METRICS)}.")
        if known in fields:
            _bad(f"The table names the column '{known}' more than once.")
        fields[known] = str(cell or "").strip()
    try:
        return report_of(fields, product, began)
    except Problem as problem:
        raise Problem(BadRequestData, f"Line {number}: {problem.detail}") from problem


def _beginning(text: str, began: Instant) -> str:
    day = _day(text)
    return text if day is None else shortened(max(start_of(day), began if began[:10] == text else NO_INSTANT))


def _end(text: str) -> str:
    day = _day(text)
    return text if day is None else shortened(start_of(day + ONE_DAY))


def _day(text: str) -> date | None:
    """A day that another one follows."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return None if day == date.max else day


def _whole(text: str) -> int:
    digits = re.sub(r"\s", "", text)
    if _WHOLE.fullmatch(digits.removeprefix("-")) and digits.startswith("-"):
        _bad(f"'{text[:40]}' is less than zero.")
    if not _WHOLE.fullmatch(digits):
        _bad(f"'{text[:40]}' is no whole number.")
    return int(digits)


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence)
