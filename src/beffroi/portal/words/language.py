"""Language: how one visitor reads: sentences, numbers, units, moments (CLDR through Babel)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, get_currency_precision
from babel.support import NullTranslations

from beffroi.kernel.first_day import with_first
from beffroi.kernel.instant import Instant, datetime_of, parse_instant
from beffroi.portal.words.labels import Labels
from beffroi.portal.words.units import symbol
from beffroi.web.translations import translations

NARROW_SPACE: Final = "\u202f"
REGIONS: Final = {"en": "en_GB"}  # European dates and a clock of 24 hours


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the portal: `code` stands in addresses and in `lang`."""

    code: str
    locale: Locale
    zone: tzinfo
    catalogue: NullTranslations
    labels: Labels

    def say(self, message: str, **values: object) -> str:
        """The sentence in this language, with its values filled in."""
        return self.catalogue.ugettext(message) % values if values else self.catalogue.ugettext(message)

    def number(self, value: float) -> str:
        """A number with at most three decimals, fewer where it is large."""
        size = abs(value)
        decimals = "#,##0" if size >= 10_000 else "#,##0.##" if size >= 1 else "#,##0.####"
        return format_decimal(value, format=decimals, locale=self.locale)

    def unit(self, code: str) -> str:
        """The symbol of a UN/CEFACT code."""
        return symbol(code)

    def quantity(self, value: float, unit: str) -> str:
        """A number with its unit, given as a UN/CEFACT code; an empty code has no symbol."""
        shown = symbol(unit) if unit else ""
        return f"{self.number(value)}{NARROW_SPACE}{shown}" if shown else self.number(value)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount that is owed, with the minor digits of its currency."""
        return format_currency(amount, currency, locale=self.locale)

    def unit_price(self, amount: Decimal, currency: str) -> str:
        """A price for one of something: exact, however small."""
        digits = max(get_currency_precision(currency), -int(amount.normalize().as_tuple().exponent))
        pattern = str(self.locale.currency_formats["standard"].pattern)
        exact = pattern.replace("0.00", f"0.{'0' * digits}" if digits else "0")
        return format_currency(amount, currency, exact, locale=self.locale, currency_digits=False)

    def day(self, at: Instant) -> str:
        """The day in the city's zone."""
        return self._said(format_date(_local(at, self.zone), "long", locale=self.locale))

    def written_day(self, text: object) -> str:
        """A date as it stands in a document (ISO 8601), without a zone; what is none stays as it is."""
        try:
            return self._said(format_date(date.fromisoformat(str(text)[:10]), "medium", locale=self.locale))
        except ValueError:
            return str(text)

    def written_number(self, text: object) -> str:
        """A decimal number as it stands in a document; what is none stays as it is."""
        try:
            return format_decimal(Decimal(str(text)), format="#,##0.#########", locale=self.locale)
        except InvalidOperation:
            return str(text)

    def moment(self, at: Instant) -> str:
        """Date and time in the city's zone."""
        return self._said(format_datetime(_local(at, self.zone), "medium", locale=self.locale))

    def in_zone(self, at: Instant, zone: str) -> str:
        """Date and time to the minute in a zone of the IANA's database, which stands beside it."""
        local = _local(at, ZoneInfo(zone))
        day = self._said(format_date(local, "medium", locale=self.locale))
        return f"{day}, {format_time(local, 'short', locale=self.locale)}"

    def utc_day(self, at: Instant) -> str:
        """The day in UTC, short: days of bills and quotas are those of UTC."""
        return self._said(format_date(datetime_of(at), "EEE d MMM", locale=self.locale))

    def utc_month(self, at: Instant) -> str:
        """The month in UTC, as "November 2026"."""
        return format_skeleton("yMMMM", datetime_of(at), locale=self.locale)

    def written_moment(self, text: object) -> str:
        """A moment as it stands in a document; what is none stays as it is."""
        at = instant_or_none(text)
        return self.moment(at) if at else str(text)

    def written_money(self, amount: object) -> str:
        """An amount as TM Forum writes it: {unit, value}."""
        match amount:
            case {"unit": str(unit), "value": int() | float() as value}:
                return format_currency(Decimal(str(value)), unit, locale=self.locale)
            case _:
                return "–"

    def clock(self, at: Instant) -> str:
        """The time of the day in the city's zone."""
        return format_time(_local(at, self.zone), "medium", locale=self.locale)

    def _said(self, day: str) -> str:
        return with_first(day, self.code)

    def ago(self, at: Instant, now: Instant) -> str:
        """How long ago, in words; a moment that is still to come is said to be."""
        between = datetime_of(at) - datetime_of(now)
        if abs(between.total_seconds()) < 5:
            return self.say("just now")
        return format_timedelta(between, add_direction=True, threshold=1.2, locale=self.locale)

    def duration(self, seconds: float) -> str:
        """So many seconds in words, as "5 minutes"."""
        return format_timedelta(timedelta(seconds=seconds), threshold=1.2, locale=self.locale)

    def type_name(self, uri: str) -> str:
        return self.labels.type_name(uri, self.code)

    def attribute_name(self, uri: str) -> str:
        return self.labels.attribute_name(uri, self.code)

    def value_name(self, word: str) -> str:
        return self.labels.value_name(word, self.code)


def load_language(code: str, time_zone: str, labels: Labels) -> Language:
    """Read the catalogue of a language."""
    catalogue = translations("beffroi.portal.words", code)
    return Language(code, Locale.parse(REGIONS.get(code, code)), ZoneInfo(time_zone), catalogue, labels)


def instant_or_none(text: object) -> Instant | None:
    """A moment as it stands in data; None when it is not a full date-time with zone."""
    return parse_instant(text) if isinstance(text, str) else None


def _local(at: Instant, zone: tzinfo) -> datetime:
    return datetime_of(at).astimezone(zone)
