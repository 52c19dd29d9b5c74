"""Speech: the market's sentences in a language, with its days, numbers and names of countries (CLDR)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, cast

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.support import NullTranslations

from beffroi.kernel.first_day import with_first
from beffroi.kernel.instant import Instant, datetime_of
from beffroi.web.translations import translations

LANGUAGES: Final = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Speech:
    """One language. Days are those of UTC."""

    code: str
    locale: Locale
    catalogue: NullTranslations

    def say(self, message: str, **values: object) -> str:
        """The sentence in this language, with its values filled in."""
        said = self.catalogue.ugettext(message)
        return said % values if values else said

    def day(self, at: Instant) -> str:
        return with_first(format_date(datetime_of(at), "long", locale=self.locale), self.code)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def listed(self, words: Sequence[str]) -> str:
        return format_list(list(words), locale=self.locale)

    def territory(self, code: str) -> str:
        """A country or a union by its name; what has none here stays a code."""
        if code == "EEA":
            return self.say("the European Economic Area")
        names = cast("dict[str, str]", self.locale.territories)
        return names.get(code, code)


@cache
def speech(code: str) -> Speech:
    """The speech of a language that has a catalogue: one of LANGUAGES."""
    return Speech(code, Locale.parse(code), translations("beffroi.market.wire", code))
