"""A line of a bill, and why something came off it, in one language: the record has the facts."""

from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

from beffroi.market.rules.bills.credit import Allowance, Missed
from beffroi.market.rules.bills.words import LANGUAGES, colon, word
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.service_level.promise import METRICS


def line_in(line: Charge, language: str) -> str:
    """What a line is called; its own name where it has none in this language."""
    return line.names.get(language, line.name)


def reason_in(allowance: Allowance, language: str) -> str:
    """Why something came off; as it was written where no measured month was the reason."""
    return missed_words(allowance.missed, language) if allowance.missed is not None else allowance.reason


def missed_words(missed: Missed, language: str) -> str:
    """A month in which an objective was missed.

    >>> from decimal import Decimal
    >>> missed_words(Missed("freshness", "2026-11", Decimal("12.5"), Decimal(99)), "en")
    'Service level of November 2026, while the product ran: freshness 12.5 %, promised 99 %'
    """
    locale = LANGUAGES[language]
    month = format_date(date.fromisoformat(f"{missed.month}-01"), "MMMM y", locale=locale)
    measured, target = (
        format_decimal(one, locale=locale, decimal_quantization=False)
        for one in (missed.measured, missed.target)
    )
    what = word(missed.metric, language) if missed.metric in METRICS else missed.metric
    return (
        f"{word('Service level of', language)} {month}, {word('while the product ran', language)}"
        f"{colon(language)}{what} {measured} %, {word('promised', language)} {target} %"
    )
