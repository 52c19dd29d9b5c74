"""Search: which offers a visitor asks for, by words and by filters; accents and case mean nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from unicodedata import combining, normalize

from beffroi.market.rules.terms.data_use_term import OwnLicence
from beffroi.portal.reading.market.offers import Offer

OWN_LICENCE: Final = "own"
NO_LICENCE: Final = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the form; empty means everything. `proven`: only what passes its MIM check."""

    text: str = ""
    category: str = ""
    licence: str = ""
    price: str = ""
    provider: str = ""
    type: str = ""
    proven: bool = False


Words: TypeAlias = Callable[[Offer], Iterable[str]]
"""The texts of an offer that a search looks through, in the visitor's language."""

FACETS: Final[dict[str, Callable[[Offer], Iterable[str]]]] = {
    "category": lambda offer: [one.id for one in offer.categories],
    "licence": lambda offer: [licence_of(offer)],
    "price": lambda offer: offer.price_kinds,
    "provider": lambda offer: [offer.provider.id] if offer.provider.id else [],
    "type": lambda offer: offer.types,
}
"""The values of an offer by the name of the filter."""


def chosen(offers: Sequence[Offer], asked: Asked, words: Words) -> list[Offer]:
    """The offers that every filter leaves and that hold every word of the search."""
    wanted = {name: value for name in FACETS if (value := str(getattr(asked, name)))}
    parts = folded(asked.text).split()
    return [
        one
        for one in offers
        if all(value in FACETS[name](one) for name, value in wanted.items())
        and (one.proven or not asked.proven)
        and _holds(" ".join(words(one)), parts)
    ]


def values_of(offers: Iterable[Offer], facet: str) -> dict[str, int]:
    """Every value of a filter with how many offers have it."""
    counts = dict[str, int]()
    for offer in offers:
        for value in FACETS[facet](offer):
            counts[value] = counts.get(value, 0) + 1
    return counts


def licence_of(offer: Offer) -> str:
    """The SPDX identifier of an offer's licence, OWN_LICENCE, or NO_LICENCE."""
    if offer.terms is None:
        return NO_LICENCE
    return OWN_LICENCE if isinstance(offer.terms.licence, OwnLicence) else offer.terms.licence


def folded(text: str) -> str:
    """A text without case and accents.

    >>> folded("Vélos à LILLE, œuvre")
    'velos a lille, oeuvre'
    """
    plain = "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))
    return plain.replace("œ", "oe").replace("æ", "ae")


def _holds(text: str, parts: Sequence[str]) -> bool:
    whole = folded(text) if parts else ""
    return all(part in whole for part in parts)
