"""What in a text belongs to one city: its names, addresses, dates, amounts; a word for them instead."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_MONTHS: Final = (
    "january|february|march|april|may|june|july|august|september|october|november|december|janvier|février|mars|avril|mai|"
    "juin|juillet|août|septembre|octobre|novembre|décembre|januari|februari|maart|mei|juni|juli|augustus|oktober|"
    "januar|februar|märz|dezember"
)
_NUMBER: Final = r"(?<![\w.])(?:\d[\d\s.,'’–-]{0,40}\d|\d)"
"""Bounded, as all that repeats in a pattern: the texts are those of another city."""
_CURRENCY: Final = r"(?:[kM]?€|£|(?:EUR|euros?|GBP|CHF|[kM]EUR)\b)"
_PATTERNS: Final = (
    ("contact", r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"),
    ("address", r"did:[a-z]+:[^\s\"'<>)\]]+|(?:https?://|www\.)[^\s\"'<>)\]]+"),
    ("date", r"\b\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:[Zz]|[+-]\d{2}:?\d{2})?)?"),
    ("date", r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"),
    ("date", rf"\b(?:\d{{1,2}}(?:er|st|nd|rd|th)?\.?\s+)?(?:{_MONTHS})\s+(?:\d{{1,2}},\s*)?\d{{4}}\b"),
    ("date", rf"\b\d{{1,2}}(?:er|st|nd|rd|th)?\.?\s+(?:{_MONTHS})\b"),
    ("amount", rf"(?:{_CURRENCY}\s?{_NUMBER}|{_NUMBER}\s?{_CURRENCY})(?:[\s–-]*(?:{_CURRENCY}|{_NUMBER}))*"),
    ("contact", r"\+\d[\d\s().-]{6,40}\d|\b0\d(?:[\s.-]?\d{2}){4}\b"),
)
GENERIC: Final = frozenset(
    "ville ville-centre métropole metropole commune communauté communaute agglomération agglomeration mairie "
    "place rue "
    "avenue boulevard office hotel hôtel département department service services direction city town council "
    "municipality metropolitan area street square stad gemeente stadt gemeinde straat straße strasse "
    "platz plein "
    "the les des der die das den van von und and of de du la le et numérique digital data simulated "
    "simulée".split()
)
_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "city": "[city]",
        "contact": "[contact]",
        "address": "[address]",
        "date": "[date]",
        "amount": "[amount]",
    },
    "fr": {
        "city": "[ville]",
        "contact": "[contact]",
        "address": "[adresse]",
        "date": "[date]",
        "amount": "[montant]",
    },
}


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Replaces what is specific: `names` are looked for as whole words, whatever their case."""

    names: re.Pattern[str] | None
    labels: Mapping[str, str]

    def clean(self, text: str) -> str:
        """The text without what is specific.

        >>> cleaner(["Ville de Lille"], "en").clean("Lille pays 4 000 EUR by 1 May 2027, see https://lille.example/x.")
        '[city] pays [amount] by [date], see [address]'
        """
        text = unicodedata.normalize("NFC", text)
        for label, pattern in _COMPILED:
            text = pattern.sub(self.labels[label], text)
        return text if self.names is None else self.names.sub(self.labels["city"], text)


_COMPILED: Final = tuple((label, re.compile(pattern, re.IGNORECASE)) for label, pattern in _PATTERNS)


def cleaner(values: Iterable[str], language: str) -> Cleaner:
    """What removes these values, and the telling words of those that are names."""
    names = sorted(
        {way for value in values for part in _parts(value) for way in _ways(part)},
        key=lambda name: (-len(name), name),
    )
    found = (
        re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), re.IGNORECASE)
        if names
        else None
    )
    return Cleaner(found, _LABELS.get(language.partition("-")[0], _LABELS["en"]))


def _parts(value: str) -> Iterable[str]:
    whole = value.strip()
    if whole:
        yield whole
    if "://" not in whole and not whole.startswith("did:"):
        for word in re.findall(r"[^\W\d_](?:[\w'’-]*\w)?", whole):
            if len(word) >= 3 and word[0].isupper() and word.casefold() not in GENERIC:
                yield word


def _ways(name: str) -> Iterable[str]:
    """The ways in which people write a name: with and without accents, and in capitals."""
    composed = unicodedata.normalize("NFC", name)
    parts = unicodedata.normalize("NFKD", name)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    for one in (composed, bare):
        yield from (one, one.upper(), one.lower(), one.casefold())
